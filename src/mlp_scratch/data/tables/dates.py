"""Days since 1970-01-01 (UTC) from dates as people write them.

    2020-12-31, 2020/12/31                  year first, as ISO 8601 has it
    31.12.2020, 31/12/2020, 12/31/2020      day or month first: the column tells, see below
    31 Dec 2020, 31-Dec-20, Dec 31, 2020    the month in English letters
    2020-12, Dec 2020, 2020 Dec, 2020 Q4    the first day of a month or quarter

each but the last perhaps with a time behind it (``23:59``, ``23:59:59.5``) and a zone (``Z``,
``+01:00``). Dots stand for day first. With slashes or dashes a column is day first when some first
number is above 12, month first when some second number is; when neither is, nobody can tell, and it
is not read.
Years of two digits are of 1970 to 2069.
"""

import re
from collections.abc import Iterable
from datetime import date

import numpy as np

DAY_FIRST, MONTH_FIRST = "day first", "month first"
_TIME = r"(?:[T ,]+(\d{1,2}):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?"
_ZONE = r"\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}{_ZONE}", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d\d){_TIME}{_ZONE}", re.ASCII)
_DAY_NAMED = re.compile(
    rf"(\d{{1,2}})[- ]([A-Za-z]{{3,9}})\.?,?[- ](\d{{4}}|\d\d){_TIME}{_ZONE}", re.ASCII
)
_MONTH_NAMED = re.compile(rf"([A-Za-z]{{3,9}})\.? (\d{{1,2}}),? (\d{{4}}){_TIME}{_ZONE}", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})(?:[-/ ]?M|[-/])(\d{1,2})", re.ASCII)
_YEAR_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])", re.ASCII)
_MONTH_YEAR = re.compile(r"([A-Za-z]{3,9})\.?,?[- ](\d{4})", re.ASCII)
_YEAR_NAMED = re.compile(r"(\d{4})[- ]([A-Za-z]{3,9})\.?", re.ASCII)
_NO_TIME: list[str | None] = [None] * 5
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_EPOCH = date(1970, 1, 1).toordinal()


class Dates:
    """The dates of a column, read block by block.

    order: ``DAY_FIRST`` or ``MONTH_FIRST`` where it is known beforehand. none: whether something
    else than dates and gaps has been met.
    """

    def __init__(self, order: str = "") -> None:
        self.order = order
        self.none = False
        self._blocks: list[tuple[np.ndarray, np.ndarray]] = []
        self._ambiguous = False

    @property
    def unclear(self) -> bool:
        """Whether day and month could be mistaken."""
        return self._ambiguous and not self.order

    def add(self, codes: np.ndarray, words: Iterable[str], gaps: Iterable[bool]) -> None:
        """codes: (n,) into ``words``, which are gaps where ``gaps`` says so."""
        if self.none:
            return
        both = []
        for word, gap in zip(words, gaps, strict=True):
            pair = (np.nan, np.nan) if gap else self._both(word)
            if pair is None:
                self.none, self._blocks = True, []
                return
            both.append(pair)
        table = np.array(both, np.float64).reshape(len(both), 2)
        wrong = [bool(np.isinf(table[:, i]).any()) for i in (0, 1)]
        for order, other in ((0, MONTH_FIRST), (1, DAY_FIRST)):
            if wrong[order]:
                if self.order not in ("", other):
                    self.none, self._blocks = True, []
                    return
                self.order = other
        different = table[:, 0] != table[:, 1]
        self._ambiguous |= bool((different & ~np.isnan(table[:, 0])).any())
        self._blocks.append((codes, table))

    def days(self) -> list[np.ndarray]:
        """(n,) float64 for each block."""
        column = 1 if self.order == MONTH_FIRST else 0
        return [table[:, column][codes] for codes, table in self._blocks]

    def _both(self, word: str) -> tuple[float, float] | None:
        """With day and with month first; inf where one of them cannot be; None for no date."""
        if found := _YEAR_FIRST.fullmatch(word):
            year, _, month, day, *time = found.groups()
            days = _days(int(year), int(month), int(day), time)
        elif found := _YEAR_LAST.fullmatch(word):
            first, sign, second, year, *time = found.groups()
            full = _full_year(year)
            by_day = _days(full, int(second), int(first), time)
            by_month = None if sign == "." else _days(full, int(first), int(second), time)
            if by_day is None and by_month is None:
                return None
            return np.inf if by_day is None else by_day, np.inf if by_month is None else by_month
        else:
            days = _other(word)
        return None if days is None else (days, days)


def _other(word: str) -> float | None:
    """Of a date with the month in letters; the first day of a month or a quarter."""
    day, time = "1", _NO_TIME
    if found := _DAY_NAMED.fullmatch(word):
        day, month, year, *time = found.groups()
    elif found := _MONTH_NAMED.fullmatch(word):
        month, day, year, *time = found.groups()
    elif found := _YEAR_QUARTER.fullmatch(word):
        year, month = found[1], str(3 * int(found[2]) - 2)
    elif found := _YEAR_MONTH.fullmatch(word) or _YEAR_NAMED.fullmatch(word):
        year, month = found.groups()
    elif found := _MONTH_YEAR.fullmatch(word):
        month, year = found.groups()
    else:
        return None
    number = int(month) if month.isdecimal() else _month(month)
    return None if number is None else _days(_full_year(year), number, int(day), time)


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 70 else 1900)


def _month(word: str) -> int | None:
    lower = word.lower()
    for number, name in enumerate(_MONTHS, 1):
        if lower in (name, name[:3]) or (lower == "sept" and number == 9):
            return number
    return None


def _days(year: int, month: int, day: int, time: list[str | None]) -> float | None:
    hour, minute, second, fraction, zone = time
    h, m, s = int(hour or 0), int(minute or 0), int(second or 0)
    if h > 24 or m > 59 or s > 60:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
    seconds = 3600 * h + 60 * m + s + (float(f"0.{fraction}") if fraction else 0.0)
    if zone and zone[0] in "+-":
        east = 3600 * int(zone[1:3]) + 60 * int(zone[-2:])
        seconds -= east if zone[0] == "+" else -east
    return days + seconds / 86400
