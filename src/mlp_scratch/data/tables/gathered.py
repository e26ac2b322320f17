"""A table's columns as they are gathered, block by block, until it can be said what they are.

`Numbers` takes what comes as numbers, `Words` what comes as text. Both keep the values in pieces,
in no more memory than the result will have, and what the rules of `kinds.py` ask for.
"""

import re
from collections.abc import Sequence
from typing import cast

import numpy as np

from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.counted_words import CountedWords
from mlp_scratch.data.tables.dates import Dates
from mlp_scratch.data.tables.text.header import NUMBER

GAPS = frozenset(
    ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "<NA>")
)
GAPS_AMONG_NUMBERS = GAPS | {"-", "--", ".", "unknown", "Unknown", "none", "missing"}
MOST_ODD = 4  # different words among numbers that are told of
INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)  # a number, to be refused
_ADORNED = re.compile(
    r"([+-]?)([$€£]?)[ ]?((?:[1-9]\d{0,2}(?:,\d{3}){1,5}|\d+)(?:\.\d*)?)[ ]?(%?)", re.ASCII
)  # $1,234.50 and 12 %
MOST_WORDS = 10_000  # different ones in a column
MOST_LETTERS = 8 << 20  # and all of them together
_COMMA = str.maketrans(",.", ".,")  # a point is no decimal sign where the comma is
LARGEST = float(np.finfo(np.float32).max)
_WHOLE = 2.0**53  # above this not every whole number is a float64
_FAR = 256  # half ranges that the centre is from 0, at least, where an offset is taken off


class Numbers:
    """A column of numbers, nan where there is none.

    offset: what is taken off them, where that is known beforehand. exact: whether the values are
    kept in float64 in any case. days: whether they are dates.
    """

    def __init__(
        self, name: str, offset: float | None = None, exact: bool = False, days: bool = False
    ) -> None:
        self.name, self.days = name, days
        self.rows = self.gaps = 0
        self.lowest, self.highest = np.inf, -np.inf
        self.whole = self.counting = True
        self._given, self._last = offset, np.nan
        self.pieces: list[np.ndarray] = []
        self._narrow = False if exact or days or offset is not None else None

    def add(self, values: np.ndarray) -> None:
        """values: (n,) float64."""
        with np.errstate(invalid="ignore"):  # of infinite ones, which are refused later
            self._look_at(values)
        if self._narrow is None and self.gaps < self.rows:
            # what is not far from 0 beside its range in some rows is not so in all of them
            self._narrow = not self._is_far(_FAR - 2) and self.finite
        self.pieces.append(values.astype(np.float32) if self._narrow else values)

    def _look_at(self, values: np.ndarray) -> None:
        present = len(values) - int(np.count_nonzero(np.isnan(values)))
        self.rows, self.gaps = self.rows + len(values), self.gaps + len(values) - present
        if present:
            self.lowest = min(self.lowest, float(np.fmin.reduce(values)))
            self.highest = max(self.highest, float(np.fmax.reduce(values)))
        if self.whole:
            self.whole = bool(((np.rint(values) == values) | np.isnan(values)).all())
        if self.counting and len(values):
            steps = np.diff(
                values, prepend=values[0] - 1 if self.rows == len(values) else self._last
            )
            self.counting, self._last = bool((steps == 1).all()), float(values[-1])

    @property
    def numbers(self) -> "Numbers":
        """As of `Words`."""
        return self

    @property
    def finite(self) -> bool:
        """Whether all values there are finite in float32, once the offset is off."""
        if self.gaps == self.rows:
            return True
        ends = self.lowest - self.offset, self.highest - self.offset
        return -LARGEST <= ends[0] <= ends[1] <= LARGEST

    @property
    def offset(self) -> float:
        """A whole number, 0 unless the values lie far from 0 beside their range."""
        if self._given is not None:
            return self._given
        if self.gaps == self.rows or self.bytes or not (self.days or self._is_far(_FAR)):
            return 0.0
        centre = float(np.rint(self.lowest / 2 + self.highest / 2))
        return centre if abs(centre) < _WHOLE else 0.0

    @property
    def constant(self) -> bool:
        return self.lowest == self.highest and not self.gaps

    @property
    def bytes(self) -> bool:
        """Whether all are whole numbers from 0 to 255."""
        whole = self.whole and not self.gaps and not self.days
        return whole and self.lowest >= 0 and self.highest <= 255

    def different(self) -> int:
        return len(np.unique(np.concatenate(self.pieces)))

    def is_gap(self, field: str) -> bool:
        return field.strip() in GAPS_AMONG_NUMBERS

    def taken(self, i: int) -> np.ndarray:
        """The values of block ``i``, which is let go of."""
        values, self.pieces[i] = self.pieces[i], _NOTHING
        return values

    def _is_far(self, times: float) -> bool:
        low, high = self.lowest, self.highest
        if not np.isfinite(low) or not np.isfinite(high):
            return False
        if low == high:  # no range: the digits of a number are kept unless float32 has fewer
            return abs(low) >= 1 << 24
        return abs(low / 2 + high / 2) > times * (high / 2 - low / 2)


class Bytes(Numbers):
    """A column of whole numbers from 0 to 255: values (n,) uint8, all at once."""

    def __init__(self, name: str, values: np.ndarray, offset: float | None = None) -> None:
        super().__init__(name, offset)
        self.rows, self.pieces = len(values), [values]
        self.lowest, self.highest = float(values.min()), float(values.max())
        self.counting = len(values) <= 256 and bool((np.diff(values.astype(np.int16)) == 1).all())


class Words:
    """A column of text: its words, and the numbers or dates that they may all stand for.

    known: the column that it was before: the codes of its words, and the order of its dates, are
    fixed. missing: what stands for a gap, if the user says so. label: whether only an empty field
    is a gap among words, as classes may be called NA. most: how many different words, in how many
    letters, are kept; ``codes`` is None when there are more. counted: of more words than these only
    it is kept how many are different.
    """

    def __init__(
        self,
        name: str,
        known: Column | None = None,
        missing: Sequence[str] | None = None,
        decimal: str = ".",
        label: bool = False,
        most: tuple[int, int] = (MOST_WORDS, MOST_LETTERS),
        counted: int | None = None,
    ) -> None:
        self.name, self._counted, self._many = name, counted, cast(CountedWords | None, None)
        self.rows = self.gaps = self.number_rows = self.odd_rows = 0
        self.odd: dict[str, int] = {}  # words among numbers, and how often they come
        fixed = {} if known is None else {known.kind: known.words}
        self.codes: dict[str, int] | None = {w: i for i, w in enumerate(fixed.get("category", ()))}
        self.used: set[str] = set()
        self.dates = Dates(*fixed.get("date", ())[:1])
        self.numbers: Numbers | None = Numbers(name, exact=True)
        self.rewritten = False  # whether some numbers are not written as Python writes them
        self.adorned = ""  # the first of them with a sign of money, % or thousands
        self.pieces: list[np.ndarray] = []  # codes, int32, -1 for a gap
        self._gaps = (frozenset([""]) if label else GAPS) if missing is None else frozenset(missing)
        self._number_gaps = GAPS_AMONG_NUMBERS if missing is None else frozenset(missing)
        self.decimal, self._letters, (self.most, self._most_letters) = decimal, 0, most

    def add(self, places: np.ndarray, words: Sequence[str]) -> None:
        """places: (n,) into ``words``, -1 where there is no value."""
        if self.different is None and self._no_numbers and self.dates.none:
            self.rows += len(places)  # text: nothing else will be asked
            return
        words = [word.strip() for word in words]
        counts = np.bincount(places + 1, minlength=len(words) + 1)
        here = (counts[1:] > 0).tolist()
        gaps = [word in self._gaps for word in words]
        self.rows += len(places)
        self.gaps += int(counts[0] + counts[1:][np.array(gaps, bool)].sum())
        self._add_numbers(places, words, counts[1:].tolist())
        self._add_dates(places, words, here)
        if self.codes is not None:
            self._add_codes(places, words, gaps, here)
        elif self._many is not None:
            self._many.add(w for w, gap, h in zip(words, gaps, here, strict=True) if h and not gap)

    def _add_codes(
        self, places: np.ndarray, words: Sequence[str], gaps: Sequence[bool], here: Sequence[bool]
    ) -> None:
        assert self.codes is not None
        codes = np.full(len(words) + 1, -1, np.int32)
        for i, word in enumerate(words):
            if gaps[i] or not here[i]:
                continue
            if word not in self.used:
                self.used.add(word)
                self._letters += len(word)
                n = len(self.used)
                if n > self.most or (n > 1 and self._letters > self._most_letters):
                    self.codes, self.pieces, self.used = None, [], set()
                    return
            codes[i] = self.codes.setdefault(word, len(self.codes))
        self.pieces.append(codes[places])
        if self._counted is not None and len(self.used) > self._counted:
            self._many = CountedWords(self.most, self._most_letters)
            self._many.add(self.used)
            self.codes, self.pieces, self.used = None, [], set()

    def _add_numbers(self, places: np.ndarray, words: Sequence[str], counts: Sequence[int]) -> None:
        if self._no_numbers:
            return
        values, odd = np.full(len(words) + 1, np.nan), False
        for i, word in enumerate(words):
            if not counts[i] or word in self._number_gaps:
                continue
            value = self._number(word)
            if value is not None:
                values[i] = value
                self.number_rows += counts[i]
                continue
            odd = True
            self.odd_rows += counts[i]
            self.odd[word[:60]] = self.odd.get(word[:60], 0) + counts[i]
            if len(self.odd) > MOST_ODD:
                break
        if odd:
            self.numbers = None
        elif self.numbers is not None:
            self.numbers.add(values[places])

    def _add_dates(self, places: np.ndarray, words: Sequence[str], here: Sequence[bool]) -> None:
        if not self.dates.none:
            none = [word in self._number_gaps or not h for word, h in zip(words, here, strict=True)]
            self.dates.add(places, [*words, ""], [*none, True])

    def is_gap(self, field: str) -> bool:
        return field.strip() in (self._gaps if self.numbers is None else self._number_gaps)

    def is_number(self, field: str) -> bool:
        return field.strip() in self._number_gaps or self._number(field) is not None

    def is_date(self, field: str) -> bool:
        one = Dates(self.dates.order)
        one.add(np.zeros(1, np.intp), [field.strip()], [field.strip() in self._number_gaps])
        return not one.none

    def _number(self, word: str) -> float | None:
        text = word if self.decimal == "." else word.translate(_COMMA)
        self.rewritten |= text != word
        if NUMBER.fullmatch(text) or INFINITE.fullmatch(text):
            return float(text)
        found = _ADORNED.fullmatch(text) if self.decimal == "." else None
        if found is None:
            return None
        self.rewritten, self.adorned = True, self.adorned or word
        return float(found[1] + found[3].replace(",", ""))

    @property
    def _no_numbers(self) -> bool:
        """Whether so much else has been met that numbers are no longer looked for."""
        return len(self.odd) > MOST_ODD or self.odd_rows > self.number_rows + 10

    @property
    def nearly_numbers(self) -> bool:
        """Whether all but very few values are numbers."""
        return 0 < len(self.odd) <= MOST_ODD and self.odd_rows <= self.number_rows / 9

    @property
    def different(self) -> int | None:
        """How many different words there are, None of too many."""
        many = None if self._many is None else self._many.different
        return many if self.codes is None else len(self.codes)

    @property
    def words(self) -> tuple[str, ...]:
        """In the order of their codes."""
        return () if self.codes is None else tuple(self.codes)

    def objects(self) -> np.ndarray:
        """(n,) the words, one string for each different one; None for a gap."""
        table = np.array([*self.words, None], object)
        return table[np.concatenate(self.pieces)] if self.pieces else np.empty(0, object)


_NOTHING = np.empty(0, np.float32)
Gathered = Numbers | Words
