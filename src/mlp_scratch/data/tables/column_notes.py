"""What is said to people of a table's columns, in few lines, and which key overrules it."""

import re
from collections.abc import Sequence

from mlp_scratch.data.tables.column_roles import SHOWN, some
from mlp_scratch.data.tables.gathered import Gathered, Words
from mlp_scratch.data.tables.kinds import CONSTANT, IDS, TOO_MANY, Found
from mlp_scratch.streams import escaped

ID_ROWS, ID_SHARE, ID_TIMES = 50, 0.9, 10  # least rows, share of different ones, range beside rows


def note_of_codes(columns: Sequence[tuple[int, str]]) -> str:
    """The line for columns, by place and name, of whole numbers in quotes."""
    shown = some([name for _, name in columns])
    words = ",".join(key_word(name, place) for place, name in columns[:SHOWN])
    more = ",..." if len(columns) > SHOWN else ""
    return (
        f"{shown}: whole numbers in quotes, taken for codes; data.keep=[{words}{more}] takes them "
        "as numbers"
    )


def note_of_adorned(columns: Sequence[Words]) -> str:
    """The line for columns of numbers with more signs than those of a number."""
    shown = some([column.name for column in columns])
    words = ", ".join(dict.fromkeys(escaped(column.adorned[:20]) for column in columns[:3]))
    return f"{shown}: taken for numbers, as {words}; data.categorical takes them as words"


def note_of_likely_ids(column: Gathered) -> list[str]:
    """The line for a first column that no name tells of: whole numbers, large beside the number of
    rows, that hardly come again. They may be ids, or incomes; only the user knows."""
    numbers = column.numbers
    assert numbers is not None
    rows, wide = numbers.rows, numbers.highest - numbers.lowest
    if not numbers.whole or numbers.gaps or rows < ID_ROWS or wide < ID_TIMES * rows:
        return []
    if numbers.different() < ID_SHARE * rows:  # about, as they may be float32 by now
        return []
    return [
        f"{escaped(column.name[:40])}: whole numbers of which hardly one comes twice, taken for "
        "numbers; if these are ids, data.drop=[0] leaves them out"
    ]


def note_of_odd(column: Words, left_out: bool) -> str:
    """The line for a column of numbers but for a few words."""
    odd = " and ".join(escaped(repr(word[:20])) for word in column.odd)
    rows = f"{column.odd_rows:,} row{'s' * (column.odd_rows > 1)}"
    plain = all(re.fullmatch(r"[A-Za-z_][\w.-]*", word, re.ASCII) for word in column.odd)
    gaps = f"data.missing_values=[{','.join(column.odd)}]" if plain else "data.missing_values"
    return (
        f"{escaped(column.name[:40])}: numbers but for {odd} in {rows}, so "
        f"{'left out' if left_out else 'a category'}; {gaps} takes such words for gaps"
    )


def key_word(name: str, place: int) -> str:
    """How a column is called on the command line: by its name where that is a plain word."""
    return name if re.fullmatch(r"[A-Za-z_][\w.-]{0,39}", name, re.ASCII) else str(place)


def notes_of(left_out: Sequence[tuple[int, str, Found]]) -> list[str]:
    """A line for each reason for which columns were left out, and the key that keeps them.

    left_out: place and name of each, and why.
    """
    lines = []
    for why in dict.fromkeys(found.why for _, _, found in left_out):
        columns = [one for one in left_out if one[2].why == why]
        names = [name for _, name, _ in columns]
        words = ",".join(key_word(name, place) for place, name, _ in columns[:SHOWN])
        more = f", and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        shown, it = some(names), "it" if len(names) == 1 else "them"
        keeps = f"data.keep=[{words}{',...' if more else ''}] keeps {it}"
        if why == "text":
            told = [f"{escaped(name[:40])}: {found.what}" for _, name, found in columns[:SHOWN]]
            lines.append(f"{'; '.join(told)}{more}, left out; {keeps}")
        elif why == IDS.why and it == "them":
            lines.append(f"{shown}: tell the rows apart, left out; {keeps}")
        elif why in ("empty", CONSTANT, TOO_MANY):
            lines.append(f"{shown}: {why}, left out")
        else:
            lines.append(f"{shown}: {why}, left out; {keeps}")
    return lines


def read_as(layout: str, kinds: Sequence[str], left_out: int, gaps: int) -> str:
    """``read as: ; separated, header, 17 columns: 7 numbers, 10 categories; 3 empty``"""
    plural = {"number": "numbers", "category": "categories", "date": "dates"}
    counts = {kind: kinds.count(kind) for kind in plural}
    parts = [f"{n:,} {plural[kind] if n > 1 else kind}" for kind, n in counts.items() if n]
    parts += [f"{left_out:,} left out"] * bool(left_out)
    missing = f"; {gaps:,} empty" if gaps else ""
    return f"read as: {layout}: {', '.join(parts)}{missing}"
