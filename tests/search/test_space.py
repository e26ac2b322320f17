"""A search's space: what is read, and what is refused."""

import re

import pytest

pytest.importorskip("optuna")

from mlp_scratch.errors import ConfigError
from mlp_scratch.search.space import corners, grid_of, grid_size, overrides_of, read_space


def test_a_space_is_read() -> None:
    same = {"training.drop_last": "false", "model.layers": "[null,8,null]"}
    space = read_space(
        {
            "optim": {"choices": ["sgd", "adam"], "lr": {"low": 1e-4, "high": 0.1, "log": True}},
            "training.batch_size": {"low": 16, "high": 64, "step": 16},
            "training.drop_last": {"choices": [False]},
            "model.layers": {"choices": [[None, 8, None]]},
        }
    )
    assert list(space) == ["optim", "optim.lr", "training.batch_size", *list(same)]
    assert overrides_of({"optim.lr": 0.1, "model.layers": "[null,8,null]", "seed": 3}) == [
        "optim.lr=0.1",
        "model.layers=[null,8,null]",
        "seed=3",
    ]
    assert corners(space) == [
        {"optim": "sgd", "optim.lr": 1e-4, "training.batch_size": 16, **same},
        {"optim": "adam", "optim.lr": 0.1, "training.batch_size": 64, **same},
    ]
    del space["optim.lr"]
    assert grid_of(space)["training.batch_size"] == [16, 32, 48, 64]
    assert grid_size(space) == 8


@pytest.mark.parametrize(
    ("plain", "part"),
    [
        ({}, "empty"),
        ({"optim.lr": 3}, "search.space.optim.lr=3: not a range"),
        ({"optim.lr": {"low": 1}}, "must be numbers"),
        ({"optim.lr": {"low": "a", "high": 2}}, "must be numbers"),
        ({"optim.lr": {"low": 2.0, "high": 1.0}}, "search.space.optim.lr"),
        ({"optim.lr": {"low": 0.0, "high": 1.0, "log": True}}, "search.space.optim.lr"),
        (
            {"optim.lr": {"low": 1, "high": 2, "lgo": True}},
            "optim.lr.lgo: no such key",
        ),
        ({"optim": {"choices": []}}, "choices must be a list"),
        ({"seed": {"choices": list(range(2000))}}, "search.space.seed: 2,000 choices"),
        ({"optim.lr": {"low": 0.1, "high": 1.0, "step": 1e-310}}, "search.space.optim.lr"),
    ],
)
def test_a_wrong_space_is_refused(plain: dict, part: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(part)):
        read_space(plain)


@pytest.mark.parametrize(
    ("plain", "part"),
    [
        ({"seed": {"low": 0, "high": 10**12}}, "search.space.seed.step=1: too small"),
        ({"optim.lr": {"low": 0.1, "high": 1.0, "step": 1e-9}}, "optim.lr.step=1e-09: too small"),
        ({k: {"low": 0, "high": 999} for k in "abcdefgh"}, "points; use tpe or random"),
    ],
)
def test_a_grid_without_end_is_refused(plain: dict, part: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(part)):
        grid_of(read_space(plain))
