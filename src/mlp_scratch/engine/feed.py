"""Fetches the rows of a batch: gathered, augmented where asked, normalized, in its own buffers.

Rows as they are cost little: small batches are fetched several at a time, since a call costs the
same for 32 rows as for 256 and the order of an epoch is known at its start. Augmented rows may cost
as much as the step that uses them: a second thread prepares the next ones meanwhile.
"""

from functools import partial
from typing import Any

import numpy as np

from mlp_scratch.data.batches import gather
from mlp_scratch.engine.partner import Partner
from mlp_scratch.engine.rows import Rows

READ_AHEAD = 128  # rows: few enough to be still in the second-level cache when their turn comes

Stretch = tuple[int, int, int, int]  # start and stop in the epoch's order, batch, its block

_AUGMENT_STREAM = 0xA6  # sets the generator of the augmentation apart from the others of a seed


class Feed:
    """After ``start_epoch``, calls give ``(x, labels)`` of a stretch of the epoch's rows.

    rows: what to fetch from. block_rows: most rows of a call. dtype: of ``x``, the network's.
    """

    def __init__(self, rows: Rows, block_rows: int, dtype: np.dtype) -> None:
        self._rows = rows
        blocks = max(1, READ_AHEAD // block_rows)
        self._raw, self._x = _buffers(rows, blocks * block_rows, dtype)

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
            row_numbers = self._order[start : start + len(self._x)]
            self._first, self._stop = start, start + len(row_numbers)
            gather(self._rows.x, row_numbers, self._rows.normalizer, self._raw, self._x)
        return self._x[start - self._first : stop - self._first], self._labels[start:stop]


class AugmentedFeed:
    """A ``Feed`` of pictures that are never the same twice, the next ones drawn ahead of need.

    augmentation: an entry of ``AUGMENTATIONS``. Its generator is made anew for every call from
    (seed, epoch, batch, block), so that any block can be drawn again without what came before, and
    it matters to nothing but the time which thread draws it.
    batch_rows, every: rows of a batch, and that calls are for every so-manieth block of it. From
    these the next call is foretold; were it another one, only time would be lost.
    """

    def __init__(
        self,
        rows: Rows,
        block_rows: int,
        dtype: np.dtype,
        augmentation: Any,
        seed: int,
        batch_rows: int,
        every: int,
    ) -> None:
        self._rows, self._augmentation, self._seed = rows, augmentation, seed
        self._block_rows, self._batch_rows, self._every = block_rows, batch_rows, every
        self._raw, self._x = _buffers(rows, block_rows, dtype)
        self._next_x = np.empty_like(self._x)
        self._partner: Partner[None] | None = None
        self._ahead: Stretch | None = None  # what it is drawing

    def start_epoch(self, epoch: int, order: np.ndarray) -> None:
        """Take row numbers of the data, in the order of the epoch."""
        self._finish()
        self.epoch, self._order = epoch, order
        self._labels = self._rows.all_labels[order]

    def __call__(
        self, start: int, stop: int, batch: int, block: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """x (stop - start, features) normalized and labels (stop - start,) of that part of the
        order; read them before the next call, write to neither."""
        wanted = (start, stop, batch, block)
        if self._finish() != wanted:
            self._draw(*wanted)
        self._x, self._next_x = self._next_x, self._x
        ahead = self._after(*wanted)
        if ahead is not None:
            self._partner = self._partner or Partner()
            self._partner.begin(partial(self._draw, *ahead))
            self._ahead = ahead
        return self._x[: stop - start], self._labels[start:stop]

    def _finish(self) -> Stretch | None:
        """Wait for what is being drawn, if anything is; return what it was."""
        if self._ahead is None or self._partner is None:
            return None
        self._partner.wait()
        done, self._ahead = self._ahead, None
        self._partner.result()
        return done

    def _after(self, start: int, stop: int, batch: int, block: int) -> Stretch | None:
        """The stretch to come: a later block of the batch, or the first one of the next batch."""
        at, end = start + self._every * self._block_rows, (batch + 1) * self._batch_rows
        block += self._every
        if at >= min(end, len(self._order)):
            block %= self._every
            at, end, batch = end + block * self._block_rows, end + self._batch_rows, batch + 1
        end = min(end, len(self._order))
        return (at, min(at + self._block_rows, end), batch, block) if at < end else None

    def _draw(self, start: int, stop: int, batch: int, block: int) -> None:
        rows, raw, x = self._rows, self._raw[: stop - start], self._next_x[: stop - start]
        np.take(rows.x, self._order[start:stop], axis=0, out=raw, mode="clip")
        key = (_AUGMENT_STREAM, self.epoch, batch, block)
        rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))
        self._augmentation.apply(raw, self._labels[start:stop], rng, x)
        rows.normalizer.apply(x, x)


def _buffers(rows: Rows, n: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Room for n rows as they are stored, and as the network takes them."""
    shape = (n, rows.x.shape[1])
    return np.empty(shape, rows.x.dtype), np.empty(shape, dtype)
