"""CSV files: one row per example, a column of labels, every other column a number.

Tables of bytes, as of Kaggle's digits, are read by `read_byte_table`, everything else by pandas;
both go block by block, so that memory stays near the size of the result. pandas is lenient where we
are strict; so whenever a block does not come out as clean numbers the file is read again, slowly,
by `_diagnose`, which finds the line to blame.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp_scratch.bounded_reads import opened
from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.tables.byte_table import read_byte_table
from mlp_scratch.errors import DataError

MAX_COLUMNS = 50_000
_MAX_LINE = 16 << 20  # bytes
_BLOCK_BYTES = 1 << 20
_BLOCK_VALUES = 4 << 20  # pandas takes its time for every column of every block ...
_BLOCK_ROWS = 512  # ... so a wide table is read in blocks of at least so many rows
_LARGEST = float(np.finfo(np.float32).max)
_NUMBER = re.compile(r"[ \t]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t]*", re.ASCII)


@dataclass(frozen=True)
class _Layout:
    """What the first line tells."""

    delimiter: str
    columns: int
    skip: int  # lines before the first row: a header, blank lines
    names: tuple[str, ...] | None
    label: int | None  # column of the labels

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        if self.names is None:
            return None
        return tuple(name for i, name in enumerate(self.names) if i != self.label)


def parse_csv(
    files: Sequence[Path],
    label: str | int | None,
    class_names: tuple[str, ...] | None,
    image_shape: tuple[int, ...] | None,
    labelled: bool,
) -> Parsed:
    """Training rows and, where there is a second file and it has labels, test rows.

    ``labelled``: the test file must have labels. Otherwise one with a column less than the training
    file, as Kaggle's test.csv, has none and is left alone.
    """
    path, test = files[0], files[-1]
    layout = _layout(path, label, labelled=True)
    x, labels = _rows(path, layout)
    source = str(path)
    parsed_test: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
    if len(files) > 1:
        columns = _layout(test, None, labelled=False).columns
        if columns == layout.columns - 1 and not labelled:
            source = f"{path} ({test.name} has no labels and is not used)"
        else:
            test_layout = _layout(test, layout.label if layout.names is None else label, True)
            _same_columns(path, layout, test, test_layout)
            parsed_test = _rows(test, test_layout)
            source = f"{path}, {test.name}"
    return Parsed(
        *(x, labels, str(path)),
        *(*parsed_test, str(test)),
        class_names=class_names,
        image_shape=image_shape,
        source=source,
        feature_names=layout.feature_names,
    )


def read_rows(path: Path, names: tuple[str, ...] | None = None) -> np.ndarray:
    """A CSV without labels -> (n, columns), uint8 where all are whole numbers 0..255, else
    float32.

    names: of the columns that are wanted, in their order. A file that names its columns must have
    these and no others, in any order; one that does not is taken as it is.
    """
    layout = _layout(path, None, labelled=False)
    here = layout.names
    if names is None or here is None or here == names or len(set(names)) < len(names):
        return _rows(path, layout)[0]
    place, wanted = {name: i for i, name in enumerate(here)}, set(names)
    for name in names:
        if name not in place:
            raise DataError(f"{path}: no column {name[:40]!r}, which the network was trained on")
    for i, name in enumerate(here):
        if name not in wanted or place[name] != i:
            raise DataError(f"{path}: column {name[:40]!r} is one too many for the network")
    return _rows(path, layout)[0][:, [place[name] for name in names]]


def _layout(path: Path, label: str | int | None, labelled: bool) -> _Layout:
    with opened(path) as file:
        skip, line = 0, file.readline(_MAX_LINE)
        while line and not line.strip():
            skip, line = skip + 1, file.readline(_MAX_LINE)
    if not line:
        raise DataError(f"{path}: the file is empty")
    if len(line) == _MAX_LINE:
        raise DataError(f"{path}: line {skip + 1} is longer than 16 MiB: this is not a CSV table")
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n").split("\r")[0]
        delimiter = max(",;\t", key=text.count)
        fields = next(csv.reader([text], delimiter=delimiter), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: line {skip + 1} is not CSV text: {error}") from error
    if not text.strip():
        raise DataError(f"{path}: line {skip + 1} is empty: it must be a header or the first row")
    if len(fields) > MAX_COLUMNS:
        raise DataError(f"{path}: {len(fields)} columns, at most {MAX_COLUMNS} are read")
    named = isinstance(label, str) and not re.fullmatch(r"-?\d+", label)
    column = _label_column(path, fields, label, named) if labelled else None
    header = named or any(
        not _NUMBER.fullmatch(field) and not _nan_like(field)
        for i, field in enumerate(fields)
        if i != column
    )
    if labelled and len(fields) < 2:
        raise DataError(f"{path}: one column only: it takes a label and features, with commas")
    return _Layout(
        delimiter,
        len(fields),
        skip + header,
        tuple(field.strip() for field in fields) if header else None,
        column,
    )


def _label_column(path: Path, fields: list[str], label: str | int | None, named: bool) -> int:
    names = [field.strip() for field in fields]
    if label is None:
        lower = [name.lower() for name in names]
        return lower.index("label") if "label" in lower else 0
    if named:
        if label not in names:
            shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
            raise DataError(f"{path}: no column {label!r} (data.label); its first line is {shown}")
        return names.index(str(label))
    column = int(label)
    if not -len(fields) <= column < len(fields):
        raise DataError(f"{path}: data.label={column} but there are {len(fields)} columns")
    return column % len(fields)


def _nan_like(field: str) -> bool:
    """A first row with a gap in it is still a row, and will be refused as such."""
    return field.strip().lower() in ("", "nan", "inf", "+inf", "-inf", "na", "null")


def _same_columns(path: Path, layout: _Layout, test: Path, test_layout: _Layout) -> None:
    if test_layout.columns != layout.columns:
        raise DataError(
            f"{test}: {test_layout.columns} columns but {path} has {layout.columns}: "
            "a labelled test file must have the same ones"
        )
    if layout.names and test_layout.names and layout.names != test_layout.names:
        pairs = zip(layout.names, test_layout.names, strict=True)
        old, new = next(pair for pair in pairs if pair[0] != pair[1])
        raise DataError(f"{test}: has column {new!r} where {path} has {old!r}: order them alike")


def _rows(path: Path, layout: _Layout) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, f) uint8 or float32, and the labels (n,), as text or as numbers."""
    table = read_byte_table(path, layout.delimiter, layout.columns, layout.skip)
    if table is None:
        return _any_rows(path, layout)
    if layout.label is None:
        return table, np.empty(0, np.uint8)
    return np.delete(table, layout.label, axis=1), table[:, layout.label]


def _any_rows(path: Path, layout: _Layout) -> tuple[np.ndarray, np.ndarray]:
    """`_rows` by pandas; the labels are text."""
    import pandas as pd

    _refuse_nul(path)
    dtypes = {i: str if i == layout.label else np.float64 for i in range(layout.columns)}
    features: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    known: dict[str, str] = {}  # one string a class, and no array as wide as the longest
    try:
        with (
            opened(path) as file,
            pd.read_csv(
                file,
                sep=layout.delimiter,
                header=None,
                skiprows=layout.skip,
                dtype=dtypes,
                na_filter=False,  # a gap is an error, and "NA" may be the name of a class
                encoding="utf-8",
                chunksize=max(_BLOCK_ROWS, _BLOCK_VALUES // layout.columns),
            ) as reader,
        ):
            for frame in reader:
                if frame.shape[1] != layout.columns:
                    _diagnose(path, layout, f"{frame.shape[1]} columns")
                if layout.label is not None:
                    words = frame[layout.label].to_list()
                    if not all(word.strip() for word in words):
                        _diagnose(path, layout, "a label is missing")
                    labels.append(np.array([known.setdefault(w, w) for w in words], object))
                    frame = frame.drop(columns=layout.label)
                features.append(_compact(frame.to_numpy(dtype=np.float64), path, layout))
    except (ValueError, OverflowError) as error:  # pandas' ParserError, a bad byte, a word
        _diagnose(path, layout, str(error))
    if not features:
        _diagnose(path, layout, "no rows")
    x = np.concatenate(features)  # float32 as soon as one block is
    return x, np.concatenate(labels) if labels else np.empty(0, object)


def _refuse_nul(path: Path) -> None:
    """pandas and NumPy end a word at a NUL character: half of it would be taken for the whole."""
    with opened(path) as file:
        offset = 0
        while chunk := file.read(_BLOCK_BYTES):
            if (at := chunk.find(b"\0")) >= 0:
                raise DataError(f"{path}: NUL at offset {offset + at}: this is not CSV text")
            offset += len(chunk)


def _compact(block: np.ndarray, path: Path, layout: _Layout) -> np.ndarray:
    with np.errstate(invalid="ignore", over="ignore"):
        small = block.astype(np.uint8)
        if (small == block).all():
            return small
        x = block.astype(np.float32)
    if not np.isfinite(x).all():
        _diagnose(path, layout, "a value that is not finite")
    return x


def _diagnose(path: Path, layout: _Layout, reason: str) -> None:
    """Raise the DataError that names the line and column at fault; ``reason`` if none is found."""
    reader = csv.reader(_lines(path), delimiter=layout.delimiter)
    rows = 0
    try:
        for row in reader:
            line = reader.line_num
            if line <= layout.skip or not row or (len(row) == 1 and not row[0].strip()):
                continue
            rows += 1
            if len(row) != layout.columns:
                raise DataError(
                    f"{path}: line {line} has {len(row)} values, expected {layout.columns} "
                    "as in the first line"
                )
            for i, field in enumerate(row):
                name = f" ({layout.names[i][:40]!r})" if layout.names else ""
                where = f"{path}: line {line}, column {i + 1}{name}"
                if i == layout.label:
                    if not field.strip():
                        raise DataError(f"{where}: the label is missing")
                elif not field.strip():
                    raise DataError(f"{where}: the value is missing")
                elif not _NUMBER.fullmatch(field) or abs(float(field)) > _LARGEST:
                    raise DataError(
                        f"{where}: {field[:40]!r} is not a finite number{_hint(layout, i, field)}"
                    )
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}") from error
    if rows == 0:
        raise DataError(f"{path}: no rows in it")
    raise DataError(f"{path}: cannot be read as a table of numbers: {reason.strip()[:200]}")


def _hint(layout: _Layout, column: int, field: str) -> str:
    """Words are no features: most often the label stands elsewhere than it was looked for."""
    if _NUMBER.fullmatch(field) or _nan_like(field):
        return ""
    if layout.label is None:
        return "; leave out what is not a feature"
    name = repr(layout.names[column][:40]) if layout.names else column
    return f"; is it the label? data.label={name}"


def _lines(path: Path) -> Iterator[str]:
    with opened(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(_MAX_LINE), b""), 1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise DataError(f"{path}: line {number} is not UTF-8 text: {error}") from error
