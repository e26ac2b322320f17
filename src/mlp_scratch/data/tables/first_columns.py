"""How a CSV file is laid out, as its first line tells: delimiter, header, which column is what."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlp_scratch.bounded_reads import opened
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

Label = str | int | Sequence[str | int] | None  # a column, or several, by name or place

MAX_COLUMNS = 50_000
MAX_LINE = 16 << 20  # bytes
NUMBER = re.compile(r"[ \t]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t]*", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """What the first line tells."""

    delimiter: str
    columns: int
    skip: int  # lines before the first row: a header, blank lines
    names: tuple[str, ...] | None
    labels: tuple[int, ...] = ()  # columns of the labels
    weight: int | None = None  # column of the rows' weights

    @property
    def apart(self) -> list[int]:
        """Columns that are no features."""
        return [*self.labels, *([] if self.weight is None else [self.weight])]

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        if self.names is None:
            return None
        return tuple(name for i, name in enumerate(self.names) if i not in self.apart)

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(self.names[i] for i in self.labels) if self.names else ()


def layout_of(path: Path, label: Label | bool = False, weight: str | None = None) -> Layout:
    """label: False where the file has none. Raises DataError."""
    with opened(path) as file:
        if file.seek(0, 2) == 0 and file.read(1):  # the system's own, in /proc
            raise DataError(f"{path}: not a file of data")
        file.seek(0)
        skip, line = 0, file.readline(MAX_LINE)
        while line and not line.strip():
            skip, line = skip + 1, file.readline(MAX_LINE)
    if not line:
        raise DataError(f"{path}: the file is empty")
    if len(line) == MAX_LINE:
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
    names = [field.strip() for field in fields]
    several: list[Any] = [*label] if isinstance(label, list | tuple) else [label]
    labels: tuple[int, ...] = ()
    if label is None:
        lower = [name.lower() for name in names]
        labels = (lower.index("label") if "label" in lower else 0,)
    elif label is not False:
        labels = tuple(_column(path, names, "label", one) for one in several)
    weighing = None if weight is None else _column(path, names, "weight", weight)
    apart = [*labels] if weighing is None else [*labels, weighing]
    if len(set(apart)) < len(apart):
        raise DataError(f"{path}: data.label and data.weight name the same column twice")
    if apart and len(fields) <= len(apart):
        raise DataError(
            f"{path}: {len(fields)} column{'s' * (len(fields) > 1)} only: it takes a label and "
            "features, with commas"
        )
    named = any(isinstance(one, str) and not _is_place(one) for one in [*several, weight])
    header = named or any(
        not NUMBER.fullmatch(field) and not is_gap(field)
        for i, field in enumerate(fields)
        if i not in labels
    )
    return Layout(
        delimiter, len(fields), skip + header, tuple(names) if header else None, labels, weighing
    )


def _is_place(word: str) -> bool:
    """Whether a column is named by its number, from 0."""
    return re.fullmatch(r"-?\d+", word) is not None


def _column(path: Path, names: list[str], key: str, wanted: str | int) -> int:
    """The place of a column, given by its name or place. Raises DataError."""
    if isinstance(wanted, str) and not _is_place(wanted):
        if wanted not in names:
            shown = ", ".join(escaped(name[:40]) for name in names[:8])
            shown += ", ..." if len(names) > 8 else ""
            raise DataError(f"{path}: no column {wanted!r} (data.{key}); its first line is {shown}")
        return names.index(wanted)
    column = int(wanted)
    if not -len(names) <= column < len(names):
        raise DataError(f"{path}: data.{key}={column} but there are {len(names)} columns")
    return column % len(names)


def is_gap(field: str) -> bool:
    """A first row with a gap in it is still a row, and will be refused as such."""
    return field.strip().lower() in ("", "nan", "inf", "+inf", "-inf", "na", "null")
