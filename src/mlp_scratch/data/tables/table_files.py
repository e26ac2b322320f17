"""A table in one file, or in several: of training rows, of test rows, of validation rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.tables.column_notes import key_word
from mlp_scratch.data.tables.column_roles import Places, Roles, places_of, some
from mlp_scratch.data.tables.columns import Table
from mlp_scratch.data.tables.parsed_table import parsed_table
from mlp_scratch.data.tables.text.layout import layout_of
from mlp_scratch.data.tables.text.text_settings import Layout, Reading
from mlp_scratch.data.tables.text.text_table import layout_with_names, table_laid_out
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped


def parse_tables(
    path: Path,
    others: Mapping[str, Path],
    reading: Reading,
    roles: Roles,
    labelled: bool = True,
    class_names: tuple[str, ...] | None = None,
    image_shape: tuple[int, ...] | None = None,
) -> Parsed:
    """Training rows and, where there are more files, test rows and validation rows.

    others: the files of these, by ``test`` and ``val``. labelled: whether that of the test rows
    must have labels. Otherwise one without, as Kaggle's test.csv, is left alone. image_shape: of
    rows that are images: all of their columns are features. Raises DataError.
    """
    layout = layout_of(path, reading)
    places = places_of(str(path), layout.names, roles, layout.index)
    if image_shape is not None:
        pixels = set(range(layout.columns)) - places.no_features
        roles = replace(roles, keep=tuple(sorted(pixels)))
    if layout.columns <= len(places.no_features):
        count = f"{layout.columns} column{'s' * (layout.columns > 1)}"
        only = f", of which data.drop takes {len(places.drop)}" if places.drop else " only"
        raise DataError(f"{path}: {count}{only}: it takes a label and features")
    table = table_laid_out(path, layout, reading, roles)
    if places.guessed and class_names is None:
        table = replace(table, notes=(*table.notes, _guess(path, layout, places, table)))
    source, tables = str(path), {}
    names = [column.name for column in table.columns] if layout.header else []
    for part, other in others.items():
        there = _named_alike(layout, layout_with_names(other, reading, names))
        if part == "test" and not labelled and _no_labels(layout, places, there):
            source += f" ({other.name} has no labels and is not used)"
            continue
        _same_roles(other, layout, places, there)
        roles_there = _by_name(layout, places) if layout.header else _by_place(places)
        known, offset = table.columns, table.offset
        tables[part] = table_laid_out(other, there, reading, roles_there, known, offset)
        source += f", {other.name}"
    labels = [layout.names[place] for place in places.labels]
    parsed = parsed_table(
        table,
        str(path),
        tables.get("test"),
        str(others.get("test", "")),
        val=tables.get("val"),
        val_where=str(others.get("val", "")),
        class_names=class_names,
        image_shape=image_shape,
        source=source,
        target_names=tuple(labels) if layout.header else (),
        named=layout.header,
    )
    return with_roles(parsed, table, places, layout.names)


def with_roles(parsed: Parsed, table: Table, places: Places, names: Sequence[str]) -> Parsed:
    """With what each training row is for and the groups of rows, if the table says so."""
    said: dict[str, Any] = {
        role: (table.apart[role], names[places.apart[role][0]])
        for role in ("split", "group")
        if role in table.apart
    }
    return replace(parsed, **said)


def _guess(path: Path, layout: Layout, places: Places, table: Table) -> str:
    """The line that says which column was taken for the label. Raises DataError where that can be
    none, as it is the same in every row."""
    place = places.labels[0]
    name, labels = layout.names[place], table.apart["label"]
    if len(labels) > 1 and (labels == labels[0]).all():
        raise DataError(
            f"{path}: which column is the label? none is called so, and the first, "
            f"{name[:40]!r}, is {escaped(str(labels[0])[:40])} in every row; "
            f"data.label=COLUMN says it; there are {some(layout.names)}"
        )
    last = key_word(layout.names[-1], layout.columns - 1)
    what = f"{name[:40]!r}, as none is called so" if layout.header else "there is no header"
    return f"label: the first column, {what}; data.label={last} would take the last"


def _named_alike(layout: Layout, other: Layout) -> Layout:
    """``other`` with the names of ``layout`` where only one of the two has names."""
    if layout.header == other.header or layout.columns != other.columns:
        return other
    return replace(other, names=layout.names, header=layout.header)


def _no_labels(layout: Layout, places: Places, other: Layout) -> bool:
    if layout.header and other.header:
        return not {layout.names[place] for place in places.labels} & {*other.names}
    return other.columns == layout.columns - len(places.labels)


def _same_roles(test: Path, layout: Layout, places: Places, other: Layout) -> None:
    """Raise DataError where the test rows' file has no column for a label or weight."""
    if not layout.header and other.columns != layout.columns:
        raise DataError(
            f"{test}: {other.columns} columns, but the training rows have {layout.columns}: a "
            "labelled test file must have the same ones"
        )
    for role, several in places.apart.items():
        for place in several:
            if (
                role in ("label", "weight")
                and layout.header
                and layout.names[place] not in other.names
            ):
                raise DataError(
                    f"{test}: no column {layout.names[place][:40]!r}, the {role} of the "
                    f"training rows; there are {some(other.names)}"
                )


def _by_name(layout: Layout, places: Places) -> Roles:
    weight = places.apart.get("weight")
    return Roles(
        label=tuple(layout.names[place] for place in places.labels),
        weight=None if weight is None else layout.names[weight[0]],
        whole=places.whole,
    )


def _by_place(places: Places) -> Roles:
    weight = places.apart.get("weight")
    weight_place = None if weight is None else weight[0]
    return Roles(label=places.labels, weight=weight_place, whole=places.whole)
