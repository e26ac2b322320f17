"""What stands between the fields of a table in text, and around them.

The lines are cut with each delimiter in turn: tab, semicolon, bar, comma, blanks. One counts when
at least half of the lines (with blanks: all but one in 20) have the same number of fields, two or
more; lines above the first that has it are a title, or a header one field short. Of those that
count the best is taken by, in this order: nearly all lines agree; the very first line agrees too;
few fields are left that look like several (``5 2``, ``1;2``); the order above. So in ``1,5;2,3`` it
is the semicolon, and in ``1, 2, 3`` the comma. Where none counts there is one column.

Quotes are double, unless no field begins with one and some stand in single quotes from end to end.
If the lines agree only when quotes mean nothing, they mean nothing.

The comma is the decimal sign where it is not the delimiter, some fields are numbers only with it,
and none is a number with a point and decimals.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from mlp_scratch.data.tables.text.text_settings import AUTO, BLANKS, Reading
from mlp_scratch.errors import DataError

ORDER = ("\t", ";", "|", ",", BLANKS)
MAX_ROWS = 200
MAX_COLUMNS = 50_000
_QUOTED_WITHIN = 2000  # characters of a line, and lines
_LONGEST_QUOTED = 10_000  # characters of a line with blanks between its fields
_LONGEST_NUMBERS = 80  # characters of a field that may be several numbers
BLANK_WORDS = {
    '"': re.compile(r'"(?:[^"]|"")*"(?=[ \t]|$)|[^ \t]+'),
    "'": re.compile(r"'(?:[^']|'')*'(?=[ \t]|$)|[^ \t]+"),
    "": re.compile(r"[^ \t]+"),
}
_DIGITS = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_JOINED = re.compile(rf"{_DIGITS}(?:(?: *[,;\t|] *| +){_DIGITS})+", re.ASCII)
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", re.ASCII)
_POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)


@dataclass(frozen=True)
class Dialect:
    """delimiter, quote: as in `Layout`. rows: the lines in fields. ends: for each row, how many
    lines there are up to its end. columns: fields of most rows. first: the first row with so many.
    agree: which part of the rows from there on has so many."""

    delimiter: str
    quote: str
    rows: list[list[str]]
    ends: list[int]
    columns: int
    first: int
    agree: float

    @property
    def clean(self) -> float:
        """Which part of the fields does not look like several."""
        fields = [field for row in self.rows[self.first : self.first + 50] for field in row]
        joined = sum(self._joined(field[:_LONGEST_NUMBERS]) for field in fields)
        return 1 - joined / max(1, len(fields))

    def fields_of(self, line: str) -> list[str]:
        """One line in fields, quotes not going on in others."""
        return (_cut_with(Path(), [line], self.delimiter, self.quote, True).rows or [[""]])[0]

    def _joined(self, field: str) -> bool:
        if self.delimiter != "," and _COMMA_NUMBER.fullmatch(field):
            return False
        if _JOINED.fullmatch(field):
            return True
        return self.delimiter == BLANKS and field[-1:] in (",", ";", "|")


def dialect_of(path: Path, lines: Sequence[str], reading: Reading, whole: bool) -> Dialect:
    """lines: the first ones of the file, with their ends, without comments. whole: whether there
    are no others. Raises DataError."""
    cut = _best(path, lines, reading, whole)
    if not cut.rows:
        raise DataError(f"{path}: no rows in it")
    return cut


def _best(path: Path, lines: Sequence[str], reading: Reading, whole: bool) -> Dialect:
    if reading.delimiter != AUTO:
        return _cut(path, lines, reading.delimiter, reading.quote, whole)
    found = []
    for delimiter in ORDER:
        if delimiter == reading.decimal:
            continue
        with suppress(DataError):  # a wide table is one long field to every other delimiter
            found.append(_cut(path, lines, delimiter, reading.quote, whole))
    found = [cut for cut in found if _counts(cut)]
    if not found:
        return _one_column(path, _cut(path, lines, ",", reading.quote, whole), lines)
    return max(
        found,
        key=lambda d: (d.agree >= 0.95, d.first == 0, round(d.clean, 1), -ORDER.index(d.delimiter)),
    )


def _counts(cut: Dialect) -> bool:
    alike = sum(len(row) == cut.columns for row in cut.rows) >= len(cut.rows) / 2
    return cut.columns > 1 and alike and cut.agree >= (0.95 if cut.delimiter == BLANKS else 0.5)


def decimal_of(dialect: Dialect, reading: Reading, rows: Sequence[Sequence[str]]) -> str:
    """The decimal sign of the rows' numbers; nothing where it cannot be told."""
    if reading.decimal != AUTO:
        return reading.decimal
    if dialect.delimiter == ",":
        return "."
    fields = [field.strip() for row in rows for field in row]
    commas = [field for field in fields if _COMMA_NUMBER.fullmatch(field)]
    if any(_POINT_NUMBER.fullmatch(field) for field in fields):
        return "."
    if commas and all(_THOUSANDS.fullmatch(field) for field in commas):
        return ""
    return "," if commas else "."


def fields_in(lines: Iterable[str], delimiter: str, quote: str) -> Iterator[tuple[int, list[str]]]:
    """Each row of these lines, and the number of its last line, from 1. Raises csv.Error."""
    if delimiter == BLANKS:
        words = BLANK_WORDS[quote]
        for number, line in enumerate(lines, 1):
            line = line.strip(" \t\r\n")
            found = line.split() if len(line) > _LONGEST_QUOTED else words.findall(line)
            yield number, [unquoted(word, quote) for word in found]
        return
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        skipinitialspace=True,
    )
    for row in reader:
        yield reader.line_num, row


def _cut(path: Path, lines: Sequence[str], delimiter: str, quote: str, whole: bool) -> Dialect:
    """The lines in fields; with quotes as they are best taken where ``quote`` is ``auto``."""
    if quote != AUTO:
        return _cut_with(path, lines, delimiter, quote, whole)
    cut = _cut_with(path, lines, delimiter, _likely_quote(lines, delimiter), whole)
    if cut.agree < 0.95 or len(cut.rows) < len(lines) / 2:
        plain = _cut_with(path, lines, delimiter, "", whole)
        if plain.agree >= 0.95 and plain.columns > 1:
            return plain
    return cut


def _likely_quote(lines: Sequence[str], delimiter: str) -> str:
    before = r"(?:^|(?<=[ \t]))" if delimiter == BLANKS else rf"(?:^|{re.escape(delimiter)}) *"
    after = r"(?=[ \t]|$)" if delimiter == BLANKS else rf" *(?={re.escape(delimiter)}|$)"
    text = [line.rstrip("\r\n")[:_QUOTED_WITHIN] for line in lines[:_QUOTED_WITHIN]]
    if any(re.search(f'{before}"', line) for line in text):
        return '"'
    single = re.compile(f"{before}'(?:[^']|'')*'{after}")
    return "'" if any(single.search(line) for line in text) else '"'


def _cut_with(path: Path, lines: Sequence[str], delimiter: str, quote: str, whole: bool) -> Dialect:
    rows: list[list[str]] = []
    ends: list[int] = []
    most = max((line.count(delimiter) for line in lines), default=0)
    if most > MAX_COLUMNS:
        raise DataError(f"{path}: {most + 1} columns, at most {MAX_COLUMNS} are read")
    try:
        for end, row in fields_in(lines, delimiter, quote):
            rows.append(row)
            ends.append(end)
    except csv.Error as error:
        line = ends[-1] + 1 if ends else 1
        raise DataError(f"{path}: line {line} is not CSV text: {error}") from error
    if max(map(len, rows), default=0) > MAX_COLUMNS:
        raise DataError(f"{path}: {max(map(len, rows))} columns, at most {MAX_COLUMNS} are read")
    if not whole and len(rows) > 1:
        rows.pop()  # it may go on, in quotes
    full = [i for i, row in enumerate(rows) if any(field.strip() for field in row)]
    if not full:
        return Dialect(delimiter, quote, [], [], 0, 0, 0.0)
    rows, ends = [rows[i] for i in full], [ends[i] for i in full]
    counts = [len(row) for row in rows]
    often = Counter(counts)  # where two are as frequent, that of the first line, if it can be
    columns = max(often, key=lambda n: (often[n], n > 1, n == counts[0], n))
    first = counts.index(columns)
    agree = counts[first:].count(columns) / len(counts[first:])
    return Dialect(delimiter, quote, rows, ends, columns, first, agree)


def unquoted(word: str, quote: str) -> str:
    if quote and len(word) > 1 and word[0] == word[-1] == quote:
        return word[1:-1].replace(quote * 2, quote)
    return word


def _one_column(path: Path, dialect: Dialect, lines: Sequence[str]) -> Dialect:
    """``dialect`` with one column. Raises DataError when there seem to be more."""
    inner = [row[0] for row in dialect.rows if len(row) == 1]
    quoted = sum(line.lstrip("\ufeff ").startswith('"') for line in lines)
    if quoted > len(lines) / 2:
        for delimiter in ORDER[:4]:
            parts = _cut_with(path, inner, delimiter, '"', True)
            if parts.columns > 1 and parts.agree >= 0.9:
                raise DataError(
                    f"{path}: each line stands in quotes as a whole and holds a row of its own "
                    f"({parts.columns} fields, {delimiter!r} between them): take the outer quotes "
                    'off, for example with\npython -c "import csv, sys; [print(row[0]) for row in '
                    "csv.reader(open(sys.argv[1], newline='')) if row]\" FILE > MENDED"
                )
    ragged = [d for d in ORDER if _seems(path, lines, d)]
    if ragged:
        counts = [len(row) for row in _cut_with(path, lines, ragged[0], '"', True).rows]
        raise DataError(
            f"{path}: its lines have {', '.join(map(str, counts[:6]))}, ... fields with "
            f"{ragged[0]!r} between them, and agree with no other delimiter: see data.delimiter, "
            "data.quote and data.comment"
        )
    absent = next((d for d in ",\t;|" if not any(d in line for line in lines)), "\x1f")
    alone = _cut_with(path, lines, absent, dialect.quote, True)
    return replace(alone, columns=1, first=0, agree=1.0)


def _seems(path: Path, lines: Sequence[str], delimiter: str) -> bool:
    """Whether most lines have this delimiter, and not only as prose has commas and blanks."""
    rows = _cut_with(path, lines, delimiter, '"', True).rows
    several = [row for row in rows if len(row) > 1]
    fields = [field.strip() for row in several for field in row]
    numbers = sum(_JOINED.fullmatch(f"{f[:_LONGEST_NUMBERS]} 0") is not None for f in fields)
    return len(several) > len(rows) / 2 and (numbers > len(fields) / 3 or delimiter in ";\t|")
