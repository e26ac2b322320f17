"""From rows on the shelf to a batch on the bench: the order of an epoch, and one gathering copy."""

import numpy as np

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.table_rows import Features

_STREAM = 0x0E  # keeps this stream of random numbers apart from others with the same seed
_BALANCED_STREAM = 0xBA


def epoch_order(seed: int, epoch: int, n: int) -> np.ndarray:
    """A permutation of 0..n-1, a pure function of its arguments: resuming needs no state."""
    sequence = np.random.SeedSequence(seed, spawn_key=(_STREAM, epoch))
    return np.random.default_rng(sequence).permutation(n)


def balanced_order(seed: int, epoch: int, labels: np.ndarray) -> np.ndarray:
    """Numbers of n rows drawn with replacement: first a class, each alike, then one of its rows.

    labels (n,) of 0..k-1; a class without rows is never drawn. PyTorch's ``WeightedRandomSampler``
    with the classes' inverse counts draws from the same distribution. A pure function, as above.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(_BALANCED_STREAM, epoch))
    rng = np.random.default_rng(sequence)
    by_class = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    starts = np.cumsum(counts) - counts
    classes = np.flatnonzero(counts)[rng.integers(np.count_nonzero(counts), size=len(labels))]
    return by_class[starts[classes] + rng.integers(counts[classes])]


def batches_per_epoch(n: int, batch_size: int | None, drop_last: bool) -> int:
    """Steps in an epoch over ``n`` rows (``batch_size`` None: one step)."""
    if batch_size is None:
        return 1
    return max(1, n // batch_size) if drop_last else -(-n // batch_size)


def gather(
    x: Features, rows: np.ndarray, normalizer: Normalizer, raw: np.ndarray, out: np.ndarray
) -> np.ndarray:
    """The rows of x, normalized, in ``out[:len(rows)]``, which is returned; ``raw`` is overwritten.

    Shapes: x (n, f), rows (batch,) of valid row numbers, raw (capacity, f) with the dtype of x,
    out (capacity, f) with the dtype of the network.
    """
    b = len(rows)
    if b and rows[-1] - rows[0] == b - 1 and (np.diff(rows) == 1).all():  # full batch, mostly
        return normalizer.apply(x[rows[0] : rows[-1] + 1], out[:b])
    if normalizer.kind == "none" and x.dtype == out.dtype:
        return x.take(rows, axis=0, out=out[:b], mode="clip")
    # mode="clip" because mode="raise" fills a hidden copy first, in case it has to raise
    x.take(rows, axis=0, out=raw[:b], mode="clip")
    return normalizer.apply(raw[:b], out[:b])
