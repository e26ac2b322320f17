"""Fetches the rows of a batch: gathered, augmented where asked, normalized, in its own buffers.

Rows as they are cost little: small batches are fetched several at a time, since a call costs the
same for 32 rows as for 256 and the order of an epoch is known at its start. Augmented rows may cost
as much as the step that uses them: a second thread prepares the next ones meanwhile.
"""

import os
from functools import partial
from typing import Any

import numpy as np

from mlp_scratch.data.batches import gather
from mlp_scratch.engine.background import BackgroundThread
from mlp_scratch.engine.rows import Rows

READ_AHEAD = 128  # rows: few enough to be still in the second-level cache when their turn comes

Place = tuple[int, int, int, int]  # start and stop in the epoch's order, batch, its block

_AUGMENT_STREAM = 0xA6  # sets the generator of the augmentation apart from the others of a seed


class Feed:
    """After ``start_epoch``, calls give ``(x, labels)`` of a block of the epoch's rows.

    rows: what to fetch from. block_rows: most rows of a call. dtype: of ``x``, the network's.
    batch_rows: rows of a batch; the same rows of the next batches is fetched ahead.
    """

    def __init__(self, rows: Rows, block_rows: int, dtype: np.dtype, batch_rows: int) -> None:
        self._rows, self._batch_rows = rows, batch_rows
        self._batches = max(1, READ_AHEAD // block_rows)  # at most so many are in the buffers
        self._raw, self._x = _buffers(rows, self._batches * block_rows, dtype)

    def start_epoch(self, epoch: int, order: np.ndarray) -> None:
        """Take row numbers of the data, in the order of the epoch."""
        self.epoch, self._order = epoch, order
        self._labels = self._rows.all_labels[order]
        self._n = self._fetched = self._first = 0  # what of the order is in the buffers

    def __call__(
        self, start: int, stop: int, batch: int, block: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """x (stop - start, features) normalized and labels (stop - start,) of that part of the
        order; read them before the next call, write to neither."""
        n = stop - start
        batches_on, elsewhere = divmod(start - self._first, self._batch_rows)
        if elsewhere or n != self._n or not 0 <= batches_on < self._fetched:
            self._fetch(start, n)
            batches_on = 0
        return self._x[batches_on * n : (batches_on + 1) * n], self._labels[start:stop]

    def _fetch(self, start: int, n: int) -> None:
        """The n rows from start, and as many of the batches after it that are whole."""
        upcoming = self._order[start : start + self._batches * self._batch_rows]
        batches = len(upcoming) // self._batch_rows
        if batches <= 1:
            numbers, batches = upcoming[:n], 1
        else:
            whole = upcoming[: batches * self._batch_rows].reshape(batches, self._batch_rows)
            numbers = whole[:, :n].ravel()
        gather(self._rows.x, numbers, self._rows.normalizer, self._raw, self._x)
        self._first, self._n, self._fetched = start, n, batches


class AugmentedFeed:
    """A ``Feed`` of pictures that are never the same twice, the next ones drawn ahead of need.

    augmentation: an entry of ``AUGMENTATIONS``. Its generator is made anew for every call from
    (seed, epoch, batch, block), so that any block can be drawn again without what came before, and
    it matters to nothing but the time which thread draws it.
    batch_rows, every: rows of a batch, and that calls are for one block in ``every`` of it. From
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
        self._thread: BackgroundThread[None] | None = None
        self._ahead: Place | None = None  # what it is drawing
        self._process = 0  # where its thread is

    def start_epoch(self, epoch: int, order: np.ndarray) -> None:
        """Take row numbers of the data, in the order of the epoch."""
        if self._process != os.getpid():  # a fork inherits no thread
            self._thread = self._ahead = None
            self._process = os.getpid()
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
            self._thread = self._thread or BackgroundThread()
            self._thread.begin(partial(self._draw, *ahead))
            self._ahead = ahead
        return self._x[: stop - start], self._labels[start:stop]

    def _finish(self) -> Place | None:
        """Wait for what is being drawn, if anything is; return what it was."""
        if self._ahead is None or self._thread is None:
            return None
        self._thread.wait()
        done, self._ahead = self._ahead, None
        self._thread.result()
        return done

    def _after(self, start: int, stop: int, batch: int, block: int) -> Place | None:
        """What comes next: a later block of the batch, or the first one of the next batch."""
        at, end = start + self._every * self._block_rows, (batch + 1) * self._batch_rows
        block += self._every
        if at >= min(end, len(self._order)):
            block %= self._every
            at, end, batch = end + block * self._block_rows, end + self._batch_rows, batch + 1
        end = min(end, len(self._order))
        return (at, min(at + self._block_rows, end), batch, block) if at < end else None

    def _draw(self, start: int, stop: int, batch: int, block: int) -> None:
        rows, raw, x = self._rows, self._raw[: stop - start], self._next_x[: stop - start]
        rows.x.take(self._order[start:stop], axis=0, out=raw, mode="clip")
        key = (_AUGMENT_STREAM, self.epoch, batch, block)
        rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))
        self._augmentation.apply(raw, self._labels[start:stop], rng, x)
        rows.normalizer.apply(x, x)


def _buffers(rows: Rows, n: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Room for n rows as they are stored, and as the network takes them."""
    shape = (n, rows.x.shape[1])
    return np.empty(shape, rows.x.dtype), np.empty(shape, dtype)
