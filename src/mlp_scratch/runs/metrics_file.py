"""``metrics.csv``, a row an epoch: written while a run goes on, and read back.

It only ever grows. Whoever reads it may find a row that is being written, a run that diverged, or
what a full disk cut off: a row that is not complete is dropped, an empty cell is NaN.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.bounded_reads import MOST_VALUES, read_plain_file
from mlp_scratch.engine.epoch_sums import TIMINGS
from mlp_scratch.files import write_text_atomically

Columns = dict[str, NDArray[np.float64]]
_NUMBER = re.compile(r"[0-9.e+-]+")
LARGEST = 1 << 24  # bytes: 100,000 epochs
MOST_COLUMNS = 1000
_ENDLESS = 1e100  # no training in floats of 32 or 64 bits comes here and stays finite


class MetricsFile:
    """Begun anew with the rows so far: those that the checkpoint knows. Raises OSError.

    Attributes:
        earlier_seconds: the sum of their column ``seconds``, as far as it is known.
    """

    def __init__(
        self, path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, float]]
    ) -> None:
        self._path, self._columns = path, columns
        lines = [self._line(row) for row in rows]
        if lines and path.is_file():
            with contextlib.suppress(ValueError):  # far larger than ours: not believed
                text = read_plain_file(path, LARGEST).decode("utf-8", errors="replace")
                lines = with_timings(lines, text)
        write_text_atomically(path, "\n".join([",".join(columns), *lines, ""]))
        self.earlier_seconds = sum(map(_seconds, lines))

    def append(self, row: Mapping[str, float]) -> None:
        """Write the row of an epoch. Raises OSError."""
        with open(self._path, "a", encoding="utf-8", newline="\n") as file:
            file.write(self._line(row) + "\n")

    def _line(self, row: Mapping[str, float]) -> str:
        return ",".join(_cell(row.get(column, math.nan)) for column in self._columns)


def with_timings(lines: list[str], text: str) -> list[str]:
    """Rows made from a checkpoint, which has no timings, with those that ``metrics.csv`` still has.

    lines: one an epoch, the timings at their ends empty. text: of the file, where a row may be torn
    or damaged; one that does not say the same otherwise is not believed.
    """
    n = len(TIMINGS)
    measured = {}
    for line in text.split("\n")[:-1]:
        said, *timings = line.rsplit(",", n)
        if all(_NUMBER.fullmatch(cell) for cell in timings):
            measured[said] = line
    return [measured.get(line.rsplit(",", n)[0], line) for line in lines]


def _seconds(line: str) -> float:
    """The ``seconds`` of a row, which ``TIMINGS`` has first; 0 where they are not there."""
    try:
        seconds = float(line.rsplit(",", len(TIMINGS))[1])
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < math.inf else 0.0


def _cell(value: float) -> str:
    """A number as text that reads back exactly; nothing where there was no look."""
    return "" if math.isnan(value) else repr(value)


def read_metrics(path: str | os.PathLike[str]) -> Columns:
    """``metrics.csv`` as ``{column: float64 array}``; an empty file gives an empty dict.

    Raises OSError when it cannot be read and ValueError (also for bytes that are not text) when
    its contents are not a table of numbers.
    """
    text = read_plain_file(Path(path), LARGEST).decode("utf-8")
    if text.count(",") + text.count("\n") > MOST_VALUES:
        raise ValueError("too many values")
    head, _, body = text.partition("\n")
    if head.count(",") > MOST_COLUMNS:
        raise ValueError("too many columns")
    names = [name.strip().strip('"') for name in head.split(",")]
    if not head.strip():
        return {}
    if "epoch" not in names:
        raise ValueError(f"no column 'epoch' among {', '.join(names)[:80]!r}")
    lines = body.splitlines()
    if lines and not body.endswith("\n"):
        lines.pop()  # the row that is being written right now
    values = array("d")  # not lists of texts, which take ten times as much memory
    for number, line in enumerate(filter(str.strip, lines), start=2):
        row = [float(cell or "nan") for cell in line.split(",")]
        if len(row) != len(names):
            raise ValueError(f"line {number} has {len(row)} cells, the header has {len(names)}")
        values.extend(row)
    table = np.array(values).reshape(-1, len(names))
    columns = {name: table[:, i] for i, name in enumerate(names)}
    if not all(map(is_epoch, columns["epoch"])):
        raise ValueError("epochs must be whole numbers")
    return {name: endless(column) for name, column in columns.items()}


def endless(values: Any) -> Any:
    """Numbers so large that a sum of them may not be finite are taken for infinite at once."""
    return np.where(np.abs(values) > _ENDLESS, np.copysign(np.inf, values), values)


def is_epoch(value: Any) -> bool:
    """Whether a number can count epochs."""
    return isinstance(value, int | float) and 0 <= value < 2**53 and value == int(value)


def to_columns(rows: Sequence[Mapping[str, float]]) -> Columns:
    """Rows (one dict an epoch) as columns; what a row lacks is NaN."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows], np.float64) for name in names}
