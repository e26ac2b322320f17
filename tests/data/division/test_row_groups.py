"""Groups and folds, by what scikit-learn's splitters guarantee."""

import itertools

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

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
