"""Which rows are trained on and which only judge: a split that keeps the classes' proportions."""

import numpy as np

from mlp_scratch.errors import DataError

_STREAM = 0x51  # keeps this stream of random numbers apart from others with the same seed


def split_validation(
    labels: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """labels (n,) of 0..k-1 -> sorted row numbers (train, validation), together all n rows.

    The validation part has round(n * fraction) rows, at least one when the fraction is above 0,
    fewer where a class would be lost from training. Each class gives its share, rounded by largest
    remainders; a class of two rows or more stands in both parts if the sizes allow it, and a class
    of one row stays in training. Depends on the arguments only.
    """
    n = len(labels)
    if not 0 <= fraction < 1:
        raise DataError(f"a validation or test fraction must be in [0, 1), got {fraction:g}")
    if fraction == 0:
        return np.arange(n), np.arange(0)
    if n < 2:
        raise DataError(f"fraction {fraction:g} of {n} rows: it takes 2 or more to split")
    counts = np.bincount(labels)
    shares = _shares(counts, fraction, min(max(1, round(n * fraction)), n - 1))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,)))
    order = rng.permutation(n)
    narrow = np.min_scalar_type(len(counts))  # which NumPy sorts in one pass over it if it can
    by_class = order[np.argsort(labels.astype(narrow)[order], kind="stable")]  # each shuffled
    # of each class the first of its rows in ``by_class``
    starts = np.cumsum(counts) - counts - (np.cumsum(shares) - shares)
    chosen = np.zeros(n, bool)
    chosen[by_class[np.arange(shares.sum()) + np.repeat(starts, shares)]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _shares(counts: np.ndarray, fraction: float, total: int) -> np.ndarray:
    """How many rows each class gives, ``total`` in all or as many as can be."""
    wanted = counts * fraction
    most = np.maximum(counts - 1, 0)  # training keeps a row of each class
    if not most.any():
        most = counts  # unless no class has two
    total = min(total, int(most.sum()))
    least = np.minimum(most, 1) if np.count_nonzero(most) <= total else np.zeros_like(counts)
    shares = np.clip(np.floor(wanted).astype(np.int64), least, most)
    while shares.sum() < total:
        shares[np.argmax(np.where(shares < most, wanted - shares, -np.inf))] += 1
    while shares.sum() > total:
        shares[np.argmax(np.where(shares > least, shares - wanted, -np.inf))] -= 1
    return shares
