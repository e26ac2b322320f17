"""Fetching ahead and drawing ahead change nothing but the time."""

import gc
import threading

import numpy as np
import pytest

from mlp_scratch.data.batches import gather
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.feed import READ_AHEAD, AugmentedFeed, Feed
from mlp_scratch.engine.rows import Rows


def make_rows(n: int) -> Rows:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (n, 6), dtype=np.uint8)
    return Rows(x, rng.integers(0, 3, n), Normalizer("unit").fit(x))


class Noise:
    """An augmentation: x = bytes + random numbers."""

    def apply(self, raw, labels, rng, out):
        out[...] = raw + rng.random(raw.shape)


@pytest.mark.parametrize("batch_rows", [1, 3, 32, READ_AHEAD - 1, READ_AHEAD, READ_AHEAD + 9])
@pytest.mark.parametrize("first", [0, 2])
def test_a_feed_gives_the_rows_of_every_batch(batch_rows, first) -> None:
    rows = make_rows(500)
    order = np.random.default_rng(2).permutation(500)[:411]
    feed = Feed(rows, batch_rows, np.dtype("f4"), batch_rows)
    for epoch in range(2):
        order = order[::-1].copy()
        feed.start_epoch(epoch, order)
        for batch, start in enumerate(range(first * batch_rows, len(order), batch_rows)):
            stop = min(start + batch_rows, len(order))
            x, labels = feed(start, stop, batch, 0)
            expected = rows.x[order[start:stop]] * np.float32(1 / 255)
            np.testing.assert_array_equal(x, expected)
            np.testing.assert_array_equal(labels, rows.all_labels[order[start:stop]])


@pytest.mark.parametrize("batch_rows", [32, 33, 48, 300])
@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("n", [411, 416, 33])
def test_a_feed_gives_one_block_of_every_batch(batch_rows, workers, n) -> None:
    rows, block_rows = make_rows(500), -(-batch_rows // workers)
    order = np.random.default_rng(2).permutation(500)[:n]
    for worker in range(workers):
        feed = Feed(rows, block_rows, np.dtype("f4"), batch_rows)
        feed.start_epoch(0, order)
        for batch, first in enumerate(range(0, n, batch_rows)):
            end = min(first + batch_rows, n)
            start = first + worker * block_rows
            stop = min(start + block_rows, end)
            if start < end:
                x, labels = feed(start, stop, batch, worker)
                np.testing.assert_array_equal(x, rows.x[order[start:stop]] * np.float32(1 / 255))
                np.testing.assert_array_equal(labels, rows.all_labels[order[start:stop]])


def test_small_batches_are_fetched_together(monkeypatch) -> None:
    calls = []

    def counted(x, row_numbers, *rest):
        calls.append(len(row_numbers))
        return gather(x, row_numbers, *rest)

    monkeypatch.setattr("mlp_scratch.engine.feed.gather", counted)
    rows = make_rows(500)
    for block_rows, batch_rows in ((32, 32), (16, 32)):
        calls.clear()
        feed = Feed(rows, block_rows, np.dtype("f4"), batch_rows)
        feed.start_epoch(0, np.arange(500))
        for start in range(0, 480, batch_rows):
            feed(start, start + block_rows, start // batch_rows, 0)
        assert max(calls) == READ_AHEAD
        assert sum(calls) == 480 * block_rows // batch_rows


def augmented_feed(rows: Rows, block_rows: int, batch_rows: int, every: int = 1, **options):
    noise = options.get("augmentation", Noise())
    return AugmentedFeed(rows, block_rows, np.dtype("f4"), noise, 3, batch_rows, every)


def test_an_augmented_batch_can_be_drawn_again_without_those_before() -> None:
    rows, order = make_rows(100), np.arange(100)
    feeds = [augmented_feed(rows, 8, 8) for _ in range(2)]
    for feed in feeds:
        feed.start_epoch(5, order)
    drawn = [feeds[0](8 * k, 8 * k + 8, k, 0)[0].copy() for k in range(4)]
    np.testing.assert_array_equal(feeds[1](24, 32, 3, 0)[0], drawn[3])
    assert not np.array_equal(drawn[3] - rows.x[24:32] / 255, drawn[2] - rows.x[16:24] / 255)


class Recorder(Noise):
    """Remembers how many rows it was asked for, and in which thread."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, bool]] = []

    def apply(self, raw, labels, rng, out):
        super().apply(raw, labels, rng, out)
        self.calls.append((len(raw), threading.current_thread() is threading.main_thread()))


@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize(("block_rows", "batch_rows"), [(8, 8), (8, 20), (8, 30), (5, 64), (9, 99)])
@pytest.mark.parametrize("n", [99, 96])
def test_all_but_the_first_of_an_epoch_are_drawn_ahead(every, block_rows, batch_rows, n) -> None:
    rows, order = make_rows(n), np.random.default_rng(4).permutation(n)
    starts = range(0, n, batch_rows)
    for first in range(every):
        recorder = Recorder()
        feed = augmented_feed(rows, block_rows, batch_rows, every, augmentation=recorder)
        asked, whole = [], augmented_feed(rows, block_rows, 10**9)
        for epoch in range(2):
            feed.start_epoch(epoch, order)
            whole.start_epoch(epoch, order)
            for batch, start in enumerate(starts):
                end = min(start + batch_rows, n)
                blocks = list(enumerate(range(start, end, block_rows)))
                for block, at in blocks[first::every]:
                    place = (at, min(at + block_rows, end), batch, block)
                    x, labels = feed(*place)
                    np.testing.assert_array_equal(x, whole(*place)[0])
                    np.testing.assert_array_equal(labels, rows.all_labels[order[at : place[1]]])
                    asked.append((epoch, place[1] - at))
        feed.start_epoch(2, order)  # waits for what was drawn in vain
        by_itself = [rows for rows, in_main in recorder.calls if in_main]
        if first == 0:  # the others may be without a block in the last batch
            assert len(by_itself) == 2
            assert [rows for rows, _ in recorder.calls] == [rows for _, rows in asked]
        else:
            assert len(recorder.calls) >= len(asked)


def test_another_call_than_was_foretold_costs_only_time() -> None:
    rows, order = make_rows(100), np.arange(100)
    feed, other = augmented_feed(rows, 8, 8), augmented_feed(rows, 8, 8)
    for epoch in (0, 1):  # the second begins while a draw of the first is under way
        feed.start_epoch(epoch, order)
        for batch in (4, 2, 3, 9, 0):
            other.start_epoch(epoch, order)
            expected = other(8 * batch, 8 * batch + 8, batch, 0)[0]
            np.testing.assert_array_equal(feed(8 * batch, 8 * batch + 8, batch, 0)[0], expected)


def test_an_error_while_drawing_ahead_is_raised_by_the_next_call() -> None:
    class Breaks(Noise):
        def apply(self, raw, labels, rng, out):
            if threading.current_thread() is not threading.main_thread():
                raise MemoryError("no room")

    feed = augmented_feed(make_rows(100), 8, 8, augmentation=Breaks())
    feed.start_epoch(0, np.arange(100))
    feed(0, 8, 0, 0)
    with pytest.raises(MemoryError, match="no room"):
        feed(8, 16, 1, 0)


def test_the_thread_that_draws_ends_with_its_feed() -> None:
    before = set(threading.enumerate())
    feed = augmented_feed(make_rows(100), 8, 8)
    feed.start_epoch(0, np.arange(100))
    feed(0, 8, 0, 0)
    (thread,) = set(threading.enumerate()) - before
    del feed
    gc.collect()
    thread.join(timeout=10)
    assert not thread.is_alive()
