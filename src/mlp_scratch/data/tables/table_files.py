"""A table in one file, or in several: of training rows, of test rows, of validation rows."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.tables.column_notes import key_word
from mlp_scratch.data.tables.column_roles import Places, Roles, places_of, some
from mlp_scratch.data.tables.columns import Table
from mlp_scratch.data.tables.formats.any_table import TableFile, form_of, opened_table
from mlp_scratch.data.tables.parsed_table import parsed_table
from mlp_scratch.data.tables.text.text_settings import Reading
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
    form = form_of(path)
    for other in others.values():
        if (other_form := form_of(other)) != form:
            raise DataError(f"{other}: is {other_form}, but the training rows are {form}")
    file = opened_table(path, reading)
    asked = replace(roles, label=file.label) if roles.label is None else roles
    places = places_of(str(path), file.names, asked, file.index)
    if image_shape is not None:
        pixels = set(range(len(file.names))) - places.no_features
        roles = replace(roles, keep=tuple(sorted(pixels)))
    if len(file.names) <= len(places.no_features):
        count = f"{len(file.names)} column{'s' * (len(file.names) > 1)}"
        only = f", of which data.drop takes {len(places.drop)}" if places.drop else " only"
        raise DataError(f"{path}: {count}{only}: it takes a label and features")
    table = file.rows(roles, None, None)
    if places.guessed and class_names is None:
        table = replace(table, notes=(*table.notes, _guess(path, file, places, table)))
    source, tables = str(path), {}
    for part, other in others.items():
        there = opened_table(other, reading, table.columns if file.header else (), like=file)
        if part == "test" and not labelled and _no_labels(file, places, there):
            source += f" ({other.name} has no labels and is not used)"
            continue
        _same_roles(other, file, places, there)
        roles_there = _roles_there(file, places)
        tables[part] = there.rows(roles_there, table.columns, table.offset), str(other)
        source += f", {other.name}"
    parsed = parsed_table(table, str(path), tables, source)
    said: dict[str, Any] = {
        role: (table.apart[role], file.names[places.apart[role][0]])
        for role in ("split", "group")
        if role in table.apart
    }
    if file.header:
        said["target_names"] = tuple(file.names[place] for place in places.labels)
    else:
        said["feature_names"] = None
    return replace(parsed, class_names=class_names, image_shape=image_shape, **said)


def _guess(path: Path, file: TableFile, places: Places, table: Table) -> str:
    """The line that says which column was taken for the label. Raises DataError where that can be
    none, as it is the same in every row."""
    place = places.labels[0]
    name, labels = file.names[place], table.apart["label"]
    if file.form == "text" and len(labels) > 1 and (labels == labels[0]).all():
        raise DataError(
            f"{path}: which column is the label? none is called so, and the first, "
            f"{name[:40]!r}, is {escaped(str(labels[0])[:40])} in every row; "
            f"data.label=COLUMN says it; there are {some(file.names)}"
        )
    last = key_word(file.names[-1], len(file.names) - 1)
    what = f"{name[:40]!r}, as none is called so" if file.header else "there is no header"
    return f"label: the first column, {what}; data.label={last} would take the last"


def _no_labels(file: TableFile, places: Places, other: TableFile) -> bool:
    if file.header and other.header:
        return not {file.names[place] for place in places.labels} & {*other.names}
    return len(other.names) == len(file.names) - len(places.labels)


def _same_roles(test: Path, file: TableFile, places: Places, other: TableFile) -> None:
    """Raise DataError where the test rows' file has no column for a label or weight."""
    if not file.header and len(other.names) != len(file.names):
        raise DataError(
            f"{test}: {len(other.names)} columns, but the training rows have {len(file.names)}: a "
            "labelled test file must have the same ones"
        )
    for role in ("label", "weight") if file.header else ():
        for place in places.apart.get(role, ()):
            if file.names[place] not in other.names:
                raise DataError(
                    f"{test}: no column {file.names[place][:40]!r}, the {role} of the "
                    f"training rows; there are {some(other.names)}"
                )


def _roles_there(file: TableFile, places: Places) -> Roles:
    """Those of other rows: by name, or by place where the columns have none."""
    called = file.names if file.header else range(len(file.names))
    weight = places.apart.get("weight")
    return Roles(
        label=tuple(called[place] for place in places.labels),
        weight=None if weight is None else called[weight[0]],
        whole=places.whole,
    )
