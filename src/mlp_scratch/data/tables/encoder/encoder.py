"""From a table's columns to a network's features: fitted on the training rows, and on them alone.

A gap in a number or a date is filled with the median (``missing`` = auto, median, drop) or the mean
of its column. With ``auto`` a feature of 0 and 1, ``age missing``, says where, if at least
``LEAST_GAPS`` training rows and ``LEAST_SHARE`` of them have a gap, and as many have none: fewer
tell nothing. A gap in a category is a level of its own where the training rows have any. What
changes in no training row (one word, the year) gets no feature, but for numbers.

``error`` refuses gaps; ``drop`` leaves rows with a gap out before anything is fitted, see
``rows_with_gaps.py``.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, chain, pairwise

import numpy as np

from mlp_scratch.data.features import blocks
from mlp_scratch.data.tables.cells import cells_of
from mlp_scratch.data.tables.column_roles import some
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.encoder.column_codes import (
    CategoryCode,
    Code,
    DateCode,
    NumberCode,
    date_parts,
)
from mlp_scratch.data.tables.encoder.encode_table import Encoding
from mlp_scratch.data.tables.encoder.training_statistics import TrainingStatistics
from mlp_scratch.data.tables.table_rows import LARGE, Features, TableRows
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

MISSING = ("auto", "mean", "median", "drop", "error")
LEAST_GAPS, LEAST_SHARE = 5, 0.01


class TableEncoder:
    """codes: one for each column, in the order in which the features follow each other.

    notes: for people, what was decided when it was fitted.

    names, flags, offset: of the features; see ``column_codes.py``. slices: of the codes, where each
    one's features stand. columns, column_offset: of the
    table's columns, as another table is to be read.
    """

    def __init__(self, codes: Sequence[Code]) -> None:
        self.codes = tuple(codes)
        self.columns = tuple(code.column for code in self.codes)
        widths = [len(code.names) for code in self.codes]
        self.names = tuple(chain(*(code.names for code in self.codes)))
        self.flags, self.offset = np.ones(len(self.names), bool), np.zeros(len(self.names))
        self.column_offset = np.array([code.offset for code in self.codes], np.float64)
        ends = accumulate(widths, initial=0)
        self.slices = [slice(start, end) for start, end in pairwise(ends)]
        for code, part in zip(self.codes, self.slices, strict=True):
            if code.plain:
                self.flags[part.start : part.start + code.plain] = False
                self.offset[part.start] = code.offset
        self.notes: tuple[str, ...] = ()
        # where no row has a gap
        self._as_it_is = all(isinstance(code, NumberCode) and not code.gap for code in self.codes)

    @classmethod
    def fit(
        cls,
        columns: Sequence[Column],
        x: Features,
        offset: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        missing: str = "auto",
        rare: int = 3,
        max_width: int = 10_000,
    ) -> "TableEncoder":
        """columns, x (n, columns), offset: see ``Table``. rows: the training rows, None: all.

        weights (n,): the mean is weighted by them, and a row of weight 0 counts for nothing. rare:
        words in fewer training rows are one level together. Raises DataError where there would be
        more than ``max_width`` features, unless these are numbers and their gaps.
        """
        if weights is not None:
            rows = np.flatnonzero(weights > 0) if rows is None else rows[weights[rows] > 0]
        taken = TrainingStatistics(columns, x, rows, weights if missing == "mean" else None)
        offset = np.zeros(len(columns)) if offset is None else offset
        codes = _codes(columns, taken, offset, missing, rare)
        if missing == "error":
            codes = [replace(code, fill=np.nan) for code in codes]
        encoder = cls(codes)
        encoder.notes = _notes(codes, taken.gaps, missing, rare)
        _check_width(encoder, max_width)
        return encoder

    def encode(
        self,
        columns: Sequence[Column],
        x: np.ndarray,
        offset: np.ndarray | None = None,
        where: str = "the table",
    ) -> np.ndarray:
        """Rows (n, columns) of a table that has these columns, in any order -> (n, features).

        float32; x itself where that is what it holds. Raises DataError, which names the column, for
        one that is missing or of another kind, or for a gap where gaps are refused.
        """
        features = self.features(columns, x, offset, where)
        return features if isinstance(features, np.ndarray) else features[:]

    def features(
        self, columns: Sequence[Column], x: Features, offset: np.ndarray | None, where: str
    ) -> Features:
        """The same, but `TableRows`, which are encoded when they are asked for, of a table whose
        features are large."""
        places = self.places(columns, where)
        offset = np.zeros(len(columns)) if offset is None else offset
        moved = any(offset[i] != code.offset for i, code in zip(places, self.codes, strict=True))
        if self._as_it_is and not moved and not has_gaps(x):
            same = places == [*range(len(columns))]
            return x if same else np.ascontiguousarray(x[:][:, places])
        self._refuse_gaps(x, places, where)
        rows = x if isinstance(x, TableRows) else TableRows(x)
        rows = rows.encoded(Encoding(self.codes, columns, places, offset))
        return rows if rows.nbytes > LARGE else rows[:]

    def _refuse_gaps(self, x: Features, places: list[int], where: str) -> None:
        """Raise DataError for a gap in a column whose gaps are refused."""
        if not any(np.isnan(code.fill) for code in self.codes) or x.dtype == np.uint8:
            return
        for part in blocks(len(x), 4 * x.shape[1]):
            gaps = np.isnan(x[part][:, places])
            if gaps.any():
                row = int(gaps.any(axis=1).argmax())
                name = _shown(self.codes[int(gaps[row].argmax())].name)
                row += part.start + 1
                raise DataError(f"{where}: row {row}: {name} is missing: data.missing=error")

    def places(self, columns: Sequence[Column], where: str) -> list[int]:
        """Where in ``columns`` each column of the encoder stands. Raises DataError."""
        there = {column.name: i for i, column in enumerate(columns)}
        places = []
        for code in self.codes:
            i = there.get(code.name)
            if i is None:
                raise DataError(
                    f"{where}: no column {_shown(code.name)}, which the network was trained on"
                )
            if columns[i].kind != (kind := code.column.kind):
                raise DataError(
                    f"{where}: column {_shown(code.name)} is a {columns[i].kind}, but the network "
                    f"was trained on a {kind}"
                )
            places.append(i)
        return places

    def surprises(self, columns: Sequence[Column], x: np.ndarray) -> list[str]:
        """Lines on what these rows have and the training rows had not: words, gaps."""
        lines = []
        for i, code in zip(self.places(columns, "the table"), self.codes, strict=True):
            values, name = x[:, i].astype(np.float64), _shown(code.name)
            if isinstance(code, CategoryCode):
                new = code.unknown(columns[i], values)
                if n := int(np.count_nonzero(new)):
                    word = columns[i].words[int(values[new][0])]
                    taken = "taken as other" if code.rare else _no_level(code)
                    lines.append(
                        f"{name}: {n:,} row{'s' * (n > 1)} with words that training did not have "
                        f"({_shown(word)}), {taken}"
                    )
            gaps = int(np.count_nonzero(np.isnan(values)))
            if gaps and not code.gap:
                if isinstance(code, CategoryCode):
                    taken = _no_level(code)
                else:
                    fill = np.full((1, 1), code.fill)
                    ((text,),) = cells_of(Table((code.column,), fill, np.zeros(1)), np.arange(1))
                    taken = f"taken for {text}"
                lines.append(f"{name}: {gaps:,} gap{'s' * (gaps > 1)}, {taken}")
        return lines


def _no_level(code: CategoryCode) -> str:
    return f"taken for {_shown(code.zeros)}" if code.zeros else "taken as none of its words"


def _codes(
    columns: Sequence[Column],
    taken: TrainingStatistics,
    offset: np.ndarray,
    missing: str,
    rare: int,
) -> list[Code]:
    codes: list[Code] = []
    for i, column in enumerate(columns):
        if column.kind == "category":
            codes.append(_category(column, taken.words[i], int(taken.gaps[i]), rare))
            continue
        gaps, n = int(taken.gaps[i]), taken.n
        enough = max(LEAST_GAPS, LEAST_SHARE * n)
        gap = missing == "auto" and min(gaps, n - gaps) >= enough
        fill = taken.means[i] if missing == "mean" else taken.median(i)
        fill = float(offset[i] + (0.0 if np.isnan(fill) else fill))
        if column.kind == "date":
            parts = _date_parts(taken, i, float(offset[i]))
            codes.append(DateCode(column.name, float(offset[i]), fill, gap, *parts, column.words))
        else:
            codes.append(NumberCode(column.name, float(offset[i]), fill, gap))
    return codes


def _category(column: Column, counts: np.ndarray, gaps: int, rare: int) -> CategoryCode:
    if not (counts >= rare).any():
        rare = 1  # all are rare: then none is beside the others
    words = sorted(column.words[k] for k in np.flatnonzero(counts >= rare))
    others = sorted(column.words[k] for k in np.flatnonzero((counts > 0) & (counts < rare)))
    return CategoryCode(column.name, tuple(words), tuple(others), gaps > 0)


def _date_parts(
    taken: TrainingStatistics, i: int, offset: float
) -> tuple[bool, tuple[int, ...], tuple[int, ...]]:
    """Whether the year changes; the months and weekdays that occur, none if there is only one."""
    years, *others = (np.unique(part) for part in date_parts(taken.values(i) + offset))
    months, weekdays = (tuple(o.tolist()) if len(o) > 1 else () for o in others)
    return len(years) > 1, months, weekdays


def _notes(codes: Sequence[Code], gaps: np.ndarray, missing: str, rare: int) -> tuple[str, ...]:
    """What was decided of the training rows, for people."""
    notes, pairs = [], [*zip(codes, gaps.astype(int).tolist(), strict=True)]
    filled = [f"{c.name[:40]} ({n:,})" for c, n in pairs if n and not isinstance(c, CategoryCode)]
    if filled:
        what = "mean" if missing == "mean" else "median"
        notes.append(f"gaps filled with the {what}: {some(filled)}; data.missing={missing}")
    words = [
        f"{code.name[:40]} ({len(code.rare):,})"
        for code in codes
        if isinstance(code, CategoryCode) and code.rare
    ]
    if words:
        notes.append(
            f"words in fewer than {rare} training rows, taken together as other: {some(words)}; "
            f"data.rare={rare}"
        )
    return tuple(notes)


def _check_width(encoder: TableEncoder, most: int) -> None:
    width = len(encoder.flags)
    if not width:
        raise DataError(
            "no column of the table changes in the training rows: nothing to learn from"
        )
    if width > max(most, 2 * len(encoder.codes)):  # numbers and where they are missing
        widest = max(encoder.codes, key=lambda code: len(code.names))
        raise DataError(
            f"data.max_width={most}: the table comes to {width:,} features, "
            f"{len(widest.names):,} of them for {_shown(widest.name)}; leave it out "
            "(data.drop), take more words together (data.rare), or allow more"
        )


def has_gaps(x: Features) -> bool:
    """Whether any value of x (n, columns) is missing."""
    if x.dtype == np.uint8:
        return False
    return any(bool(np.isnan(x[part]).any()) for part in blocks(len(x), 4 * x.shape[1]))


def _shown(name: str) -> str:
    return repr(escaped(name[:40]))
