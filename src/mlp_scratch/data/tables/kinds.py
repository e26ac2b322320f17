"""What a column of a table is: a number, a category, a date, or nothing to learn from.

The user's word counts first: ``data.drop`` is not read; ``data.categorical`` is a category, its
words as they are written; ``data.keep`` is a feature whatever is said below: a number or a date, or
else a category. Otherwise, in this order:

- a column without a value, and one with the same value in every row, is left out (but for pictures,
  tables of bytes, which stay whole); a value here and gaps there are two things, and stay;
- a first column that has no name and numbers or names the rows is left out;
- numbers: every value is a finite number or missing. Missing are empty fields, ``?``, ``NA``,
  ``N/A``, ``NaN``, ``null``, ``None``, and among numbers and dates also ``-``, ``.``, ``unknown``
  and ``missing``, which among words may be words like others. ``data.missing_values`` replaces all
  of these. ``1,234``, ``$5.20`` and ``12 %`` are numbers too, where the point is the decimal sign.
  A number in quotes is a number; but whole numbers that are all in quotes, 20 different ones or
  fewer, are codes: a category;
- of numbers, ids are left out: whole ones that count up by one from row to row, in 10 rows or more,
  unless all could be years (1500 to 2200); and whole ones in a column called id, index, row number
  or the like (``user_id``, ``CustomerId``), if all differ, or more than half do in 10 rows or more;
- dates: every value is a date in one of the forms of `dates.py`, and it is clear which of its
  numbers is the day;
- words: true and false, yes and no (any two such) and words that come again, at most half as many
  different ones as rows and at most 300, are categories. Others are text, and left out; if all are
  different they tell the rows apart, as ids do.

Categories have their words in sorted order.
"""

import re
from dataclasses import dataclass

from mlp_scratch.data.tables.gathered import MOST_WORDS, Numbers, Words
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

MOST_LEVELS = 300  # different words of a category
FEW_CODES = 20  # different whole numbers in quotes that are codes
COUNTED_ROWS = 10  # rows that a column must count up in to be a number of the row
YEARS = (1500, 2200)  # a series of them counts up too, and is none
CONSTANT = "the same in every row"
TOO_MANY = f"more than {MOST_WORDS:,} different words, or very long ones"
_TRUTH = ({"true", "false"}, {"t", "f"}, {"yes", "no"}, {"y", "n"})
_ID = re.compile(
    r"(.*[\W_])?(id|ids|uid|uuid|guid|index|idx|row[\W_]?(number|num|no|id|names?)?|key|unnamed: 0)"
    r"|.*[a-z](Id|ID)|[A-Z]+ID"
)


@dataclass(frozen=True)
class Found:
    """kind: of ``KINDS``, or nothing where the column is left out. why: it is; the same for all
    columns that are told of in one line. what: of this column. is_id: whether it tells rows
    apart."""

    kind: str = ""
    why: str = ""
    what: str = ""
    is_id: bool = False


def is_id_name(name: str) -> bool:
    """Whether a column is called as those are that number the rows."""
    return bool(_ID.fullmatch(name) or _ID.fullmatch(name.lower()))


def kind_of_column(
    column: Numbers | Words,
    *,
    kept: bool = False,
    categorical: bool = False,
    index: bool = False,
    quoted: bool = False,
) -> Found:
    """What the column is. kept, categorical: the user says so. index: it has no name and comes
    first. quoted: all of it stood in quotes. Raises DataError for a category with too many words.
    """
    if categorical:
        return _category(column, "data.categorical")
    gone = Found() if kept else _nothing_in(column, index)
    if gone.why:
        return gone
    numbers = column.numbers
    if isinstance(column, Numbers) and column.days:
        return Found("date")
    if numbers is not None:
        if isinstance(column, Words) and quoted and not kept and _codes(column, numbers):
            return CODES
        return Found("number") if kept or not _is_id(numbers) else IDS
    assert isinstance(column, Words)
    if not column.dates.none:
        if not column.dates.unclear:
            return Found("date")
        if not kept:
            return Found("", "dates whose day and month could be mistaken (write 2020-12-31)")
    if kept:
        return _category(column, "data.keep")
    return _words(column)


CODES = Found("category", what="codes")  # whole numbers in quotes
IDS = Found("", "tells the rows apart", is_id=True)


def _nothing_in(column: Numbers | Words, index: bool) -> Found:
    constant = column.numbers is not None and column.numbers.constant
    if isinstance(column, Words):
        constant |= len(column.words) == 1 and not column.gaps
    if (column.numbers or column).gaps == column.rows:
        return Found("", "empty")
    if index:
        return IDS
    return Found("", CONSTANT) if constant and column.rows > 1 else Found()


def _is_id(numbers: Numbers) -> bool:
    if not numbers.whole or numbers.gaps:
        return False
    named = is_id_name(numbers.name)
    if numbers.counting and numbers.rows >= COUNTED_ROWS:
        return named or not YEARS[0] <= numbers.lowest <= numbers.highest <= YEARS[1]
    if not named or numbers.rows < 2:
        return False
    least = numbers.rows / 2 if numbers.rows >= COUNTED_ROWS else numbers.rows - 1
    return numbers.different() > least


def _codes(column: Words, numbers: Numbers) -> bool:
    return numbers.whole and column.codes is not None and len(column.codes) <= FEW_CODES


def _category(column: Numbers | Words, key: str) -> Found:
    if isinstance(column, Words) and column.codes is not None:
        return Found("category")
    name = escaped(column.name[:40])
    raise DataError(
        f"{key}: {name!r} has more than {MOST_WORDS:,} different words or very long ones"
    )


def _words(column: Words) -> Found:
    present, different = column.rows - column.gaps, column.different
    if different is None:
        return Found("", TOO_MANY)
    if column.codes is not None:
        if any({word.lower() for word in column.codes} <= pair for pair in _TRUTH):
            return Found("category")
        if different <= present / 2 and different <= MOST_LEVELS:
            return Found("category")
    what = f"{different:,} different words" if different > 1 else "one word"
    return Found("", "text", what, different == present and present > 1)
