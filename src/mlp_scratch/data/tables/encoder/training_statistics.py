"""What an encoder must know of the training rows of a table: gaps, means, medians, words."""

from collections.abc import Sequence

import numpy as np

from mlp_scratch.data.features import blocks
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.table_rows import Features

MOST_RANKED = 1 << 18  # of more training rows, so many evenly spaced ones give the median


class TrainingStatistics:
    """Of the training rows, column by column: gaps (columns,), means (columns,) of what is no gap,
    and by column ``words``: how many rows have each word."""

    def __init__(
        self,
        columns: Sequence[Column],
        x: Features,
        rows: np.ndarray | None,
        weights: np.ndarray | None,
    ) -> None:
        self.x, self.n = x, len(x) if rows is None else len(rows)
        self.rows = rows
        self.gaps, total, sums = (np.zeros(len(columns)) for _ in range(3))
        self.words = {
            i: np.zeros(len(column.words), np.int64)
            for i, column in enumerate(columns)
            if column.kind == "category"
        }
        may_have_gaps = x.dtype != np.uint8
        for part in blocks(self.n, 8 * x.shape[1]):
            block = x[part] if rows is None else x[rows[part]]
            gaps = np.isnan(block) if may_have_gaps else np.zeros(block.shape, bool)
            holes = gaps.any()
            if holes:
                self.gaps += gaps.sum(axis=0)
                block = np.where(gaps, 0, block)
            if weights is None:
                sums += block.sum(axis=0, dtype=np.float64)
            else:
                w = weights[part if rows is None else rows[part]]
                total += w @ ~gaps
                sums += w @ block.astype(np.float64)
            for i, counts in self.words.items():
                codes = (block[~gaps[:, i], i] if holes else block[:, i]).astype(np.intp)
                counts += np.bincount(codes, minlength=len(counts))[: len(counts)]
        total = self.n - self.gaps if weights is None else total
        self.means = sums / np.where(total > 0, total, np.nan)

        step = self.n // MOST_RANKED + 1
        self._ranked = x[slice(None, None, step) if rows is None else rows[::step]]

    def median(self, i: int) -> float:
        """Of column i, nan if it has gaps only."""
        values = self._ranked[:, i]
        values = values[~np.isnan(values)]
        if not len(values):
            return np.nan
        half = len(values) // 2
        values.partition(half)  # one place: NumPy is four times as slow when asked for two
        other = values[half] if len(values) % 2 else values[:half].max()
        return (float(other) + float(values[half])) / 2

    def values(self, i: int) -> np.ndarray:
        """Column i in the training rows, float64, without gaps."""
        values = self.x[slice(None) if self.rows is None else self.rows, i].astype(np.float64)
        return values[~np.isnan(values)]
