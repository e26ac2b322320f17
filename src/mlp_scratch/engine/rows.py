"""Which rows of the data are meant: all of them, or a split of them, without copying any."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mlp_scratch.data.batches import balanced_order, epoch_order
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.table_rows import Features

BLOCK_ROWS = 512  # rows a block: large enough for the products, small enough for the cache


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of ``x`` (n, features), as stored, with ``all_labels`` (n,) or (n, k): their targets, as
    the loss takes them.

    numbers: (m,) the rows meant, or None for all n. all_weights: (n,) float32, or None. x may be a
    memory map larger than memory, or `TableRows`: only the rows of a batch are ever fetched.
    """

    x: Features
    all_labels: np.ndarray
    normalizer: Normalizer
    numbers: np.ndarray | None = None
    all_weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.all_labels if self.numbers is None else self.numbers)

    @property
    def labels(self) -> np.ndarray:
        """Targets (m,) or (m, k) of the rows meant."""
        return self.all_labels if self.numbers is None else self.all_labels[self.numbers]

    @property
    def weights(self) -> np.ndarray | None:
        """Weights (m,) of the rows meant, or None: all alike."""
        w = self.all_weights
        return w if w is None or self.numbers is None else w[self.numbers]

    def fetch(self, positions: slice | np.ndarray) -> np.ndarray:
        """Rows by their position among those meant, as stored."""
        return self.x[positions if self.numbers is None else self.numbers[positions]]

    def part(self, positions: np.ndarray) -> "Rows":
        """Some of the rows meant, by their positions among these, in that order."""
        numbers = positions if self.numbers is None else self.numbers[positions]
        return replace(self, numbers=numbers)

    def in_order(self, seed: int | None, epoch: int, balanced: bool = False) -> np.ndarray:
        """Numbers of the rows meant, in the order of an epoch; without a seed as they stand.

        balanced: drawn anew with replacement, each class as often as every other.
        """
        n = len(self)
        if balanced and seed is not None:
            order = balanced_order(seed, epoch, self.labels)
        else:
            order = np.arange(n) if seed is None else epoch_order(seed, epoch, n)
        return order if self.numbers is None else self.numbers[order]

    def blocks(self, dtype: np.dtype) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield (positions, normalized block); the block is overwritten by the next one."""
        n = len(self)
        buffer = np.empty((min(BLOCK_ROWS, n), self.x.shape[1]), dtype)
        for start in range(0, n, BLOCK_ROWS):
            part = slice(start, min(start + BLOCK_ROWS, n))
            block = buffer[: part.stop - start]
            yield part, self.normalizer.apply(self.fetch(part), block)
