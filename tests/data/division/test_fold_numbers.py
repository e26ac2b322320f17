"""Folds, by what scikit-learn's splitters guarantee."""

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedKFold

from mlp_scratch.data.division.fold_numbers import fold_numbers
from mlp_scratch.errors import DataError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n", [10, 101, 23])
@pytest.mark.parametrize("k", [2, 5, 10])
def test_folds_keep_the_classes(n: int, k: int) -> None:
    """As scikit-learn's: each row once, sizes and counts of a class differ by one at most."""
    strata = RNG.integers(0, 3, n)
    folds = fold_numbers(strata, None, k, seed=0, shuffle=True)
    table = np.stack([np.bincount(strata[folds == f], minlength=3) for f in range(k)])
    assert table.sum() == n
    assert np.ptp(table.sum(axis=1)) <= 1
    assert (np.ptp(table, axis=0) <= 1).all()
    if np.bincount(strata).min() >= k:
        split = StratifiedKFold(k, shuffle=True, random_state=0).split(strata, strata)
        theirs = np.stack([np.bincount(strata[v], minlength=3) for _, v in split])
        np.testing.assert_array_equal(np.sort(table, axis=0), np.sort(theirs, axis=0))
    np.testing.assert_array_equal(folds, fold_numbers(strata, None, k, 0, True))
    assert n < 12 or not np.array_equal(folds, fold_numbers(strata, None, k, 1, True))


@pytest.mark.parametrize("n", [10, 101, 23])
def test_folds_in_order_are_those_of_kfold(n: int) -> None:
    folds = fold_numbers(np.zeros(n, np.intp), None, 5, seed=0, shuffle=False)
    for f, (_, validation) in enumerate(KFold(5).split(np.zeros(n))):
        np.testing.assert_array_equal(np.flatnonzero(folds == f), validation)


@pytest.mark.parametrize(
    ("groups", "k", "shuffle", "says"),
    [
        (None, 11, True, "training.folds=11: there are 10 training rows"),
        (np.arange(10) // 5, 3, True, "training.folds=3: there are 2 groups"),
        (np.arange(10) // 2, 2, False, "does not go with training.folds and data.shuffle=false"),
    ],
)
def test_impossible_folds(groups: np.ndarray | None, k: int, shuffle: bool, says: str) -> None:
    with pytest.raises(DataError, match=says):
        fold_numbers(np.zeros(10, np.intp), groups, k, 0, shuffle)
