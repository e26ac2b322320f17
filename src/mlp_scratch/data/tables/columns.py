"""What a table's columns are, and its rows as they are kept until a network's encoder takes them.

Every reader of tables (text, Parquet, ARFF, DataFrames) gives a `Table`. Nothing in it depends on
which rows are trained on: what does (fill values, rare words, scales) is fitted later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from mlp_scratch.errors import DataError

LONGEST_NAME = 1 << 16  # characters of a name or a word that a checkpoint keeps
KINDS = ("number", "category", "date")


@dataclass(frozen=True)
class Column:
    """One column of features.

    name: as the table calls it; ``column 3`` where it calls it nothing. kind: of ``KINDS``.
    words: of a category, in the order of its codes.
    """

    name: str
    kind: str = "number"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of a table.

    columns: those that are features. x: (n, columns), uint8 where all are whole numbers from 0 to
    255 without a gap, else float32: a number less its offset; the code of a category; a date in
    days since 1970-01-01 (UTC) less its offset; nan where there is none. offset: (columns,)
    float64, whole numbers, 0 for categories: it keeps the digits of numbers that are large beside
    their spread. apart: what is no feature, by role (label, weight, split, group): words (n,) or
    (n, k) as objects, or numbers. ids: names of the columns that were left out because they only
    tell rows apart. notes: lines for people, what was found out and which key overrules it.
    """

    columns: tuple[Column, ...]
    x: np.ndarray
    offset: np.ndarray
    apart: Mapping[str, np.ndarray] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_lengths(names: Iterable[str], where: str) -> None:
    """Raise DataError for a name of a column, or a word, that no checkpoint would keep."""
    for name in names:
        if len(name) > LONGEST_NAME:
            raise DataError(
                f"{where}: the column or word {name[:20]!r}... has {len(name):,} characters, "
                f"{LONGEST_NAME:,} are kept; shorten it, or leave the column out (data.drop)"
            )
