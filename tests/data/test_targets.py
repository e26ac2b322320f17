"""What a target is taken for, and what cannot be learned."""

import numpy as np
import pytest

from mlp_scratch.data.targets import encode_targets
from mlp_scratch.errors import DataError


def words(*labels: str) -> np.ndarray:
    return np.array(labels, object)


RNG = np.random.default_rng(0)
MANY = np.repeat(np.arange(30), 10)  # 30 whole numbers, ten rows of each

DECIDED = {
    "words": (words("cat", "dog"), "classification", "holds words"),
    "booleans": (np.array([True, False] * 5), "classification", "is true or false"),
    "whole numbers as text": (words("1", "10", "9", "1"), "classification", "3 different whole"),
    "decimals as text": (words("1.5", "2", "3"), "regression", "numbers with decimals"),
    "1.0 is whole": (np.array([1.0, 2.0, 1.0]), "classification", "2 different whole numbers"),
    "decimals": (np.array([1.0, 2.5, 1.0]), "regression", "numbers with decimals"),
    "20 whole numbers": (np.arange(40) % 20, "classification", "20 different whole numbers"),
    "30, ten rows each": (MANY, "classification", "each in 10 rows or more"),
    "30, one with nine": (MANY[1:], "regression", "some in fewer than 10 rows"),
    "a number a row": (np.arange(90)[::-1], "regression", "one in each row (is it an id?"),
    "0 and 1 in columns": (np.array([[0, 1], [1, 1], [0, 0]]), "multilabel", "are 0 and 1"),
    "one 1 a row": (np.eye(3, dtype=int)[[0, 1, 2, 0]], "classification", "one 1 in each row"),
    "numbers in columns": (np.array([[0.5, 1], [2, 3]]), "regression", "hold numbers"),
}


@pytest.mark.parametrize("what", DECIDED)
def test_auto(what: str) -> None:
    labels, task, reason = DECIDED[what]
    found = encode_targets([(labels, "file")])
    assert found.task == task
    assert found.notes[0].startswith(f"task: {task}, for ")
    assert reason in found.notes[0]
    assert "task=" in found.notes[0]  # how to overrule it


def test_whole_numbers_of_images_are_classes() -> None:
    found = encode_targets([(np.arange(60) % 25, "file")], images=True)
    assert found.task == "classification"
    assert len(found.class_names) == 25


@pytest.mark.parametrize(
    ("labels", "task", "y"),
    [
        (words("3", "1", "3"), "classification", [1, 0, 1]),
        (words("3", "1", "3"), "regression", [[3.0], [1.0], [3.0]]),
        (np.array([[0, 1], [1, 0]]), "classification", [1, 0]),
        (np.array([[0, 1], [1, 0]]), "multilabel", [[0.0, 1.0], [1.0, 0.0]]),
        (np.array([[0, 1], [1, 0]]), "regression", [[0.0, 1.0], [1.0, 0.0]]),
        (np.array([0, 1, 0]), "multilabel", [[0.0], [1.0], [0.0]]),
        (words("a", "a"), "autoencoder", [0, 0]),
    ],
)
def test_what_is_asked_for_is_done(labels: np.ndarray, task: str, y: list) -> None:
    found = encode_targets([(labels, "file")], task)
    assert found.task == task
    np.testing.assert_array_equal(found.arrays[0], y)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("1.0", "1", "2."), ("1", "2")),  # one class, written in two ways that nobody mistakes
        (("1_0", "10", "x"), ("10", "1_0", "x")),
        (("1_0", "10", "9"), ("10", "1_0", "9")),  # Python takes the first for 10
        (("٣", "3", "3"), ("3", "٣")),
    ],
)
def test_which_labels_are_one_class(labels: tuple, names: tuple) -> None:
    assert encode_targets([(words(*labels), "file")]).class_names == names


def test_names_and_test_rows() -> None:
    train, test = np.array([[1.5, 2], [3, 4]]), np.array([[5, 6.5]])
    found = encode_targets([(train, "a"), (test, "b")], names=("width", "height"))
    assert found.names == ("width", "height")
    np.testing.assert_array_equal(found.arrays[1], test)
    assert found.class_names == ()


REFUSED = {
    "one class": (words("a", "a", "a"), "auto", "is 'a' in every row"),
    "one number": (np.full(5, 2.5), "auto", "'y' is 2.5 in every row"),
    "one of several": (np.array([[1.5, 2], [3, 2]]), "auto", "'y2' is 2 in every row"),
    "a word a row": (words(*map(str, range(200)), "x"), "auto", "201 different labels in 201 rows"),
    "a number of the row": (np.arange(7, 97), "auto", "'y' counts the rows, from 7 to 96: an id"),
    "1e1 and 10": (words("1e1", "10", "3"), "auto", "'10' and '1e1' are the same number"),
    "01 and 1": (words("01", "1", "3"), "auto", "the labels '01' and '1' are the same number"),
    "an id as class": (np.arange(90), "classification", "90 different labels in 90 rows"),
    "words as numbers": (words("1", "two"), "regression", "'y' of row 2 is 'two': it is not a"),
    "words in columns": (np.array([["a", "1"]], object), "auto", "must be numbers; words are"),
    "2 as a label": (np.array([[0, 2], [1, 1]]), "multilabel", "'y2' of row 1 is '2.0': it is nei"),
    "no row of labels": (np.array(3), "auto", "must be (n,) or (n, k) alike, got ()"),
    "no columns": (np.zeros((3, 0)), "auto", "must be (n,) or (n, k) alike, got (3, 0)"),
    "no one-hot": (np.array([[1, 1], [0, 1]]), "classification", "0 but for one 1 in each row"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_learned(what: str) -> None:
    labels, task, message = REFUSED[what]
    with pytest.raises(DataError) as error:
        encode_targets([(labels, "file")], task)
    assert message in str(error.value)
    assert str(error.value).startswith("file: ")


def test_a_class_with_one_row_is_said() -> None:
    found = encode_targets([(words("a", "a", "b", "b", "c"), "file")])
    assert "one row only: class c;" in found.notes[1]
