"""Tables in text: one row a sample, its columns as `layout_of` finds them and `kinds.py` has them.

Tables of bytes, as of Kaggle's digits, are read by `read_byte_table`, everything else by pandas,
block by block, so that memory stays near the size of the result. What looks like numbers in the
first lines is read as numbers; a column that turns out to hold something else is read again as
text, from the start, so that its words are those that are written and not what became of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np

from mlp_scratch.data.tables.column_roles import Places, Roles, places_of, some
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.gathered import (
    GAPS_AMONG_NUMBERS,
    INFINITE,
    Bytes,
    Gathered,
    Numbers,
    Words,
)
from mlp_scratch.data.tables.kinds import MOST_LEVELS, is_id_name
from mlp_scratch.data.tables.known_places import known_places
from mlp_scratch.data.tables.table_from_columns import known_table, new_table
from mlp_scratch.data.tables.text.byte_table import read_byte_table
from mlp_scratch.data.tables.text.counted_text import BlanksBeforeFieldsError, CountedText
from mlp_scratch.data.tables.text.header import NUMBER
from mlp_scratch.data.tables.text.layout import layout_of, opened_text
from mlp_scratch.data.tables.text.line_to_blame import TextSource, quoted_fields
from mlp_scratch.data.tables.text.text_settings import AUTO, Layout, Reading
from mlp_scratch.errors import DataError

_BLOCK_VALUES = 1 << 20  # pandas takes its time for every column of every block ...
_BLOCK_ROWS = 512  # ... so a wide table is read in blocks of at least so many rows
_MOST_GAPS = 1000  # columns of numbers that have their gaps each to itself
_PROBED_LINES, _PROBED_LETTERS = 1000, 1 << 20
_MOST_NAMES = (1_000_000, 64 << 20)  # different words of a split or groups, and their letters
# Bytes, just below the most that glibc heeds. Once so much has been let go of it keeps what is
# smaller for what comes next; else the system takes back the buffers of pandas after each block,
# and clears them again page by page.
_KEPT = (32 << 20) - (1 << 16)


def layout_with_names(path: Path, reading: Reading, names: Sequence[str]) -> Layout:
    """How the table is laid out; a first line with all these names is a header, whatever they look
    like."""
    layout = layout_of(path, reading)
    if names and not layout.header and reading.header == AUTO:
        first = TextSource(path, layout).first_row()
        if {*names} <= {field.strip() for field in first}:
            return layout_of(path, replace(reading, header=True))
    return layout


def table_laid_out(
    path: Path,
    layout: Layout,
    reading: Reading,
    roles: Roles,
    known: Sequence[Column] | None = None,
    offset: np.ndarray | None = None,
) -> Table:
    """`read_table` of text, once it is known how it is laid out."""
    places = places_of(str(path), layout.names, roles, layout.index)
    at = None if known is None else known_places(str(path), layout.names, known, layout.header)
    offsets = {} if at is None or offset is None else dict(zip(at, offset.tolist(), strict=True))
    reader = _Reader(path, layout, reading, places, at, offsets)
    columns = reader.as_bytes()
    if columns is None:
        try:
            columns = reader.by_pandas()
        except BlanksBeforeFieldsError:
            columns = reader.by_pandas(blanks=True)
    if at is not None:
        table = known_table(reader.source, columns, places, at, offset)
        names = [column.name for column in at.values()]
        if layout.header or not any(names) or {*names} <= {*layout.names}:
            return table
        note = f"no header: its columns are taken for {some(names)}"
        return replace(table, notes=(*table.notes, note))
    shown = replace(layout, index=layout.index and 0 not in places.no_features)
    return new_table(
        *(reader.source, layout.names, columns, places),
        index=layout.index,
        quoted=reader.quoted,
        layout=shown.describe(),
        hints=layout.notes,
        nameless=not layout.header,
    )


class _Reader:
    """One file on its way. wanted: the columns that are looked at."""

    def __init__(
        self,
        path: Path,
        layout: Layout,
        reading: Reading,
        places: Places,
        known: Mapping[int, Column] | None,
        offsets: Mapping[int, float],
    ) -> None:
        self.source = TextSource(path, layout)
        self._path, self._layout, self._places, self._offsets = path, layout, places, offsets
        self._known = known or {}
        said = reading.missing_values
        self._missing = None if said is None else ("", *said)
        apart = {place for several in places.apart.values() for place in several}
        every = range(layout.columns) if known is None else known
        self._wanted = (set(every) | apart) - places.drop
        self.quoted: frozenset[int] = frozenset()

    def as_bytes(self) -> dict[int, Gathered] | None:
        """The wanted columns of a table of bytes; None if it is none, or if a column of words is
        wanted."""
        words = any(column.kind != "number" for column in self._known.values())
        layout = self._layout
        if words or self._places.categorical or layout.spare or self._missing is not None:
            return None
        with opened_text(self._path, layout) as text:
            table = read_byte_table(text, layout.delimiter, layout.columns)
        if table is None:
            return None
        return {
            place: Bytes(layout.names[place], table[:, place], self._offsets.get(place))
            for place in sorted(self._wanted)
        }

    def by_pandas(self, blanks: bool = False) -> dict[int, Gathered]:
        """The wanted columns. blanks: see `CountedText`."""
        as_text, self.quoted = self._probe()
        as_text |= self.quoted | self._places.categorical
        roles = self._places.apart.items()
        as_text |= {place for role, several in roles for place in several if role != "weight"}
        as_text |= {place for place, column in self._known.items() if column.kind != "number"}
        columns: dict[int, Gathered] = {
            place: self._words(place) if place in as_text else self._numbers(place)
            for place in sorted(self._wanted)
        }
        again = self._read(columns, as_text, blanks)
        if again:
            texts = {place: self._words(place) for place in sorted(again)}
            self._read(texts, again, blanks, only=True)
            columns.update(texts)
        return columns

    def _numbers(self, place: int) -> Numbers:
        name = self._layout.names[place]
        exact = is_id_name(name) or place in self._places.apart.get("weight", ())
        return Numbers(name, self._offsets.get(place), exact)

    def _words(self, place: int) -> Words:
        known = self._known.get(place)
        role = next((r for r, several in self._places.apart.items() if place in several), "")
        asked = role or known is not None or place in self._places.keep | self._places.categorical
        return Words(
            self._layout.names[place],
            known,
            self._missing,
            self._layout.decimal,
            label=bool(role),
            counted=None if asked else MOST_LEVELS,
            **({"most": _MOST_NAMES} if role in ("split", "group") else {}),
        )

    def _probe(self) -> tuple[set[int], frozenset[int]]:
        """By their first fields: the columns that are no numbers, and those of whole numbers that
        all stand in quotes."""
        gaps = GAPS_AMONG_NUMBERS if self._missing is None else frozenset(self._missing)
        width, letters = self._layout.columns, 0
        comma = str.maketrans(",.", ".,") if self._layout.decimal == "," else {}
        words, bare, quoted = set[int](), set[int](), set[int]()
        with opened_text(self._path, self._layout) as text:
            for line in islice(iter(text.readline, ""), _PROBED_LINES):
                fields = quoted_fields(line, self._layout)[: width + 1]
                if len(fields) - self._layout.spare == width:
                    for place, (field, in_quotes) in enumerate(fields[:width]):
                        if field in gaps:
                            continue
                        number = field.translate(comma) if comma else field
                        if not NUMBER.fullmatch(number) and not INFINITE.fullmatch(field):
                            words.add(place)
                        whole = in_quotes and field.removeprefix("-").isdecimal()
                        (quoted if whole else bare).add(place)
                letters += len(line)
                if letters > _PROBED_LETTERS:
                    break
        return words, frozenset(quoted - bare - words)

    def _words_and_gaps(self, as_text: set[int], width: int) -> dict[str, Any]:
        """pandas' options for words as they are written, and numbers with gaps among them. It takes
        16 KB for the gaps of each column; where that is too much only empty fields are gaps for it,
        and columns with others are read again as text."""
        gaps = [*(GAPS_AMONG_NUMBERS if self._missing is None else self._missing)]
        numbers = [place for place in range(width) if place not in as_text]
        own = dict.fromkeys(numbers, gaps)
        few = len(numbers) <= _MOST_GAPS
        return {"dtype": dict.fromkeys(as_text, object), "na_values": own if few else [""]}

    def _read(
        self, columns: Mapping[int, Gathered], as_text: set[int], blanks: bool, only: bool = False
    ) -> set[int]:
        """Add all rows to the columns. blanks: see `CountedText`. only: no other columns are looked
        at. Returns those that do not hold numbers after all."""
        import pandas as pd

        layout, rows, again = self._layout, 0, set[int]()
        width = layout.columns + layout.spare
        options: dict[str, Any] = {
            **layout.pandas_options,
            **self._words_and_gaps(as_text, width),
            "skipinitialspace": blanks,
            "engine": "c",
            "keep_default_na": False,
            "low_memory": False,
            "chunksize": max(_BLOCK_ROWS, _BLOCK_VALUES // width),
            "usecols": [*columns] if only else None,
        }
        np.empty(_KEPT, np.uint8)
        try:
            with opened_text(self._path, layout) as text:
                counted = CountedText(text, layout, blanks)
                with pd.read_csv(cast(Any, counted), **options) as reader:
                    for frame in reader:
                        if not only and frame.shape[1] != width:
                            self.source.check_rows(f"{frame.shape[1]} columns")
                        again |= _add(columns, frame, again)
                        rows += len(frame)
        except (ValueError, OverflowError) as error:  # pandas' ParserError
            self.source.check_rows(str(error))
        if counted.nul:
            raise DataError(f"{self._path}: NUL in it: this is not a table in text")
        if not rows or (not only and not counted.rows_are_whole(rows)):
            self.source.check_rows()
        return again


def _add(columns: Mapping[int, Gathered], frame: Any, again: set[int]) -> set[int]:
    """Add a block of rows to the columns that are not to be read again; return those that are."""
    import pandas as pd

    more = set()
    for place, column in columns.items():
        if place in again:
            continue
        series = frame[place]
        if isinstance(column, Words):
            codes, words = pd.factorize(series.to_numpy(object))
            column.add(codes, words.tolist())
        elif series.dtype.kind in "iuf":
            column.add(series.to_numpy(np.float64))
        else:
            more.add(place)
            column.pieces.clear()
    return more
