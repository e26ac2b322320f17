"""Whether the first line of a table has the names of its columns.

Each column of the rows below is of numbers, dates, truth values or words, if nine of ten of its
fields are that; gaps (empty, ``?``, ``NA`` ...) count for nothing. Then, for the first line:

- a word above a column of another kind speaks for a header; a number or date above its own kind
  speaks for a row, and so does a word or truth value that occurs again below;
- numbers are names where they count up by one: from 0 or 1 where something else speaks for a
  header, from anywhere if there are three; from 0 and nothing else (``0,1,2,3``) where there are
  three or more, hardly a row below counts up or goes on with the numbers, and few of them come
  again; years beside words above what is no year; and five or more that rise in even steps as
  hardly a row below rises;
- where nothing speaks for a row, whatever speaks for a header decides;
- where both speak it is most likely a row, unless words stand above other kinds in at least half of
  the columns: then it is neither (``150,4,setosa,versicolor,virginica`` above five numbers);
- where nothing speaks at all, all columns being words: a header, if the names differ and words
  below repeat, so that its own would most likely have come again; else it is unclear, and taken
  for a header if there are several columns.

A line of gaps alone above the rest is a row.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

MISSING = frozenset(
    ("", "?", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", ".", "missing",
     "unknown", "inf", "+inf", "-inf", "<na>", "nat", "\\n")
)  # fmt: skip
NUMBER = re.compile(r"[ \t]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t]*", re.ASCII)
_COMMA_NUMBER = re.compile(r"[ \t]*[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?[ \t]*", re.ASCII)
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))"
    r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d*)?)?)?(Z|[+-]\d{2}:?\d{2})?"
    r"|\d{4}-\d{2}|\d{1,2}:\d{2}(:\d{2}(\.\d*)?)?",
    re.ASCII,
)
_TRUTH = frozenset(("true", "false", "yes", "no"))
_SURE = 0.9  # part of a column's fields that must be of its kind


class Verdict(NamedTuple):
    """what: header, row, or neither. sure: whether something spoke for it."""

    what: str
    sure: bool = True


def kind_of(field: str, decimal: str) -> str:
    """gap, number, date, truth or word. A number with a point is one in any case: with a comma
    there, it would make a header of a row."""
    field = field.strip()
    if field.lower() in MISSING:
        return "gap"
    if NUMBER.fullmatch(field) or (decimal == "," and _COMMA_NUMBER.fullmatch(field)):
        return "number"
    if _DATE.fullmatch(field):
        return "date"
    return "truth" if field.lower() in _TRUTH else "word"


def first_line(line: Sequence[str], rows: Sequence[Sequence[str]], decimal: str) -> Verdict:
    """What the first line is, its fields standing above those of ``rows``, as many in each."""
    line = [field.strip() for field in line]
    kinds = [kind_of(field, decimal) for field in line]
    if not rows:
        return Verdict("header" if set(kinds) <= {"word", "truth"} else "row", len(line) > 1)
    columns = [[row[i].strip() for row in rows] for i in range(len(line))]
    below = [_column_kind(column, decimal) for column in columns]
    there = [
        (field, kind, column_kind, column)
        for field, kind, column_kind, column in zip(line, kinds, below, columns, strict=True)
        if kind != "gap"
    ]
    if not there:
        return Verdict("row")
    other = sum(k in ("word", "truth") and b not in (k, "word", "gap") for _, k, b, _ in there)
    other += sum(k == "date" and b == "number" for _, k, b, _ in there)
    numbered = _numbers_are_names(line, kinds, columns, other > 0 or not line[0])
    own = sum(k == b == "date" or (k == b == "number" and not numbered) for _, k, b, _ in there)
    own += sum(k == "number" and b == "word" and not numbered for _, k, b, _ in there)
    again = sum(f in c for f, k, b, c in there if k in ("word", "truth") and b == k)
    if other and not own and other > again:
        return Verdict("header", numbered != 1)
    if own or again:
        counts = own > 1 and _are_counts(line, kinds)
        neither = other and not again and (counts or other >= len(line) / 2)
        return Verdict("neither") if neither else Verdict("row", not other)
    if numbered:
        return Verdict("header", numbered > 1)
    if kinds[0] == "gap" and not line[0] and len(line) > 1:
        return Verdict("header", len(set(line)) == len(line))
    return _words_alone(line, columns)


def is_units(lines: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], decimal: str) -> bool:
    """Whether the line below a header, if there is one, has units: ``(cm),(cm),``. That is: no
    number or date, words above at least half of the columns that are no words, none of which occurs
    again, two or more, and three rows or more below."""
    if not lines or len(rows) < 3:
        return False
    line = lines[0]
    kinds = {kind_of(field, decimal) for field in line if field.strip()}
    if kinds - {"word"} or any(field.strip()[:1].isdigit() for field in line):
        return False
    columns = [[row[i].strip() for row in rows] for i in range(len(line))]
    plain = [i for i, c in enumerate(columns) if _column_kind(c, decimal) not in ("word", "gap")]
    units = [i for i in plain if line[i].strip() and line[i].strip() not in columns[i]]
    return len(units) >= max(2, len(plain) / 2)


def _column_kind(column: Sequence[str], decimal: str) -> str:
    kinds = Counter(kind_of(field, decimal) for field in column)
    kinds.pop("gap", None)
    total = kinds.total()
    if not total:
        return "gap"
    kind, count = kinds.most_common(1)[0]
    return kind if count >= _SURE * total else "word"


def _words_alone(line: Sequence[str], columns: Sequence[Sequence[str]]) -> Verdict:
    """A first line of words none of which speaks for anything."""
    if len(set(line)) < len(line) or "" in line:
        return Verdict("row", False)
    for column in columns:
        counts = Counter(column)
        once = sum(n == 1 for n in counts.values())
        if len(column) >= 8 and once <= len(column) / 10:
            return Verdict("header")
    return Verdict("header" if len(line) > 1 else "row", False)


def _numbers_are_names(
    line: Sequence[str], kinds: Sequence[str], columns: Sequence[Sequence[str]], named: bool
) -> int:
    """How sure it is that the numbers of the line are names: 0 not at all, 1 unclear, 2 sure.

    named: whether something else speaks for a header.
    """
    places = [i for i, kind in enumerate(kinds) if kind == "number"]
    fields = [line[i] for i in places]
    values = _values(fields)
    if not values or list(line) in [list(row) for row in zip(*columns, strict=True)]:
        return 0
    if all(_WHOLE.fullmatch(field) for field in fields):
        run = values == [values[0] + i for i in range(len(values))]
        if run and named and (values[0] in (0, 1) or len(values) >= 3):
            return min(2, len(values))
        if run and values[0] == 0 and _all_counted(places, columns):
            return 2
        if list(line) == ["0"] and all("." in field for field in columns[0]):
            return 1  # pandas, of a column of decimals without a name
        years = all(1500 <= v <= 2200 and len(f) == 4 for v, f in zip(values, fields, strict=True))
        beside = len(line) > len(places) and not _any_years(places, columns)
        if years and beside and _rising(values):
            return 2 if named or len(values) > 1 else 1
    return 2 if _stands_out(fields, values, places, columns) else 0


def _all_counted(places: Sequence[int], columns: Sequence[Sequence[str]]) -> bool:
    """``0,1,2,3`` above rows of other numbers: as pandas names the columns of an array. Small
    tables may have such a row: but not one whose numbers hardly come again, nor go on below."""
    rows = [_values([columns[i][j] for i in places]) for j in range(len(columns[0]))]
    alike = _rising if len(places) >= 5 else _even  # three numbers often happen to rise
    rising = sum(row is not None and alike(row) for row in rows)
    again = sum(str(number) in columns[i] for number, i in enumerate(places))
    going_on = any(
        list(columns[i][:3]) == [str(number + k) for k in (1, 2, 3)][: len(columns[i])]
        for number, i in enumerate(places)
    )
    if rising > len(rows) / 10 or again > len(places) / 2 or going_on:
        return False
    if len(rows) < 3 and len(columns) == len(places):
        return False
    pointed = sum(any("." in f and NUMBER.fullmatch(f) for f in columns[i]) for i in places)
    return len(places) >= 5 or (len(places) >= 3 and (pointed >= len(places) / 2 or not again))


def _stands_out(
    fields: Sequence[str],
    values: Sequence[float],
    places: Sequence[int],
    columns: Sequence[Sequence[str]],
) -> bool:
    """Whether the values rise in even steps, as those of hardly a row below do: wavelengths."""
    again = sum(field in columns[i] for field, i in zip(fields, places, strict=True))
    if len(values) < 5 or not _even(values) or again > len(values) / 2:
        return False
    rows = [_values([columns[i][j] for i in places]) for j in range(len(columns[0]))]
    return sum(row is not None and _rising(row) for row in rows) <= len(rows) / 10


def _values(fields: Sequence[str]) -> list[float] | None:
    try:
        return [float(field.replace(",", ".")) for field in fields]
    except ValueError:
        return None


def _rising(values: Sequence[float]) -> bool:
    return all(a < b for a, b in itertools.pairwise(values))


def _even(values: Sequence[float]) -> bool:
    steps = [b - a for a, b in itertools.pairwise(values)]
    return bool(steps) and min(steps) > 0 and max(steps) <= 1.01 * min(steps)


def _any_years(places: Sequence[int], columns: Sequence[Sequence[str]]) -> bool:
    fields = [field for i in places for field in columns[i] if _WHOLE.fullmatch(field)]
    years = sum(len(field) == 4 and 1500 <= int(field) <= 2200 for field in fields)
    return bool(fields) and years > len(fields) / 2


def _are_counts(line: Sequence[str], kinds: Sequence[str]) -> bool:
    """``150,4,setosa,versicolor,virginica``: rows, columns of features, names of classes."""
    return (
        len(line) > 2
        and all(_WHOLE.fullmatch(field) is not None for field in line[:2])
        and all(kind == "word" for kind in kinds[2:])
    )
