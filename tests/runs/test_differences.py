import pytest

from mlp_scratch.runs.differences import (
    canonical,
    describe,
    differences,
    differing_keys,
    varying_keys,
)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [(1, 1.0, True), ([1, 2], (1, 2.0), True), (True, 1, False), ("1", 1, False), (None, "", False),
     (0.1, 0.1 + 1e-12, False), ([1, [2]], [1, 2], False)],
)  # fmt: skip
def test_canonical(a, b, same):
    assert (canonical(a) == canonical(b)) is same


@pytest.mark.parametrize(
    ("configs", "keys"),
    [
        ([{"seed": 0, "a": 1}, {"seed": 1, "a": 1}], ["seed"]),
        ([{"optim.lr": 0.1}, {"optim.lr": 0.1}], []),
        ([], []),
        ([{"a": 1}], []),
        ([{"a": 1}, {}], ["a"]),
        # beta1 came along with adam
        ([{"optim.name": "adam", "optim.beta1": 0.9}, {"optim.name": "sgd"}], ["optim.name"]),
        # but here it was varied
        (
            [
                {"optim.name": "adam", "optim.beta1": 0.9},
                {"optim.name": "adam", "optim.beta1": 0.8},
                {"optim.name": "sgd"},
            ],
            ["optim.name", "optim.beta1"],
        ),
        # a value that both have is shown even when the optimizer decides it
        (
            [{"optim.name": "adam", "optim.lr": 0.001}, {"optim.name": "sgd", "optim.lr": 0.1}],
            ["optim.name", "optim.lr"],
        ),
        ([{"data.dir": "a"}, {"data.dir": "b"}], []),
        # labels
        ([{"name": "a", "data.path": "a.csv"}, {"name": "b", "data.path": "b.csv"}], []),
        ([{"training.threads": 1, "tracking.name": "none"}, {"tracking.name": "mlflow"}], []),
    ],
)
def test_varying_keys(configs, keys):
    assert varying_keys(configs) == keys


@pytest.mark.parametrize(
    ("configs", "keys"),
    [
        ([{"optim": "sgd", "seed": 0, "name": "x"}, {"optim": "adam", "seed": 0, "name": "x"}],
         ["optim"]),
        ([{"a": 1}, {"b": 1}], ["a", "b"]),
        ([{"name": "x", "data.dir": "a"}, {"name": "y", "data.dir": "b"}], ["name", "data.dir"]),
        ([{"a": 1}], []),
    ],
)  # fmt: skip
def test_differing_keys_know_nothing_of_what_they_are_for(configs, keys):
    assert differing_keys(configs) == keys


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"optim.name": "adam", "optim.lr": 0.01}, "adam, lr 0.01"),
        ({"model.layers": [784, 10]}, "layers [784,10]"),
        ({"name": "mine", "seed": 3}, "mine, seed 3"),
        ({"name": None, "seed": 3}, "seed 3"),
        ({"a.alpha": 1, "b.alpha": 2}, "a.alpha 1, b.alpha 2"),
        ({"augment.name": "none", "average.name": "ema"}, "augment none, ema"),
        ({}, ""),
    ],
)
def test_describe(config, text):
    assert describe(config, list(config)) == text


def test_differences_side_by_side():
    first = {"seed": 0, "optim.name": "adam", "optim.beta1": 0.9, "a": None}
    second = {"seed": 1, "optim.name": "adam", "b": 2, "a": None}
    assert differences(first, second) == [
        ("seed", "0", "1"), ("optim.beta1", "0.9", "–"), ("b", "–", "2"),
    ]  # fmt: skip
