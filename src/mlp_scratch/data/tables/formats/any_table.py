"""Tables in files of any form: what a file is, and the reader that it is given to.

Its contents tell, whatever it is called: Parquet, ARFF and SVMlight begin as nothing else does, and
everything that is neither these nor refused by name (``refused.py``) is text.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from mlp_scratch.bounded_reads import opened
from mlp_scratch.data.array_formats.npz import ZIP_DAMAGE, InPieces
from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.tables.column_roles import Roles, places_of
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.formats.arff import read_arff
from mlp_scratch.data.tables.formats.parquet import read_parquet
from mlp_scratch.data.tables.formats.parquet_claims import MAGIC
from mlp_scratch.data.tables.formats.refused import refuse
from mlp_scratch.data.tables.formats.svmlight import LINE, read_svmlight
from mlp_scratch.data.tables.frames import table_of_frame
from mlp_scratch.data.tables.parsed_table import parsed_table
from mlp_scratch.data.tables.table_files import parse_tables, with_roles
from mlp_scratch.data.tables.text.decompress import unpacked_text
from mlp_scratch.data.tables.text.layout import layout_of
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.data.tables.text.text_table import read_table
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_HEAD = 1 << 16  # bytes that are looked at
_LINES = 20
_SVM = (".svm", ".libsvm", ".svmlight")


def parse_any_tables(
    path: Path,
    others: Mapping[str, Path],
    reading: Reading,
    roles: Roles,
    labelled: bool = True,
    class_names: tuple[str, ...] | None = None,
    image_shape: tuple[int, ...] | None = None,
) -> Parsed:
    """`parse_tables`, for files of any form. Raises DataError."""
    form = form_of(path)
    for other in others.values():
        if (other_form := form_of(other)) != form:
            raise DataError(f"{other}: is {other_form}, but the training rows are {form}")
    if form == "text":
        return parse_tables(path, others, reading, roles, labelled, class_names, image_shape)
    frame, roles, note = _frame(path, form, reading, roles)
    names = [str(name) for name in frame]
    places = places_of(str(path), names, roles)
    table = table_of_frame(frame, roles, where=str(path))
    notes = [note]
    if places.guessed:
        label, last = (escaped(names[place][:40]) for place in (places.labels[0], -1))
        notes.append(
            f"label: the first column, {label!r}, as none is called so; data.label={last} would "
            "take the last"
        )
    labels = tuple(names[place] for place in places.labels)
    weight = next((names[place] for place in places.apart.get("weight", ())), None)
    there = Roles(label=labels, weight=weight, whole=roles.whole)
    tables = {
        part: read_any_table(other, reading, there, table.columns, table.offset)
        for part, other in others.items()
    }
    parsed = parsed_table(
        replace(table, notes=(*notes, *table.notes)),
        str(path),
        tables.get("test"),
        str(others.get("test", "")),
        val=tables.get("val"),
        val_where=str(others.get("val", "")),
        source=", ".join([str(path), *(other.name for other in others.values())]),
        target_names=labels,
    )
    return with_roles(parsed, table, places, names)


def read_any_table(
    path: Path,
    reading: Reading,
    roles: Roles,
    known: Sequence[Column],
    offset: np.ndarray | None,
) -> Table:
    """The rows of a table whose columns are known, whatever its form; the arguments are those of
    `read_table`. Raises DataError."""
    form = form_of(path)
    if form == "text":
        return read_table(path, reading, roles, known, offset)
    frame, roles, _ = _frame(path, form, reading, roles, known)
    return table_of_frame(frame, roles, known, where=str(path), offset=offset)


def column_names(path: Path, reading: Reading) -> tuple[str, ...]:
    """The names of a table's columns, those of no features among them. Raises DataError."""
    form = form_of(path)
    if form == "text":
        return layout_of(path, reading).names
    return tuple(map(str, _frame(path, form, reading, Roles(label=()))[0]))


def _frame(
    path: Path, form: str, reading: Reading, roles: Roles, known: Sequence[Column] | None = None
) -> tuple[Any, Roles, str]:
    """The table as a pandas DataFrame, its roles, and the line about it."""
    for one in fields(Reading):
        if getattr(reading, one.name) != one.default:
            raise DataError(f"{path}: data.{one.name} is for tables in text, and this is {form}")
    if form == "SVMlight":
        frame, note = read_svmlight(path, known)
        return frame, roles, note
    frame = read_arff(path) if form == "ARFF" else read_parquet(path)
    note = f"read as: {form}, {len(frame.columns):,} columns"
    if form == "ARFF" and roles.label is None:
        label = next((name for name in frame if name.lower() == "class"), frame.columns[-1])
        roles = replace(roles, label=label)
        note += f"; label: {escaped(label[:40])!r} (data.label=COLUMN for another)"
    return frame, roles, note


def form_of(path: Path) -> str:
    """text, Parquet, ARFF or SVMlight. Raises DataError for what is refused by name."""
    with opened(path) as file:
        head = file.read(_HEAD)
        members: list[str] = []
        if head.startswith(b"PK\x03\x04"):
            try:
                members = zipfile.ZipFile(cast(Any, InPieces(file))).namelist()
            except ZIP_DAMAGE as error:
                raise DataError(f"{path}: damaged zip data: {error}") from error
    inside = head
    if members:
        refuse(path, b"", members)
    if head[:4] != MAGIC and head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK")):
        with unpacked_text(path) as (packed, _):
            inside = packed.read(_HEAD)
    if head.startswith(MAGIC):
        return "Parquet"
    if path.suffix.lower() in (".parquet", ".pq"):
        raise DataError(
            f"{path}: not a Parquet file, as {MAGIC.decode()} does not stand at its head"
        )
    refuse(path, inside, members)
    stem = re.sub(r"\.(gz|bz2|xz|zip)$", "", path.name.lower())
    if stem.endswith(".arff") or _is_arff(inside):
        return "ARFF"
    if stem.endswith(_SVM) or (not stem.endswith((".csv", ".tsv")) and _is_svmlight(inside)):
        return "SVMlight"
    return "text"


def _is_arff(head: bytes) -> bool:
    lines = (line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines())
    first = next((line for line in lines if line and not line.startswith(b"%")), b"")
    return first[:10].lower().startswith(b"@relation")


def _is_svmlight(head: bytes) -> bool:
    lines = head.splitlines()[:_LINES]
    lines = [line.strip() for line in (lines[:-1] if len(head) == _HEAD else lines)]
    lines = [line for line in lines if line and not line.startswith(b"#")]
    return any(b":" in line for line in lines) and all(map(LINE.fullmatch, lines))
