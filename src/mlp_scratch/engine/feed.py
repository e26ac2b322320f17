"""Fetches the rows of a batch: gathered, augmented where asked, normalized, in its own buffers."""

from typing import Any

import numpy as np

from mlp_scratch.data.batches import gather
from mlp_scratch.engine.rows import Rows

_AUGMENT_STREAM = 0xA6  # sets the generator of the augmentation apart from the others of a seed


class Feed:
    """Calls give ``(x, labels)`` of some row numbers, overwritten by the next call.

    rows: what to fetch from. capacity: most rows at once. dtype: of ``x``, the network's.
    augmentation: an entry of ``AUGMENTATIONS``, or None. Its generator is made anew for every batch
    from (seed, epoch, batch, block), so that any batch can be drawn again without what came before.
    """

    def __init__(
        self, rows: Rows, capacity: int, dtype: np.dtype, augmentation: Any | None, seed: int
    ) -> None:
        self._rows = rows
        self._augmentation = augmentation
        self._seed = seed
        shape = (capacity, rows.x.shape[1])
        self._raw = np.empty(shape, rows.x.dtype)
        self._x = np.empty(shape, dtype)

    def __call__(
        self, row_numbers: np.ndarray, epoch: int, batch: int, block: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """x (len(row_numbers), features) normalized and labels (len(row_numbers),)."""
        labels = self._rows.all_labels[row_numbers]
        if self._augmentation is None:
            return gather(
                self._rows.x, row_numbers, self._rows.normalizer, self._raw, self._x
            ), labels
        raw, x = self._raw[: len(row_numbers)], self._x[: len(row_numbers)]
        np.take(self._rows.x, row_numbers, axis=0, out=raw, mode="clip")
        key = np.random.SeedSequence(self._seed, spawn_key=(_AUGMENT_STREAM, epoch, batch, block))
        self._augmentation.apply(raw, labels, np.random.default_rng(key), x)
        return self._rows.normalizer.apply(x, x), labels
