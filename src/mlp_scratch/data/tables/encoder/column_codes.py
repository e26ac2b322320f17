"""What becomes of one column of a table: the features that stand for a number, a word or a date.

    number     itself, a gap filled; ``age missing`` 0 or 1, where gaps are worth learning from
    category   0 or 1 for each level: ``sex=male``, ``sex=other`` for rare words, ``sex missing``;
               of two levels the second alone
    date       ``when year``, ``when days`` since the offset, ``when month=5``, ``when weekday=Mon``

Features of 0 and 1 are flags, which no normalization touches. A level that a row has none of (a
word that training did not show, with no rare ones beside it to count it among) is 0 everywhere: of
two levels that is the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.parsed_table import recoding

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_THURSDAY = 3  # 1970-01-01
_SHOWN = 100  # characters of a name or a word in a feature's name
_FIRST, _LAST = -719_162, 2_932_896  # days of the years 1 to 9999


@dataclass(frozen=True)
class NumberCode:
    """fill: what a gap is taken for, in the column's own units; nan: gaps are refused. offset: what
    is taken off before the numbers become float32. gap: whether there is ``age missing``."""

    name: str
    offset: float
    fill: float
    gap: bool = False
    plain: ClassVar[int] = 1

    @property
    def column(self) -> Column:
        return Column(self.name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of its features, of which the first ``plain`` are no flags."""
        return (self.name, *[f"{self.name[:_SHOWN]} missing"] * self.gap)


@dataclass(frozen=True)
class CategoryCode:
    """words: with a level of their own, sorted. rare: the other words of the training rows, which
    are one level together. gap: whether a gap is a level. fill: nan where gaps are refused."""

    name: str
    words: tuple[str, ...]
    rare: tuple[str, ...] = ()
    gap: bool = False
    fill: float = 0.0
    offset: float = 0.0
    plain: ClassVar[int] = 0

    @property
    def column(self) -> Column:
        return Column(self.name, "category", (*self.words, *self.rare))

    @property
    def _first(self) -> int:
        """How many levels have no feature: of one level, or of two, the first."""
        return int(1 <= len(self.words) + bool(self.rare) + self.gap <= 2)

    @cached_property
    def names(self) -> tuple[str, ...]:
        name = self.name[:_SHOWN]
        names = [f"{name}={word[:_SHOWN]}" for word in self.words]
        names += [f"{name}=other"] * bool(self.rare) + [f"{name} missing"] * self.gap
        return tuple(names[self._first :])

    @property
    def zeros(self) -> str:
        """The word whose features are all 0, "" if none is: what a row of no level is taken for."""
        return self.words[0] if self._first and self.words else ""

    def levels(self, words: Sequence[str]) -> np.ndarray:
        """Which feature stands for each of ``words``, the last for a gap; -1: none."""
        other, level = len(self.words), np.empty(len(words) + 1, np.int64)
        known = recoding(words, self.words)
        level[:-1] = np.arange(len(words)) if known is None else known
        level[:-1][level[:-1] < 0] = other if self.rare else -1
        level[-1] = other + bool(self.rare) if self.gap else -1
        return np.maximum(level - self._first, -1)

    def unknown(self, column: Column, values: np.ndarray) -> np.ndarray:
        """(n,) whether a word is one that the training rows do not have."""
        seen = {*self.words, *self.rare}
        new = np.array([*(word not in seen for word in column.words), False])
        return new[np.where(np.isnan(values), len(column.words), values).astype(np.intp)]


@dataclass(frozen=True)
class DateCode:
    """Days since 1970-01-01, less ``offset``. fill: as of numbers. year: whether it has a feature.
    months (1 to 12), weekdays (Monday is 0): those that have one. A gap has no month. words: how
    the dates are written, as their reader has it."""

    name: str
    offset: float
    fill: float
    gap: bool = False
    year: bool = True
    months: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def column(self) -> Column:
        return Column(self.name, "date", self.words)

    @property
    def plain(self) -> int:
        return 1 + self.year

    @cached_property
    def names(self) -> tuple[str, ...]:
        name = self.name[:_SHOWN]
        return (
            f"{name} days",
            *[f"{name} year"] * self.year,
            *[f"{name} missing"] * self.gap,
            *(f"{name} month={month}" for month in self.months),
            *(f"{name} weekday={WEEKDAYS[day]}" for day in self.weekdays),
        )

    def write(self, values: np.ndarray, offset: float, out: np.ndarray) -> None:
        """Days (n,) less ``offset``, nan for gaps -> out (n, features)."""
        gaps = np.isnan(values)
        days = np.where(gaps, self.fill, values + offset)
        out[:, 0] = days - self.offset
        years, months, weekdays = date_parts(days)
        parts = [years] * self.year + [gaps] * self.gap
        parts += [(months == month) & ~gaps for month in self.months]
        parts += [(weekdays == day) & ~gaps for day in self.weekdays]
        for i, part in enumerate(parts, 1):
            out[:, i] = part


def date_parts(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days since 1970-01-01 (n,) -> year, month from 1, weekday from Monday = 0."""
    whole = np.clip(np.floor(days), _FIRST, _LAST).astype(np.int64)
    dates = whole.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    months = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return years, months, (whole + _THURSDAY) % 7


Code = NumberCode | CategoryCode | DateCode
