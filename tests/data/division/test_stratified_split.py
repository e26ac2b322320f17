"""The split into training and validation rows."""

import numpy as np
import pytest

from mlp_scratch.data.division.stratified_split import split_validation
from mlp_scratch.errors import DataError

LABELS = np.random.default_rng(0).permutation(np.repeat(np.arange(4), (50, 30, 15, 5)))


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.25, 0.5, 0.9, 0.999])
def test_parts_together_are_all_rows_once(fraction: float) -> None:
    train, validation = split_validation(LABELS, fraction, seed=3)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, validation])), np.arange(100))
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()


@pytest.mark.parametrize(
    ("fraction", "shares"),
    [
        (0.1, [5, 3, 1, 1]),  # 5, 3, 1.5 and 0.5 rows wanted; every class is shown
        (0.2, [10, 6, 3, 1]),
        (0.5, [25, 15, 8, 2]),  # 7.5 and 2.5: one of the halves is rounded up
        (0.04, [1, 1, 1, 1]),  # as many rows as classes: one each
        (0.02, [1, 1, 0, 0]),  # too few for every class
        (0.999, [49, 29, 14, 4]),  # every class keeps a row to learn from
    ],
)
def test_classes_keep_their_proportions(fraction: float, shares: list[int]) -> None:
    _, validation = split_validation(LABELS, fraction, seed=0)
    counts = np.bincount(LABELS[validation], minlength=4)
    assert counts.tolist() == shares


def test_mnist_sizes() -> None:
    labels = np.arange(60_000) % 10
    train, validation = split_validation(labels, 0.1, seed=0)
    assert (len(train), len(validation)) == (54_000, 6_000)
    assert np.bincount(labels[validation]).tolist() == [600] * 10


def test_depends_on_the_seed() -> None:
    first = split_validation(LABELS, 0.2, seed=7)[1]
    np.testing.assert_array_equal(first, split_validation(LABELS, 0.2, seed=7)[1])
    assert not np.array_equal(first, split_validation(LABELS, 0.2, seed=8)[1])


def test_rows_of_a_class_are_drawn_alike() -> None:
    """Each of the 30 rows of class 1 is drawn with probability 0.2: 40 times in 200, sd 5.7."""
    rows = np.flatnonzero(LABELS == 1)
    drawn = np.zeros(100)
    for seed in range(200):
        drawn[split_validation(LABELS, 0.2, seed)[1]] += 1
    assert drawn[rows].sum() == 200 * 6
    assert drawn[rows].min() > 15
    assert drawn[rows].max() < 65


def test_fraction_zero_takes_nothing() -> None:
    train, validation = split_validation(LABELS, 0, seed=0)
    assert len(validation) == 0
    np.testing.assert_array_equal(train, np.arange(100))


def test_a_single_row_of_a_class_stays_in_training() -> None:
    labels = np.array([0] * 9 + [1])
    _, validation = split_validation(labels, 0.5, seed=0)
    assert len(validation) == 5
    assert 9 not in validation


def test_classes_of_one_row_are_split_when_there_is_nothing_else() -> None:
    train, validation = split_validation(np.arange(10), 0.3, seed=0)
    assert (len(train), len(validation)) == (7, 3)


def test_a_missing_class_is_no_trouble() -> None:
    labels = np.repeat([0, 2], 10)
    _, validation = split_validation(labels, 0.2, seed=0)
    assert np.bincount(labels[validation]).tolist() == [2, 0, 2]


def test_something_is_always_taken_and_left() -> None:
    labels = np.zeros(3, int)
    assert len(split_validation(labels, 0.001, seed=0)[1]) == 1
    assert len(split_validation(labels, 0.999, seed=0)[0]) == 1


@pytest.mark.parametrize("fraction", [1, 1.5, -0.1, float("nan")])
def test_impossible_fractions_are_refused(fraction: float) -> None:
    with pytest.raises(DataError, match=r"must be in \[0, 1\)"):
        split_validation(LABELS, fraction, seed=0)


def test_one_row_cannot_be_split() -> None:
    with pytest.raises(DataError, match="of 1 rows"):
        split_validation(np.array([0]), 0.5, seed=0)
