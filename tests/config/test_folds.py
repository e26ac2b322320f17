"""Folds that are typed are a sweep, and a config is one of them."""

import pytest

from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.folds import with_folds
from mlp_scratch.errors import ConfigError


def test_folds_are_a_sweep() -> None:
    made = with_folds(parse_command_line(["training.folds=3", "optim.lr=0.1"]))
    assert made.multirun
    assert made.overrides == ["training.folds=3", "optim.lr=0.1", "training.fold=0,1,2"]
    assert "--multirun" in made.flags
    for words in (["training.folds=3", "training.fold=1"], ["training.folds=null"], ["seed=1"]):
        assert with_folds(parse_command_line(words)) == parse_command_line(words)
    swept = with_folds(parse_command_line(["-m", "training.folds=2", "optim.lr=.1,.2"]))
    assert swept.overrides[-1] == "training.fold=0,1"
    assert swept.flags == ("-m",)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["training.folds=1"], "must be a whole number from 2 to 1,000"),
        (["training.folds=x"], "must be a whole number from 2 to 1,000"),
        (["training.folds=3,5"], "one number of folds at a time"),
        (["training.folds=3", "hydra.run.dir=x"], "whose folder is hydra.sweep.dir"),
    ],
)
def test_what_is_no_number_of_folds(words: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        with_folds(parse_command_line(words))


def test_one_config_is_one_fold() -> None:
    with pytest.raises(ConfigError, match=r"training.folds=5: is one network .* cross_val_score"):
        compose_config(["training.folds=5"])
    with pytest.raises(ConfigError, match="there are training"):
        compose_config(["training.folds=5", "training.fold=5"])
