"""Columns that say what rows are for."""

from typing import Any

import numpy as np
import pytest

from mlp_scratch.data.division.split_column import TEST, TRAIN, VALIDATION, groups_of, roles_of
from mlp_scratch.errors import DataError


def words(*several: Any) -> np.ndarray:
    return np.array(several, object)


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        (words("train", "Training", " TRAIN"), [TRAIN] * 3),
        (words("train", "val", "valid", "Validation", "dev"), [TRAIN, *[VALIDATION] * 4]),
        (words("train", "test", "holdout"), [TRAIN, TEST, TEST]),
        (words("2", "0", "1", "2"), [2, 0, 1, 2]),
        (np.array([1.0, 0.0, 0.0]), [1, 0, 0]),
    ],
)
def test_what_rows_are_for(said: np.ndarray, roles: list[int]) -> None:
    found, line = roles_of(said, "part", "f.csv")
    assert found.tolist() == roles
    assert line.startswith("split: part ")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (words("train", "trial"), "data.split=part: 'trial' in row 2 does not say"),
        (words("train", "a\x1b[2J"), r"'a\\x1b\[2J' in row 2"),
        (words("train", ""), "'' in row 2"),
        (words("test", "val"), "no row is called train"),
        (words("1", "2"), "folds must be numbered 0 to k - 1"),
        (words("0", "0"), "folds must be numbered"),
        (words("0", "5000"), "folds must be numbered"),
        (words("0", "train"), "'0' in row 1"),
    ],
)
def test_other_words_are_named(said: np.ndarray, says: str) -> None:
    with pytest.raises(DataError, match=says):
        roles_of(said, "part", "f.csv")


def test_groups() -> None:
    assert groups_of(words("b", "a", "b"), "who", "f.csv").tolist() == [0, 1, 0]
    with pytest.raises(DataError, match="row 2 has no group"):
        groups_of(words("b", " "), "who", "f.csv")
