"""Fetches the rows of a batch: gathered, augmented where asked, normalized, in its own buffers.

Small batches are fetched several at a time: a call costs the same for 32 rows as for 256, and the
order of an epoch is known at its start.
"""

from typing import Any

import numpy as np

from mlp_scratch.data.batches import gather
from mlp_scratch.engine.rows import Rows

READ_AHEAD = 128  # rows: few enough to be still in the second-level cache when their turn comes

_AUGMENT_STREAM = 0xA6  # sets the generator of the augmentation apart from the others of a seed


class Feed:
    """After ``start_epoch``, calls give ``(x, labels)`` of a stretch of the epoch's rows.

    rows: what to fetch from. batch_rows: most rows of a call. dtype: of ``x``, the network's.
    augmentation: an entry of ``AUGMENTATIONS``, or None. Its generator is made anew for every batch
    from (seed, epoch, batch, block), so that any batch can be drawn again without what came before.
    """

    def __init__(
        self, rows: Rows, batch_rows: int, dtype: np.dtype, augmentation: Any | None, seed: int
    ) -> None:
        self._rows = rows
        self._augmentation = augmentation
        self._seed = seed
        batches = max(1, READ_AHEAD // batch_rows) if augmentation is None else 1
        shape = (batches * batch_rows, rows.x.shape[1])
        self._raw = np.empty(shape, rows.x.dtype)
        self._x = np.empty(shape, dtype)

    def start_epoch(self, epoch: int, order: np.ndarray) -> None:
        """Take row numbers of the data, in the order of the epoch."""
        self.epoch, self._order = epoch, order
        self._labels = self._rows.all_labels[order]
        self._first = self._stop = 0  # what of the order is in the buffers

    def __call__(
        self, start: int, stop: int, batch: int, block: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """x (stop - start, features) normalized and labels (stop - start,) of that part of the
        order; read them before the next call, write to neither."""
        if not self._first <= start < stop <= self._stop:
            self._fetch(start, stop, batch, block)
        return self._x[start - self._first : stop - self._first], self._labels[start:stop]

    def _fetch(self, start: int, stop: int, batch: int, block: int) -> None:
        data, raw, x = self._rows, self._raw, self._x
        self._first = start
        if self._augmentation is None:
            row_numbers = self._order[start : start + len(x)]
            self._stop = start + len(row_numbers)
            gather(data.x, row_numbers, data.normalizer, raw, x)
            return
        self._stop = stop
        raw, x = raw[: stop - start], x[: stop - start]
        np.take(data.x, self._order[start:stop], axis=0, out=raw, mode="clip")
        key = (_AUGMENT_STREAM, self.epoch, batch, block)
        rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))
        self._augmentation.apply(raw, self._labels[start:stop], rng, x)
        data.normalizer.apply(x, x)
