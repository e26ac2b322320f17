"""Which label each picture has, by a table of file names and labels that lies beside them.

The column of the files is the one whose words are pictures below the table's folder: their paths,
their names, or either without its ending. Of several columns it is the one with the most different
ones. The label is ``data.label``, or the only other column, or else the one that is called so.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlp_scratch.data.pictures.folders.class_folders import Labelled
from mlp_scratch.data.pictures.folders.listing import Listing, shown
from mlp_scratch.data.tables.column_roles import Label, some
from mlp_scratch.data.tables.text.layout import column_place, layout_of
from mlp_scratch.data.tables.text.line_to_blame import TextSource
from mlp_scratch.data.tables.text.text_settings import Layout, Reading
from mlp_scratch.errors import DataError

_CALLED = ("label", "labels", "class", "target", "category")
_MOST_TIMES = 20  # that a picture is named, on average: each time it is read, and has a row
_PROBED = 1000  # rows that tell the column of the files


@dataclass(frozen=True)
class PictureTable:
    """found: the pictures with a label, in the table's order. missing: what the other rows name.
    label_names: of the columns of the labels. notes: lines for people."""

    found: Labelled
    missing: list[str]
    label_names: tuple[str, ...]
    notes: list[str]


def labelled_by_table(path: Path, listing: Listing, label: Label, reading: Reading) -> PictureTable:
    """Raises DataError where no column names pictures, or nothing says which one is the label."""
    layout = layout_of(path, reading)
    known = _known(listing.names)
    rows = [row for _, row in TextSource(path, layout).rows()]
    wanted = [label] if isinstance(label, str | int) else [*(label or ())]
    labels = [column_place(layout.names, one, path, "label") for one in wanted]
    files = _column_of_files(path, layout, rows, known, labels)
    labels = labels or [_column_of_labels(path, layout, files)]
    found, missing = Labelled(str(path)), []
    for row in rows:
        name = _found(row[files], known)
        if name is None:
            missing.append(f"{shown(row[files])} (no such picture)")
            continue
        found.names.append(name)
        cells = [row[place].strip() for place in labels]
        found.labels.append(cells[0] if len(cells) == 1 else cells)
    different = len(set(found.names))
    if len(found.names) > _MOST_TIMES * different:
        raise DataError(
            f"{path}: {len(found.names):,} rows for {different:,} pictures: at most {_MOST_TIMES} "
            "rows for each are read, on average"
        )
    names = tuple(layout.names[place] for place in labels)
    called = some(names) + (f", of {layout.columns} columns" if layout.columns > 2 else "")
    notes = [
        f"{path.name}: files by {shown(layout.names[files])!r}, label {called}; "
        "data.label=COLUMN takes another",
        *layout.notes,
    ]
    unused = len(listing.names) - different
    if unused:
        notes.append(f"{unused:,} pictures stand in no row of {path.name}")
    if twice := len(found.names) - different:
        notes.append(f"{twice:,} rows of {path.name} name a picture once more")
    return PictureTable(found, missing, names, notes)


def _plain(word: str) -> str:
    """A path as the listing has it."""
    path = unicodedata.normalize("NFC", word.strip().replace("\\", "/"))
    while path.startswith("./"):
        path = path[2:]
    return path


def _known(names: Sequence[str]) -> dict[str, str | None]:
    """The picture that each path, name, or either without its ending stands for; None: several."""
    known: dict[str, str | None] = {}
    for name in names:
        path = _plain(name)
        stem = path[: path.rindex(".")]
        for key in {stem, path.rpartition("/")[2], stem.rpartition("/")[2]} - {path}:
            known[key] = None if known.get(key, name) != name else name
    return known | {_plain(name): name for name in names}


def _found(word: str, known: dict[str, str | None]) -> str | None:
    path = _plain(word)
    return known.get(path) or known.get(path.rpartition("/")[2])


def _column_of_files(
    path: Path,
    layout: Layout,
    rows: Sequence[Sequence[str]],
    known: dict[str, str | None],
    labels: Sequence[int],
) -> int:
    different = [
        len({_found(row[place], known) for row in rows[:_PROBED]} - {None})
        if place not in labels
        else 0
        for place in range(layout.columns)
    ]
    if not any(different):
        raise DataError(
            f"{path}: no column names pictures in {path.parent} or below it; "
            f"there are {some(layout.names)}"
        )
    return different.index(max(different))


def _column_of_labels(path: Path, layout: Layout, files: int) -> int:
    others = [place for place in range(layout.columns) if place != files]
    called = [place for place in others if layout.names[place].strip().lower() in _CALLED]
    if len(others) == 1 or len(called) == 1:
        return (called or others)[0]
    names = some([layout.names[place] for place in others]) or "none"
    raise DataError(
        f"{path}: which column is the label? data.label=COLUMN says it; "
        f"beside the files' {shown(layout.names[files])!r} there are {names}"
    )
