"""Cross-validation: which of k folds each training row is in. Each fold validates once."""

import numpy as np

from mlp_scratch.data.division.row_groups import group_folds
from mlp_scratch.errors import DataError

_STREAM = 0x53  # keeps this stream of random numbers apart from others with the same seed


def fold_numbers(
    strata: np.ndarray, groups: np.ndarray | None, k: int, seed: int, shuffle: bool
) -> np.ndarray:
    """The fold (n,) of each row, 0..k-1; strata (n,) of 0..c-1 are the classes.

    Folds differ by one row at most, and in each class too (as scikit-learn's StratifiedKFold).
    groups (n,): rows that share a fold, see ``row_groups.py``. shuffle=False: k blocks in the
    order of the rows, nothing drawn (as its KFold). Raises DataError for more folds than rows.
    """
    n = len(strata)
    if n < k:
        raise DataError(f"training.folds={k}: there are {n} training rows only")
    if not shuffle:
        if groups is not None:
            raise DataError(
                "data.group: does not go with training.folds and data.shuffle=false; take one of "
                "the three out"
            )
        return np.repeat(np.arange(k), n // k + (np.arange(k) < n % k))
    if groups is not None:
        return group_folds(strata, groups, k, seed)
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,))).permutation(n)
    by_class = order[np.argsort(strata[order], kind="stable")]
    fold = np.empty(n, np.intp)
    fold[by_class] = np.arange(n) % k  # dealt out like cards, class after class
    return fold
