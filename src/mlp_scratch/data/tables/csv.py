"""CSV files: one row per example, a column of labels or several, every other column a number.

Tables of bytes, as of Kaggle's digits, are read by `read_byte_table`, everything else by pandas;
both go block by block, so that memory stays near the size of the result. pandas is lenient where we
are strict; so whenever a block does not come out as clean numbers the file is read again, slowly,
by `_diagnose`, which finds the line to blame.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.tables.byte_table import read_byte_table
from mlp_scratch.data.tables.dialect import fields_in
from mlp_scratch.data.tables.header import NUMBER, kind_of
from mlp_scratch.data.tables.layout import column_place, layout_of, opened_text
from mlp_scratch.data.tables.reading import BLANKS, Layout, Reading
from mlp_scratch.errors import DataError

Label = str | int | Sequence[str | int] | None  # a column, or several, by name or place

_BLOCK_VALUES = 4 << 20  # pandas takes its time for every column of every block ...
_BLOCK_ROWS = 512  # ... so a wide table is read in blocks of at least so many rows
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class _Roles:
    """Which columns are no features: those of the labels, and that of the rows' weights."""

    labels: tuple[int, ...]
    weight: int | None

    @property
    def apart(self) -> list[int]:
        return [*self.labels, *([] if self.weight is None else [self.weight])]


@dataclass(frozen=True, eq=False)
class _Table:
    """Features (n, f) uint8 or float32; labels (n,) or (n, k), text or numbers; weights (n,)."""

    x: np.ndarray
    labels: np.ndarray | None
    weights: np.ndarray | None


def parse_csv(
    files: Sequence[Path],
    label: Label,
    class_names: tuple[str, ...] | None,
    image_shape: tuple[int, ...] | None,
    labelled: bool,
    weight: str | None = None,
    reading: Reading = Reading(),  # noqa: B008 (it is frozen)
) -> Parsed:
    """Training rows and, where there is a second file and it has labels, test rows.

    ``labelled``: the test file must have labels. Otherwise one with a column less than the training
    file, as Kaggle's test.csv, has none and is left alone. weight: the column of the rows' weights.
    """
    path, test = files[0], files[-1]
    layout = layout_of(path, reading)
    roles = _roles(path, layout, label, weight)
    table = _rows(path, layout, roles)
    assert table.labels is not None
    source, tested = str(path), None
    if len(files) > 1:
        test_layout = layout_of(test, reading)
        if test_layout.columns == layout.columns - len(roles.labels) and not labelled:
            source = f"{path} ({test.name} has no labels and is not used)"
        else:
            if layout.header or test_layout.columns != layout.columns:
                _same_columns(path, layout, test, test_layout)
            tested = _rows(test, test_layout, roles)
            source = f"{path}, {test.name}"
    features = [name for i, name in enumerate(layout.names) if i not in roles.apart]
    return Parsed(
        x_train=table.x,
        labels_train=table.labels,
        train=str(path),
        x_test=None if tested is None else tested.x,
        labels_test=None if tested is None else tested.labels,
        test=str(test),
        class_names=class_names,
        image_shape=image_shape,
        source=source,
        feature_names=tuple(features) if layout.header else None,
        target_names=tuple(layout.names[i] for i in roles.labels) if layout.header else (),
        weights_train=table.weights,
        weights_test=None if tested is None else tested.weights,
    )


def read_rows(path: Path, names: tuple[str, ...] | None = None) -> np.ndarray:
    """A CSV without labels -> (n, columns), uint8 where all are whole numbers 0..255, else
    float32.

    names: of the columns that are wanted, in their order. A file that names its columns must have
    these and no others, in any order; one that does not is taken as it is.
    """
    layout = layout_of(path)
    nothing = _Roles((), None)
    here = layout.names if layout.header else None
    if names is None or here is None or here == names or len(set(names)) < len(names):
        return _rows(path, layout, nothing).x
    place, wanted = {name: i for i, name in enumerate(here)}, set(names)
    for name in names:
        if name not in place:
            raise DataError(f"{path}: no column {name[:40]!r}, which the network was trained on")
    for i, name in enumerate(here):
        if name not in wanted or place[name] != i:
            raise DataError(f"{path}: column {name[:40]!r} is one too many for the network")
    return _rows(path, layout, nothing).x[:, [place[name] for name in names]]


def _same_columns(path: Path, layout: Layout, test: Path, test_layout: Layout) -> None:
    if test_layout.columns != layout.columns:
        raise DataError(
            f"{test}: {test_layout.columns} columns but {path} has {layout.columns}: "
            "a labelled test file must have the same ones"
        )
    if test_layout.header and layout.names != test_layout.names:
        pairs = zip(layout.names, test_layout.names, strict=True)
        old, new = next(pair for pair in pairs if pair[0] != pair[1])
        raise DataError(f"{test}: has column {new!r} where {path} has {old!r}: order them alike")


def _roles(path: Path, layout: Layout, label: Label, weight: str | None) -> _Roles:
    """label: None for the column called label, or else the first."""
    names = layout.names
    if label is None:
        lower = [name.lower() for name in names]
        labels = [lower.index("label") if "label" in lower else 0]
    else:
        several = [label] if isinstance(label, str | int) else [*label]
        labels = [column_place(names, one, path, "label") for one in several]
    weighing = None if weight is None else column_place(names, weight, path, "weight")
    roles = _Roles(tuple(labels), weighing)
    if len(set(roles.apart)) < len(roles.apart):
        raise DataError(f"{path}: data.label and data.weight name the same column twice")
    if layout.columns <= len(roles.apart):
        raise DataError(
            f"{path}: {layout.columns} column{'s' * (layout.columns > 1)} only: it takes a label "
            "and features, with commas"
        )
    return roles


def _rows(path: Path, layout: Layout, roles: _Roles) -> _Table:
    odd = layout.encoding != "utf-8" or layout.delimiter == BLANKS
    plain = not (odd or layout.packing or layout.comment or layout.spare)
    table = None
    if plain:
        table = read_byte_table(path, layout.delimiter, layout.columns, layout.skip)
    if table is None:
        return _any_rows(path, layout, roles)
    return _Table(
        np.delete(table, roles.apart, axis=1) if roles.apart else table,
        table[:, roles.labels] if roles.labels else None,
        None if roles.weight is None else table[:, roles.weight].astype(np.float64),
    )


def _any_rows(path: Path, layout: Layout, roles: _Roles) -> _Table:
    """`_rows` by pandas; the labels are text."""
    import pandas as pd

    dtypes = {i: str if i in roles.labels else np.float64 for i in range(layout.columns)}
    features: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    known: dict[str, str] = {}  # one string a class, and no array as wide as the longest
    try:
        with (
            opened_text(path, layout) as text,
            pd.read_csv(
                text,
                **layout.pandas_options,
                dtype=dtypes,
                na_filter=False,  # a gap is an error, and "NA" may be the name of a class
                chunksize=max(_BLOCK_ROWS, _BLOCK_VALUES // layout.columns),
            ) as reader,
        ):
            for frame in reader:
                if layout.spare:
                    frame = frame.drop(columns=layout.columns)
                if frame.shape[1] != layout.columns:
                    _diagnose(path, layout, roles, f"{frame.shape[1]} columns")
                block = np.empty((len(frame), len(roles.labels)), object)
                for i, column in enumerate(roles.labels):
                    words = frame[column].to_list()
                    if not all(word.strip() for word in words):
                        _diagnose(path, layout, roles, "a label is missing")
                    block[:, i] = [known.setdefault(w, w) for w in words]
                labels.append(block)
                if roles.weight is not None:
                    weights.append(frame[roles.weight].to_numpy(dtype=np.float64))
                frame = frame.drop(columns=roles.apart)
                features.append(_compact(frame.to_numpy(dtype=np.float64), path, layout, roles))
    except (ValueError, OverflowError) as error:  # pandas' ParserError, a bad byte, a word
        _diagnose(path, layout, roles, str(error))
    if not features:
        _diagnose(path, layout, roles, "no rows")
    x = np.concatenate(features)  # float32 as soon as one block is
    return _Table(
        x,
        np.concatenate(labels) if roles.labels else None,
        np.concatenate(weights) if weights else None,
    )


def _compact(block: np.ndarray, path: Path, layout: Layout, roles: _Roles) -> np.ndarray:
    with np.errstate(invalid="ignore", over="ignore"):
        small = block.astype(np.uint8)
        if (small == block).all():
            return small
        x = block.astype(np.float32)
    if not np.isfinite(x).all():
        _diagnose(path, layout, roles, "a value that is not finite")
    return x


def _diagnose(path: Path, layout: Layout, roles: _Roles, reason: str) -> None:
    """Raise the DataError that names the line and column at fault; ``reason`` if none is found."""
    rows = line = 0
    try:
        for line, row in _numbered(path, layout):
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if layout.spare and len(row) == layout.columns + 1 and not row[-1]:
                row = row[:-1]
            rows += 1
            if len(row) != layout.columns:
                raise DataError(
                    f"{path}: line {line} has {len(row)} values, expected {layout.columns} "
                    "as in the first line"
                )
            for i, field in enumerate(row):
                name = f" ({layout.names[i][:40]!r})" if layout.header else ""
                where = f"{path}: line {line}, column {i + 1}{name}"
                if i in roles.labels:
                    if not field.strip():
                        raise DataError(f"{where}: the label is missing")
                elif not field.strip():
                    raise DataError(f"{where}: the value is missing")
                elif not _finite(field, layout.decimal):
                    hint = _hint(layout, roles, i, field)
                    raise DataError(f"{where}: {field[:40]!r} is not a finite number{hint}")
    except csv.Error as error:
        raise DataError(f"{path}: line {line + 1}: {error}") from error
    if rows == 0:
        raise DataError(f"{path}: no rows in it")
    raise DataError(f"{path}: cannot be read as a table of numbers: {reason.strip()[:200]}")


def _hint(layout: Layout, roles: _Roles, column: int, field: str) -> str:
    """Words are no features: most often the label stands elsewhere than it was looked for."""
    if kind_of(field, layout.decimal) in ("number", "gap"):
        return ""
    if not roles.labels:
        return "; leave out what is not a feature"
    name = repr(layout.names[column][:40]) if layout.header else column
    return f"; is it the label? data.label={name}"


def _finite(field: str, decimal: str) -> bool:
    plain = field.replace(decimal, ".")
    return NUMBER.fullmatch(plain) is not None and abs(float(plain)) <= _LARGEST


def _numbered(path: Path, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """The rows and their lines' numbers, from 1. Raises DataError and csv.Error."""
    with opened_text(path, layout) as text:
        for line, row in fields_in(text, layout.delimiter, layout.quote):
            yield layout.skip + line, row
