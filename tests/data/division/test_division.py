"""Which rows train, validate and test: columns that say it, groups, order, limits, folds."""

from typing import Any

import numpy as np
import pytest

from mlp_scratch.data.dataset import Dataset, Examples, Parsed, assemble
from mlp_scratch.data.division.division import divided, validation_rows
from mlp_scratch.errors import DataError


def words(*several: Any) -> np.ndarray:
    return np.array(several, object)


def data(n: int = 100, classes: int = 2, y: Any = None, **more: Any) -> Dataset:
    """Rows whose only feature is their number."""
    y = np.arange(n) % classes if y is None else y
    x = np.arange(n, dtype=np.float32)[:, None]
    return assemble("made", Parsed(Examples(x, y, "f.csv"), **more))


def numbers(x: np.ndarray | None) -> list[int]:
    assert x is not None
    return x[:, 0].astype(int).tolist()


def test_a_column_says_it_all() -> None:
    part = np.array(["train", "val", "test", "train"] * 25, object)
    made = divided(data(split=(part, "part")), 0.1, 0, True, None)
    assert numbers(made.x_test) == list(range(2, 100, 4))
    train, validation = validation_rows(made, 0.3, 0, True, None, None)
    assert numbers(made.x_train[validation]) == list(range(1, 100, 4))
    assert numbers(made.x_train[train]) == sorted([*range(0, 100, 4), *range(3, 100, 4)])
    assert made.notes[-1] == "split: part says 50 rows train, 25 validation, 25 test"


def test_nothing_is_drawn_from_rows_that_are_said_to_train() -> None:
    part = np.array(["train", "val"] * 50, object)
    assert divided(data(split=(part, "part")), 0.1, 0, True, None).x_test is None


@pytest.mark.parametrize("fold", range(4))
def test_a_column_of_folds(fold: int) -> None:
    made = divided(data(split=(np.arange(100) % 4, "fold")), 0.1, 0, True, None)
    for folds in (4, None):
        train, validation = validation_rows(made, 0.1, 0, True, folds, fold)
        assert numbers(made.x_train[validation]) == list(range(fold, 100, 4))
        assert train is not None
        assert len(train) == 75


def test_time_order() -> None:
    made = divided(data(), 0.2, 0, False, None)
    assert numbers(made.x_test) == list(range(80, 100))
    train, validation = validation_rows(made, 0.1, 7, False, None, None)
    assert train is not None
    assert (train.tolist(), validation.tolist()) == (list(range(72)), list(range(72, 80)))
    assert numbers(divided(data(), 0.2, 0, False, 30).x_train) == list(range(50, 80))


def test_groups_stay_whole_from_the_test_to_the_folds() -> None:
    who = np.arange(100) // 4
    made = divided(data(group=(who, "who")), 0.2, 0, True, None)
    assert made.groups_train is not None
    test = set(np.array(numbers(made.x_test)) // 4)
    assert len(test) == 5
    assert not test & set(made.groups_train)
    for rows in (
        [validation_rows(made, 0.25, 3, True, None, None)],
        [validation_rows(made, 0.1, 3, True, 5, fold) for fold in range(5)],
    ):
        for train, validation in rows:
            assert train is not None
            assert not set(made.groups_train[train]) & set(made.groups_train[validation])
            assert len(validation) in (16, 20)
    said = "group: who makes 25 groups, none of which is torn apart"
    assert made.notes[-1] == said
    torn = data(group=(who, "who"), split=(words(*["train", "test"] * 50), "part"))
    assert torn.notes[-1] == "group: who makes 25 groups, 25 of which data.split tears apart"


def test_a_limit_keeps_the_classes_and_depends_on_its_own_seed() -> None:
    made = divided(data(300, 3), 0.1, 0, True, 30)
    assert np.bincount(made.y_train).tolist() == [10, 10, 10]
    assert len(numbers(made.x_test)) == 30
    again = divided(data(300, 3), 0.1, 0, True, 30)
    assert numbers(made.x_train) == numbers(again.x_train)
    assert made.digest == again.digest != divided(data(300, 3), 0.1, 0, True, None).digest
    assert made.notes[-1] == "data.limit=30: of 270 rows to train on (drawn, seed 0)"
    assert divided(data(300, 3), 0.1, 0, True, 270).notes == data(300, 3).notes
    part = np.array(["train", "val"] * 50, object)
    kept = divided(data(split=(part, "part")), 0, 0, True, 10)
    assert np.bincount(-np.asarray(kept.roles_train)).tolist() == [0, 10, 50]


@pytest.mark.parametrize("folds", [2, 5])
def test_folds_are_disjoint_and_cover_all_training_rows(folds: int) -> None:
    made = divided(data(103), 0.1, 0, True, None)
    parts = [validation_rows(made, 0.1, 4, True, folds, f) for f in range(folds)]
    joined = np.sort(np.concatenate([validation for _, validation in parts]))
    np.testing.assert_array_equal(joined, np.arange(len(made.y_train)))
    for train, validation in parts:
        assert train is not None
        assert sorted([*train, *validation]) == joined.tolist()


OWN = {"val": Examples(np.ones((5, 1)), np.arange(5) % 2, "v.csv")}
SPLIT = {"split": (np.array(["train", "val", "test", "train"] * 25, object), "part")}
FOLDS = {"split": (np.arange(100) % 4, "fold")}


@pytest.mark.parametrize(
    ("parts", "folds", "fold", "says"),
    [
        (OWN | SPLIT, None, None, "data.split says which rows validate"),
        (OWN | FOLDS, None, None, "data.split says which rows validate"),
        (OWN, 5, 0, "training.fold=0: the data has validation rows of its own"),
        (SPLIT, 5, 0, "training.fold=0: the data has validation rows of its own"),
        (FOLDS, None, None, "data.split has 4 folds: training.folds=4 validates"),
        (FOLDS, 5, 0, "training.folds=5: data.split has 4 folds"),
        (FOLDS, None, 4, "training.fold=4: there are folds 0 to 3"),
        ({}, None, 2, "training.fold=2: of how many"),
    ],
)
def test_what_contradicts(parts: dict, folds: int | None, fold: int | None, says: str) -> None:
    made = divided(data(**parts), 0.1, 0, True, None)
    with pytest.raises(DataError, match=says):
        validation_rows(made, 0.1, 0, True, folds, fold)


def test_test_rows_are_said_once() -> None:
    tested = {"test": Examples(np.ones((5, 1)), np.arange(5) % 2, "t.csv")}
    with pytest.raises(DataError, match="names test rows, and there are others"):
        divided(data(**SPLIT, **tested), 0.1, 0, True, None)
    with pytest.raises(DataError, match="has 3 classes"):
        divided(data(90, 3), 0.1, 0, True, 2)


@pytest.mark.parametrize("part", ["test", "val"])
def test_a_class_that_cannot_be_learned_is_named(part: str) -> None:
    where = {"test": "test", "val": "validation"}[part]
    more = {part: Examples(np.ones((4, 1)), np.array([0, 1, 7, 7]), "o.csv")}
    assert data(**more).notes[-1] == (
        f"in the {where} rows but not in the training rows, so it cannot be learned: "
        "class 7 (2 rows)"
    )


@pytest.mark.parametrize(
    ("sorted_by_class", "shuffle"), [(True, False), (False, False), (True, True)]
)
def test_a_sorted_file_is_said_where_nothing_is_drawn(sorted_by_class: bool, shuffle: bool) -> None:
    y = np.arange(90) // 30 if sorted_by_class else np.arange(90) % 3
    found = divided(data(90, y=y), 0.2, seed=0, shuffle=shuffle, limit=None)
    said = [note for note in found.notes if "sorted" in note]
    line = (
        "data.shuffle=false: the last 18 rows are the test, and show 1 of 3 classes; is the file "
        "sorted by them?"
    )
    assert said == ([line] if sorted_by_class and not shuffle else [])
