"""Reading ``metrics.csv``: columns of floats, one entry an epoch, nothing but the standard library
and NumPy.

The file may be growing while it is read, may come from a run that diverged, and may have been cut
off by a full disk; a row that is not complete is dropped, an empty cell is NaN.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.bounded_reads import read_plain_file

Columns = dict[str, NDArray[np.float64]]
LARGEST = 1 << 24  # bytes: 100,000 epochs
_ENDLESS = 1e100  # no training in floats of 32 or 64 bits comes here and stays finite


def read_metrics(path: str | os.PathLike[str]) -> Columns:
    """``metrics.csv`` as ``{column: float64 array}``; an empty file gives an empty dict.

    Raises OSError when it cannot be read and ValueError (also for bytes that are not text) when
    its contents are not a table of numbers.
    """
    text = read_plain_file(Path(path), LARGEST).decode("utf-8")
    head, _, body = text.partition("\n")
    names = [name.strip().strip('"') for name in head.split(",")]
    if not head.strip():
        return {}
    if "epoch" not in names:
        raise ValueError(f"no column 'epoch' among {', '.join(names)[:80]!r}")
    lines = body.splitlines()
    if lines and not body.endswith("\n"):
        lines.pop()  # the row that is being written right now
    cells = [line.split(",") for line in lines if line.strip()]
    for number, row in enumerate(cells, start=2):
        if len(row) != len(names):
            raise ValueError(f"line {number} has {len(row)} cells, the header has {len(names)}")
    values = np.array([[float(cell or "nan") for cell in row] for row in cells], dtype=np.float64)
    if not cells:
        values = np.empty((0, len(names)))
    columns = {name: values[:, i] for i, name in enumerate(names)}
    if not all(map(is_epoch, columns["epoch"])):
        raise ValueError("epochs must be whole numbers")
    return {name: endless(column) for name, column in columns.items()}


def endless(values: Any) -> Any:
    """Numbers so large that a sum of them may not be finite are taken for infinite at once."""
    return np.where(np.abs(values) > _ENDLESS, np.copysign(np.inf, values), values)


def is_epoch(value: Any) -> bool:
    """Whether a number can count epochs."""
    return isinstance(value, int | float) and 0 <= value < 2**53 and value == int(value)


def to_columns(rows: Sequence[Mapping[str, object]]) -> Columns:
    """Rows (one dict an epoch, numbers or strings) as columns; what a row lacks is NaN."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {
        name: np.array([_number(row.get(name)) for row in rows], dtype=np.float64) for name in names
    }


def _number(cell: object) -> float:
    if cell is None or cell == "":
        return float("nan")
    return float(cell)  # type: ignore[arg-type]
