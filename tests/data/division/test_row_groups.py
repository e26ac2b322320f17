"""Groups and folds, by what scikit-learn's splitters guarantee."""

import itertools

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold

from mlp_scratch.data.division.fold_numbers import fold_numbers
from mlp_scratch.data.division.row_groups import group_folds, last_groups, split_groups
from mlp_scratch.errors import DataError

RNG = np.random.default_rng(0)
SIZES = {
    "alike": np.full(20, 10),
    "many small": RNG.integers(1, 4, 300),
    "of every size": RNG.integers(1, 40, 30),
    "one large": np.array([60, *[5] * 12]),
    "two": np.array([30, 10]),
    "rows of their own": np.ones(50, int),
}


def rows(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """strata, groups (n,): classes are rarer in some groups than in others; rows are mixed."""
    sizes = SIZES[kind]
    groups = RNG.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return (RNG.random(len(groups)) < (groups % 5 + 1) / 8).astype(np.intp), groups


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("kind", SIZES)
def test_no_group_is_torn_and_sizes_are_near(kind: str, fraction: float) -> None:
    strata, groups = rows(kind)
    rest, part = split_groups(strata, groups, fraction, seed=1)
    np.testing.assert_array_equal(np.sort(np.r_[rest, part]), np.arange(len(groups)))
    assert len(rest)
    assert len(part)
    assert not set(groups[rest]) & set(groups[part])
    off, smallest = abs(len(part) - fraction * len(groups)), SIZES[kind].min()
    sizes = np.sort(SIZES[kind])
    nearest = min(abs(sizes[:k].sum() - fraction * len(groups)) for k in range(1, len(sizes)))
    assert off <= nearest + smallest, "worse than to take the smallest ones"
    share, whole = strata[part].mean(), strata.mean()
    if kind in ("many small", "alike", "rows of their own"):
        assert abs(share - whole) < 0.05 + 0.5 / len(part)


def test_sizes_are_as_near_as_any_choice_of_groups() -> None:
    for seed in range(30):
        sizes = np.random.default_rng(seed).integers(1, 30, 8)
        groups = np.repeat(np.arange(8), sizes)
        strata = np.zeros(len(groups), np.intp)
        wanted = 0.3 * len(groups)
        _, part = split_groups(strata, groups, 0.3, seed)
        choices = itertools.chain(*(itertools.combinations(sizes, k) for k in range(1, 8)))
        assert abs(len(part) - wanted) <= min(abs(sum(c) - wanted) for c in choices) + 2


def test_the_seed_decides() -> None:
    strata, groups = rows("alike")
    first = split_groups(strata, groups, 0.2, 5)[1]
    np.testing.assert_array_equal(first, split_groups(strata, groups, 0.2, 5)[1])
    assert any(not np.array_equal(first, split_groups(strata, groups, 0.2, s)[1]) for s in (6, 7))


def test_groups_in_order_of_time() -> None:
    groups = np.repeat(np.arange(10), 5)
    rest, part = last_groups(groups, 0.2)
    np.testing.assert_array_equal(part, np.arange(40, 50))
    np.testing.assert_array_equal(rest, np.arange(40))
    assert last_groups(groups, 0.01)[1].tolist() == list(range(45, 50))


@pytest.mark.parametrize("split", [split_groups, lambda y, g, f, s: last_groups(g, f)])
def test_one_group_cannot_be_split(split: object) -> None:
    with pytest.raises(DataError, match="1 group only"):
        split(np.zeros(9, np.intp), np.zeros(9, np.intp), 0.3, 0)  # type: ignore[operator]


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize("kind", ["alike", "many small", "of every size", "rows of their own"])
def test_folds_of_groups(kind: str, k: int) -> None:
    """At least as even as scikit-learn's, whose folds are of the same kind."""
    strata, groups = rows(kind)
    folds = group_folds(strata, groups, k, seed=0)
    assert all(len(set(folds[groups == g])) == 1 for g in set(groups))
    theirs = [v for _, v in StratifiedGroupKFold(k).split(strata, strata, groups)]
    ours = [np.flatnonzero(folds == f) for f in range(k)]
    spread, other = (np.ptp([len(v) for v in some]) for some in (ours, theirs))
    assert spread <= max(other, 0.1 * len(groups) / k)
    shares, others = (np.ptp([strata[v].mean() for v in some]) for some in (ours, theirs))
    assert shares <= max(others, 0.1)


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
