"""A table's rows become features: what an encoder decided, in a handful of array operations.

All columns of a kind are written at once, so that a batch of 128 rows costs little more than its
features: large tables are encoded batch by batch, see ``table_rows.py``.
"""

from collections.abc import Sequence

import numpy as np

from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder.column_codes import CategoryCode, Code, DateCode, NumberCode

_Numbers = tuple[slice | np.ndarray, slice | np.ndarray, np.ndarray, np.ndarray]
_Dates = tuple[DateCode, int, float, slice]


class Encoding:
    """codes: in the order of the features. columns, offset: of the table, see ``Table``; places:
    where in it the column of each code stands.

    width: how many features there are.
    """

    def __init__(
        self,
        codes: Sequence[Code],
        columns: Sequence[Column],
        places: Sequence[int],
        offset: np.ndarray,
    ) -> None:
        self._codes, self._columns, self._places, self._offset = codes, columns, places, offset
        widths = [len(code.names) for code in codes]
        self._starts = np.cumsum([0, *widths])
        self.width = int(self._starts[-1])
        at = [*zip(codes, places, self._starts[:-1].tolist(), strict=True)]
        numbers = [(code, i, j) for code, i, j in at if isinstance(code, NumberCode)]
        moved = [bool(offset[i] != code.offset) for code, i, _ in numbers]
        groups = ([n for n, m in zip(numbers, moved, strict=True) if m == is_] for is_ in (0, 1))
        self._numbers = [self._numbers_of(group) for group in groups if group]
        self._gaps = np.array([(i, j + 1) for code, i, j in numbers if code.gap], np.intp).T
        words = [(code, i, j) for code, i, j in at if isinstance(code, CategoryCode)]
        self._words = _Words(words, columns) if words else None
        self._dates: list[_Dates] = [
            (code, i, float(offset[i]), slice(j, j + len(code.names)))
            for code, i, j in at
            if isinstance(code, DateCode)
        ]

    def _numbers_of(self, group: list[tuple[NumberCode, int, int]]) -> _Numbers:
        """Their columns, their features, what is added to each, and what a gap is taken for."""
        codes, columns, features = zip(*group, strict=True)
        more = self._offset[[*columns]] - [code.offset for code in codes]
        fills = np.array([code.fill - code.offset for code in codes], np.float32)
        return _places(columns), _places(features), more, fills

    def only(self, wanted: np.ndarray) -> tuple["Encoding", np.ndarray]:
        """wanted: (width,) bool -> the encoding of the columns that have any of these features, and
        which of its own are wanted."""
        ends = [*zip(self._starts[:-1], self._starts[1:], strict=True)]
        has = [bool(wanted[start:stop].any()) for start, stop in ends]
        both = zip(self._codes, self._places, has, strict=True)
        codes, places = zip(*((code, i) for code, i, wants in both if wants), strict=True)
        own = [wanted[start:stop] for (start, stop), wants in zip(ends, has, strict=True) if wants]
        return Encoding(codes, self._columns, places, self._offset), np.concatenate(own)

    def write(self, rows: np.ndarray, out: np.ndarray) -> np.ndarray:
        """rows (n, columns) of the table -> out (n, width) float32, contiguous; returns it."""
        if self._words is not None:
            out.fill(0)
            self._words.write(rows, out)
        gaps = rows.dtype != np.uint8 and bool(np.isnan(rows).any())
        for columns, features, more, fills in self._numbers:
            values = rows[:, columns]
            if more.any():
                values = values.astype(np.float64) + more
            out[:, features] = np.where(np.isnan(values), fills, values) if gaps else values
        if len(self._gaps):
            out[:, self._gaps[1]] = np.isnan(rows[:, self._gaps[0]])
        for code, i, offset, part in self._dates:
            code.write(rows[:, i].astype(np.float64), offset, out[:, part])
        return out


class _Words:
    """Columns of words: all their levels in one array, the columns' one after the other."""

    def __init__(
        self, words: Sequence[tuple[CategoryCode, int, int]], columns: Sequence[Column]
    ) -> None:
        levels = [code.levels(columns[i].words) for code, i, _ in words]
        self._columns = np.array([i for _, i, _ in words], np.intp)
        self._lengths = np.array([len(columns[i].words) for _, i, _ in words])
        self._starts = np.cumsum([0, *map(len, levels[:-1])])
        features = [
            np.where(level < 0, -1, level + j) for level, (*_, j) in zip(levels, words, strict=True)
        ]
        self._feature = np.concatenate(features)  # of each level, -1: none

    def write(self, rows: np.ndarray, out: np.ndarray) -> None:
        """Set the features of the rows' words in ``out``, which is 0."""
        codes = np.take(rows, self._columns, axis=1)
        gaps = np.isnan(codes)
        if gaps.any():
            codes = np.where(gaps, self._lengths, codes)
        features = self._feature[codes.astype(np.intp) + self._starts]
        places = features + np.arange(len(out))[:, None] * out.shape[1]
        out.reshape(-1)[places[features >= 0]] = 1


def _places(numbers: Sequence[int]) -> slice | np.ndarray:
    """A slice where they follow each other: it is not copied."""
    first, n = numbers[0], len(numbers)
    together = [*numbers] == [*range(first, first + n)]
    return slice(first, first + n) if together else np.array(numbers, np.intp)
