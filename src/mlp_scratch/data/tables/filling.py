"""From the columns that were gathered to a `Table`: what each is, its values in one array, and what
is no feature apart from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, Protocol

import numpy as np

from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.gathered import LARGEST, MOST_WORDS, Numbers, Words
from mlp_scratch.data.tables.kinds import (
    CODES,
    CONSTANT,
    Found,
    kind_of_column,
    note_of_codes,
    notes_of,
)
from mlp_scratch.data.tables.roles import Places
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_ROWS = 4096  # of a table that are filled at a time, all columns of them
Gathered = Numbers | Words


class Source(Protocol):
    """Where the columns come from. blame: raise the DataError that names the first value of a
    column that is ``wrong``, as it is written, and what it should be."""

    where: str

    def blame(self, place: int, wrong: Callable[[str], bool], rule: str) -> NoReturn: ...


@dataclass(frozen=True)
class Hints:
    """What else is known of a table's columns, as places: whether the first has no name and only
    tells rows apart; those that stand in quotes; how the table is laid out, in words."""

    index: bool = False
    quoted: frozenset[int] = frozenset()
    layout: str = ""
    notes: tuple[str, ...] = ()


def new_table(
    source: Source,
    names: Sequence[str],
    columns: Mapping[int, Gathered],
    places: Places,
    hints: Hints = Hints(),
) -> Table:
    """The table of columns that nothing is known of. Raises DataError."""
    found = {
        place: kind_of_column(
            column,
            kept=place in places.keep,
            categorical=place in places.categorical,
            index=hints.index and place == 0,
            quoted=place in hints.quoted,
        )
        for place, column in columns.items()
        if place not in places.no_features
    }
    _keep_pictures_whole(found, columns)
    features = [place for place, one in found.items() if one.kind]
    left_out = [(place, names[place], one) for place, one in found.items() if not one.kind]
    notes = notes_of(left_out)
    codes = [(place, names[place]) for place, one in found.items() if one is CODES]
    notes += [note_of_codes(codes)] if codes else []
    for place in features:
        _check_finite(source, place, columns[place], found[place].kind)
    apart = _apart(source, names, columns, places)
    if not features:
        raise DataError(
            f"{source.where}: no column is left to learn from"
            + "".join(f"; {note}" for note in notes)
        )
    gaps = sum(_gaps(columns[place], found[place].kind) for place in features)
    made = [_made(columns[place], found[place].kind) for place in features]
    x = _filled(made)
    return Table(
        columns=tuple(one.column for one in made),
        x=x,
        offset=np.array([one.offset for one in made]),
        apart=apart,
        ids=tuple(name for _, name, one in left_out if one.is_id),
        notes=(*_read_as(hints, made, len(left_out), gaps), *notes),
    )


def _gaps(column: Gathered, kind: str) -> int:
    if kind == "number" and isinstance(column, Words) and column.numbers is not None:
        return column.numbers.gaps
    return column.gaps


def known_table(
    source: Source,
    names: Sequence[str],
    columns: Mapping[int, Gathered],
    places: Places,
    known: Mapping[int, Column],
    offset: np.ndarray | None = None,
) -> Table:
    """The table of columns that are known from another, by place. offset: what is taken off them,
    as there. Raises DataError where a column is of another kind."""
    for place, column in known.items():
        _same_kind(source, place, columns[place], column)
        _check_finite(source, place, columns[place], column.kind)
    made = [_made(columns[place], column.kind, column) for place, column in known.items()]
    if offset is not None:
        made = [replace(one, offset=float(off)) for one, off in zip(made, offset, strict=True)]
    x = _filled(made)
    return Table(
        tuple(one.column for one in made),
        x,
        np.array([one.offset for one in made]),
        _apart(source, names, columns, places),
    )


def _same_kind(source: Source, place: int, column: Gathered, known: Column) -> None:
    name = escaped(known.name[:40])
    if known.kind == "number" and isinstance(column, Words) and column.numbers is None:
        source.blame(place, lambda field: not column.is_number(field), "is not a number")
    if known.kind == "date" and isinstance(column, Words):
        if column.dates.none:
            source.blame(place, lambda field: not column.is_date(field), "is not a date")
        if column.dates.unclear:
            raise DataError(f"{source.where}: the dates of {name!r} can be read in two ways")
    if known.kind == "category" and isinstance(column, Words) and column.codes is None:
        raise DataError(f"{source.where}: {name!r} has more than {MOST_WORDS:,} different words")


def _check_finite(source: Source, place: int, column: Gathered, kind: str) -> None:
    numbers = column if isinstance(column, Numbers) else column.numbers
    if kind != "number" or numbers is None or numbers.finite:
        return
    offset, decimal = numbers.offset, "." if isinstance(column, Numbers) else column.decimal

    def wrong(field: str) -> bool:
        try:
            return not abs(float(field.replace(decimal, ".")) - offset) <= LARGEST
        except ValueError:
            return False

    source.blame(place, wrong, "is not a finite number")


@dataclass(frozen=True, eq=False)
class _Made:
    """A column of the result. block: its values in a block of rows, before the offset goes off."""

    column: Column
    block: Callable[[int], np.ndarray]
    lengths: list[int]
    offset: float = 0.0
    bytes: bool = False


def _made(gathered: Gathered, kind: str, known: Column | None = None) -> _Made:
    numbers = gathered if isinstance(gathered, Numbers) else gathered.numbers
    if kind == "number" or isinstance(gathered, Numbers):
        assert numbers is not None
        lengths = [len(piece) for piece in numbers.pieces]
        column = Column(gathered.name, kind)
        return _Made(column, numbers.taken, lengths, numbers.offset, numbers.bytes)
    if kind == "date":
        pieces = gathered.dates.days()
        ends = [end(piece) for piece in pieces for end in (np.fmin.reduce, np.fmax.reduce)]
        offset = float(np.rint(np.fmin.reduce(ends) / 2 + np.fmax.reduce(ends) / 2))
        column = Column(gathered.name, kind, tuple(filter(None, [gathered.dates.order])))
        lengths = [len(piece) for piece in pieces]
        return _Made(column, pieces.__getitem__, lengths, 0.0 if np.isnan(offset) else offset)
    words, fixed = [*gathered.words], 0 if known is None else len(known.words)
    order = [*range(fixed), *sorted(range(fixed, len(words)), key=words.__getitem__)]
    recoded = np.full(len(words) + 1, np.nan, np.float32)  # the last for -1, a gap
    recoded[order] = np.arange(len(words))
    codes = gathered.pieces
    return _Made(
        Column(gathered.name, kind, tuple(words[i] for i in order)),
        lambda i: recoded[codes[i]],
        [len(piece) for piece in codes],
    )


def _filled(made: Sequence[_Made]) -> np.ndarray:
    """(n, columns) uint8 where all are bytes, else float32."""
    lengths = made[0].lengths
    dtype = np.uint8 if all(one.bytes and one.offset == 0 for one in made) else np.float32
    x = np.empty((sum(lengths), len(made)), dtype)
    start = 0
    for i, length in enumerate(lengths):
        blocks = [one.block(i) for one in made]
        for begin in range(0, length, _ROWS):
            rows = slice(begin, min(begin + _ROWS, length))
            into = x[start + rows.start : start + rows.stop]
            for j, (one, block) in enumerate(zip(made, blocks, strict=True)):
                into[:, j] = block[rows] - one.offset if one.offset else block[rows]
        start += length
    return x


def _keep_pictures_whole(found: dict[int, Found], columns: Mapping[int, Gathered]) -> None:
    """In a table of bytes a column with the same value in every row is most often a picture's
    edge."""
    constant = [place for place, one in found.items() if one.why == CONSTANT]
    others = [place for place, one in found.items() if one.kind]
    if all(_is_bytes(columns[place]) for place in (*constant, *others)):
        found.update({place: Found("number") for place in constant})


def _is_bytes(column: Gathered) -> bool:
    numbers = column if isinstance(column, Numbers) else column.numbers
    return numbers is not None and numbers.bytes


def _apart(
    source: Source, names: Sequence[str], columns: Mapping[int, Gathered], places: Places
) -> dict[str, np.ndarray]:
    """What is no feature, by its role."""
    apart = {}
    for role, where in places.apart.items():
        several = [_label_or_role(source, role, place, columns[place]) for place in where]
        if role == "label" and len(several) > 1:
            if any(values.dtype.kind == "O" for values in several):
                several = [values.astype(object) for values in several]
            apart[role] = np.stack(several, axis=1)
        else:
            apart[role] = several[0]
    return apart


def _label_or_role(source: Source, role: str, place: int, column: Gathered) -> np.ndarray:
    """(n,) words as objects, or numbers; nan for the weight that is missing, "" for another."""
    numbers = column if isinstance(column, Numbers) else column.numbers
    if role == "weight":
        if numbers is None:
            assert isinstance(column, Words)
            source.blame(place, lambda field: not column.is_number(field), "is not a number")
        return np.concatenate(numbers.pieces).astype(np.float64)
    if role == "label":
        some = numbers is not None and numbers.gaps < numbers.rows
        if column.gaps or (some and numbers is not None and numbers.gaps):
            source.blame(place, column.is_gap, _MISSING_LABEL)
    if isinstance(column, Words) and column.codes is not None:
        words = column.objects()
        words[words == None] = ""  # noqa: E711
        return words
    if numbers is not None:
        return np.concatenate(numbers.pieces)
    assert isinstance(column, Words)
    raise DataError(
        f"{source.where}: {escaped(column.name[:40])!r} has more than {column.most:,} different "
        f"words: is it the {role}? data.{role}=COLUMN"
    )


_MISSING_LABEL = (
    "is no label: cut such rows out, or data.missing_values=[] takes it for a label of its own"
)


def _read_as(hints: Hints, made: Sequence[_Made], left_out: int, gaps: int) -> tuple[str, ...]:
    """``read as: ; separated, header, 17 columns: 7 numbers, 10 categories; 3 empty``"""
    if not hints.layout:
        return hints.notes
    plural = {"number": "numbers", "category": "categories", "date": "dates"}
    counts = {kind: sum(one.column.kind == kind for one in made) for kind in plural}
    parts = [f"{n:,} {plural[kind] if n > 1 else kind}" for kind, n in counts.items() if n]
    parts += [f"{left_out:,} left out"] * bool(left_out)
    missing = f"; {gaps:,} empty" if gaps else ""
    return (f"read as: {hints.layout}: {', '.join(parts)}{missing}", *hints.notes)
