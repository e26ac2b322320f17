"""What stands above the rows of a table in text: titles, names of the columns, their units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlp_scratch.data.tables.text.comment_lines import all_names
from mlp_scratch.data.tables.text.dialect import MAX_ROWS, Dialect, decimal_of
from mlp_scratch.data.tables.text.header import Verdict, first_line, is_units, kind_of
from mlp_scratch.data.tables.text.text_settings import AUTO, Reading
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_MAX_FIELDS = 100_000  # that are looked at
_UNCLEAR_COMMAS = "numbers like 1,234 are taken for 1234; data.decimal=comma makes 1.234 of them"
_SHORT = "the header has a name less than the rows have fields: the first column has none"
_NAMED_IN_COMMENT = (
    "the names are those in the comment above the rows; data.header=false leaves them out"
)
_WHOLE = re.compile(r"\d{1,15}(\.0)?", re.ASCII)


@dataclass(frozen=True)
class Top:
    """What stands above the rows, ``above`` rows of the dialect; and what follows from it."""

    above: int
    names: tuple[str, ...]
    header: bool
    index: bool
    spare: bool
    decimal: str
    notes: list[str]


def top_of(path: Path, dialect: Dialect, reading: Reading, comments: Sequence[str]) -> Top:
    """comments: the lines above the dialect's. Raises DataError."""
    first, full, spare = _first_rows(dialect)
    sign = decimal_of(dialect, reading, full)
    decimal, notes = sign or ".", [] if sign else [_UNCLEAR_COMMAS]
    if reading.header == AUTO:
        padded = _padded_titles(dialect, first, full, decimal)
        first, full = first + padded, full[padded:]
    columns, above = len(full[0]), dialect.rows[first - 1] if first else None
    if above is not None and _is_short_header(above, full, decimal, reading):
        notes += [*_titles(path, dialect, first - 1), _SHORT]
        return Top(first, _names(["", *above], notes), True, True, spare, decimal, notes)
    verdict = _verdict(full, decimal, reading)
    longer = above is not None and len(above) > columns and verdict != Verdict("header")
    if above is not None and longer and reading.header is not False:
        raise DataError(
            f"{path}: line {dialect.ends[first - 1]} has {len(above)} fields but the rows below "
            f"have {columns}; data.header=false leaves it out"
        )
    notes += _titles(path, dialect, first) + _said(verdict, full[0])
    if verdict.what != "header":
        named = _names_in_comment(dialect, comments, columns) if reading.header == AUTO else None
        notes += [_NAMED_IN_COMMENT] if named else []
        names = _names(named or [""] * columns, notes)
        skipped = first + (verdict.what == "neither")
        return Top(skipped, names, bool(named), False, spare, decimal, notes)
    first, below = first + 1, full[1:]
    judged = _marked_gaps(below, reading)
    units = reading.header == AUTO and is_units(judged[:1], judged[1:], decimal)
    if units and dialect.rows[first][:columns] == below[0]:
        shown = ", ".join(map(escaped, below[0][:4]))
        notes.append(
            f"the line below the names ({shown} ...) is taken for units and left out; "
            "data.header=true makes it a row"
        )
        first, below = first + 1, below[1:]
    unnamed = full[0][0].strip() in ("", "Unnamed: 0")  # the latter is pandas'
    index = columns > 1 and unnamed and _tells_apart([row[0] for row in below])
    return Top(first, _names(full[0], notes), True, index, spare, decimal, notes)


def _first_rows(dialect: Dialect) -> tuple[int, list[list[str]], bool]:
    """Where the table begins, header or not; its first rows, all of as many fields; and whether an
    empty field more stood behind each, which is taken off here."""
    columns, first, rows = dialect.columns, dialect.first, dialect.rows
    most = min(MAX_ROWS, max(3, _MAX_FIELDS // columns))
    full = [row for row in rows[first:] if len(row) == columns][:most]
    above = rows[first - 1] if first else []
    # a single row may have a gap there, and many rows that all have one have nothing else
    spare = columns > 1 and len(rows) > 1 and all(not row[-1].strip() for row in full[1:] or full)
    if above and spare and len(above) == columns - 1:
        first, full = first - 1, [[*above, ""], *full]  # the header has no delimiter to spare
    elif above and len(above) == columns + 1 and not above[-1].strip():
        first, full = first - 1, [above[:-1], *full]  # only the header has
    spare = spare and not full[0][-1].strip()
    return first, [row[:-1] for row in full] if spare else full, spare


def _padded_titles(dialect: Dialect, first: int, full: list[list[str]], decimal: str) -> int:
    """How many lines with a single filled field, as spreadsheets write titles, stand above a line
    that is a header without a doubt."""
    filled = [sum(bool(field.strip()) for field in row) for row in full]
    many = next((i for i, n in enumerate(filled) if n > 1), 0)
    together = all(len(row) >= len(full[0]) for row in dialect.rows[first : first + many + 1])
    if not many or len(full[0]) < 3 or not together:
        return 0
    return many if first_line(full[many], full[many + 1 :], decimal) == Verdict("header") else 0


def _said(verdict: Verdict, line: Sequence[str]) -> list[str]:
    shown = ", ".join(escaped(field[:20]) for field in line[:4])
    if verdict.what == "neither":
        return [
            f"the first line ({shown} ...) is neither names nor a row and is left out; "
            "data.header=false makes it a row"
        ]
    if verdict.sure:
        return []
    what, other = ("names", "false") if verdict.what == "header" else ("a row", "true")
    return [f"the first line ({shown} ...) is taken for {what}; data.header={other} overrules it"]


def _verdict(full: list[list[str]], decimal: str, reading: Reading) -> Verdict:
    if reading.header != AUTO:
        return Verdict("header" if reading.header else "row")
    line, *rows = _marked_gaps(full, reading)
    return first_line(line, rows, decimal)


def _marked_gaps(rows: list[list[str]], reading: Reading) -> list[list[str]]:
    """The rows with nothing where the user says that a value is missing."""
    if not reading.missing_values:
        return rows
    markers = set(reading.missing_values)
    return [["" if field.strip() in markers else field for field in row] for row in rows]


def _is_short_header(
    above: Sequence[str], full: list[list[str]], decimal: str, reading: Reading
) -> bool:
    """Whether the line above the rows names all columns but the first, as R writes it."""
    if len(above) != len(full[0]) - 1 or reading.header is False:
        return False
    if _verdict(full, decimal, reading) == Verdict("header") and reading.header == AUTO:
        return False
    verdict = first_line(above, [row[1:] for row in full], decimal)
    return verdict.what == "header" and (verdict.sure or len(above) > 2)


def _titles(path: Path, dialect: Dialect, many: int) -> list[str]:
    """What is said of the lines above the table. Raises DataError where they look like rows."""
    for i in range(many):
        kinds = [kind_of(field, ".") for field in dialect.rows[i]]
        if kinds.count("number") > 1 and "word" not in kinds:
            raise DataError(
                f"{path}: line {dialect.ends[i]} has {len(kinds)} values, the rows below have "
                f"{dialect.columns}"
            )
    if not many:
        return []
    first = ", ".join(map(escaped, dialect.rows[0]))[:60]
    lines = f"{many} lines above the table are" if many > 1 else "the line above the table is"
    return [f"{lines} left out: {first}"]


def _names(fields: Sequence[str], notes: list[str]) -> tuple[str, ...]:
    """All different, none empty. What was called anew is added to the notes."""
    names: list[str] = []
    taken = {field.strip() for field in fields}
    seen: set[str] = set()
    again = {}
    last: dict[str, int] = {}  # number behind a name: the thousandth of a name tries one, not all
    for i, field in enumerate(fields, 1):
        name = wanted = field.strip() or f"column {i}"
        number = last.get(wanted, 0) if name in seen else 0
        while name in seen or (number and name in taken):
            number += 1
            name = f"{wanted}.{number}"
        if number:
            again[wanted], last[wanted] = name, number
        seen.add(name)
        names.append(name)
    if again:
        old, new = next(iter(again.items()))
        notes.append(
            f"two columns are called {escaped(old[:40])}: the second is {escaped(new[:44])}"
        )
    return tuple(names)


def _names_in_comment(dialect: Dialect, comments: Sequence[str], columns: int) -> list[str] | None:
    """Those of ``# x,y,z`` right above the rows, as NumPy writes them."""
    for line in reversed(comments):
        if line.strip():
            fields = [f.strip() for f in dialect.fields_of(line.lstrip("#%/ \t"))]
            return fields if len(fields) == columns and all_names(fields) else None
    return None


def _tells_apart(fields: Sequence[str]) -> bool:
    """Whether all are whole numbers or all words, none twice."""
    plain = [field.strip() for field in fields]
    kinds = {kind_of(field, ".") for field in plain}
    numbers = all(_WHOLE.fullmatch(field) for field in plain)
    return len(set(plain)) == len(plain) and bool(numbers or not kinds & {"number", "gap"})
