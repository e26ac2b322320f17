"""From the columns that were gathered to a `Table`: what each is, its values in one array, and what
is no feature apart from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlp_scratch.data.tables.column_notes import (
    note_of_adorned,
    note_of_codes,
    note_of_likely_ids,
    note_of_odd,
    notes_of,
    read_as,
)
from mlp_scratch.data.tables.column_roles import Places
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.gathered import LARGEST, MOST_WORDS, Gathered, Numbers, Words
from mlp_scratch.data.tables.kinds import CODES, CONSTANT, Found, kind_of_column
from mlp_scratch.data.tables.not_features import apart_of
from mlp_scratch.data.tables.table_source import Source
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_MOST_ODD_NOTES = 5
_ROWS = 4096  # of a table that are filled at a time, all columns of them


def new_table(
    source: Source,
    names: Sequence[str],
    columns: Mapping[int, Gathered],
    places: Places,
    *,
    index: bool = False,
    quoted: frozenset[int] = frozenset(),
    layout: str = "",
    hints: tuple[str, ...] = (),
    nameless: bool = False,
) -> Table:
    """The table of columns that nothing is known of. Raises DataError.

    index: whether the first has no name and only tells rows apart. quoted: the places of those that
    stand in quotes. layout: how the table is laid out, in words; hints: lines about that. nameless:
    whether no column has a name.
    """
    found = {
        place: kind_of_column(
            column,
            kept=place in places.keep,
            categorical=place in places.categorical,
            index=index and place == 0,
            quoted=place in quoted,
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
    notes += _odd_notes(found, columns)
    if nameless and 0 in features and found[0].kind == "number" and 0 not in places.keep:
        notes += note_of_likely_ids(columns[0])
    adorned = [
        column
        for place, column in columns.items()
        if isinstance(column, Words)
        and column.adorned
        and column.numbers is not None
        and (place in places.labels or (place in found and found[place].kind == "number"))
    ]
    notes += [note_of_adorned(adorned)] if adorned else []
    for place in features:
        _check_finite(source, place, columns[place], found[place].kind)
    apart, labelled, said = apart_of(source, columns, places)
    if not features:
        raise DataError(
            f"{source.where}: no column is left to learn from"
            + "".join(f"; {note}" for note in notes)
        )
    made = [_made(columns[place], found[place].kind) for place in features]
    x = _filled(made)
    kinds = [one.column.kind for one in made]
    gathered = [(columns[place], kind) for place, kind in zip(features, kinds, strict=True)]
    gaps = sum(((kind == "number" and one.numbers) or one).gaps for one, kind in gathered)
    first = [read_as(layout, kinds, len(left_out), gaps)] if layout else []
    return Table(
        columns=tuple(one.column for one in made),
        x=x if labelled is None else x[labelled],
        offset=np.array([one.offset for one in made]),
        apart=apart,
        ids=tuple(name for _, name, one in left_out if one.is_id),
        notes=(*first, *hints, *notes, *said),
    )


def _odd_notes(found: Mapping[int, Found], columns: Mapping[int, Gathered]) -> list[str]:
    """Of columns that would be numbers if it were not for a few words."""
    odd = [
        note_of_odd(column, not found[place].kind)
        for place, column in columns.items()
        if place in found and isinstance(column, Words) and column.nearly_numbers
    ]
    return odd[:_MOST_ODD_NOTES]


def known_table(
    source: Source,
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
    apart, labelled, said = apart_of(source, columns, places)
    return Table(
        tuple(one.column for one in made),
        x if labelled is None else x[labelled],
        np.array([one.offset for one in made]),
        apart,
        notes=tuple(said),
    )


def _same_kind(source: Source, place: int, column: Gathered, known: Column) -> None:
    name = escaped(known.name[:40])
    if isinstance(column, Numbers) and known.kind != ("date" if column.days else "number"):
        what = "dates" if column.days else "numbers"
        raise DataError(f"{source.where}: {known.name[:40]!r} holds {what}, not a {known.kind}")
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
    numbers = column.numbers
    if kind != "number" or numbers is None or numbers.finite:
        return
    offset, decimal = numbers.offset, "." if isinstance(column, Numbers) else column.decimal

    def wrong(field: str) -> bool:
        if column.is_gap(field):
            return False
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
    name = gathered.name if known is None else known.name
    numbers = gathered.numbers
    if kind == "number" or isinstance(gathered, Numbers):
        assert numbers is not None
        lengths = [len(piece) for piece in numbers.pieces]
        column = Column(name, kind)
        return _Made(column, numbers.taken, lengths, numbers.offset, numbers.bytes)
    if kind == "date":
        pieces = gathered.dates.days()
        ends = [end(piece) for piece in pieces for end in (np.fmin.reduce, np.fmax.reduce)]
        offset = float(np.rint(np.fmin.reduce(ends) / 2 + np.fmax.reduce(ends) / 2))
        column = Column(name, kind, tuple(filter(None, [gathered.dates.order])))
        lengths = [len(piece) for piece in pieces]
        return _Made(column, pieces.__getitem__, lengths, 0.0 if np.isnan(offset) else offset)
    words, fixed = [*gathered.words], 0 if known is None else len(known.words)
    order = [*range(fixed), *sorted(range(fixed, len(words)), key=words.__getitem__)]
    recoded = np.full(len(words) + 1, np.nan, np.float32)  # the last for -1, a gap
    recoded[order] = np.arange(len(words))
    codes = gathered.pieces
    return _Made(
        Column(name, kind, tuple(words[i] for i in order)),
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
    numbers = (columns[place].numbers for place in (*constant, *others))
    if all(one is not None and one.bytes for one in numbers):
        found.update({place: Found("number") for place in constant})
