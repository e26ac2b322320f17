"""The ranges of keys that no object checks when it is made of them."""

import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.ranges import RANGES
from mlp_scratch.errors import ConfigError

OUT_OF_RANGE = [
    # what was typed, and what the answer must contain: key, value, rule or nearest name
    ("training.epochs=-1", ["training.epochs=-1", "at least 0"]),
    ("regularization.l2=-1", ["regularization.l2=-1", "at least 0"]),
    ("regularization.max_norm=0", ["regularization.max_norm=0", "greater than 0"]),
    ("optim.lr=-1", ["optim.lr=-1", "greater than 0"]),
    ("optim.lr=0", ["optim.lr=0", "greater than 0"]),
    ("optim.lr=nan", ["optim.lr=nan", "greater than 0"]),
    ("training.validation_fraction=1", ["training.validation_fraction=1", "[0, 1)"]),
    ("training.early_stopping.metric=loss", ["early_stopping.metric=loss", "val_loss"]),
    ("training.batch_size=0", ["training.batch_size=0", "full"]),
    ("training.batch_size=half", ["training.batch_size=half", "full"]),
    ("training.threads=0", ["training.threads=0", "auto"]),
    ("training.threads=1025", ["training.threads=1025", "from 1 to 1,024, or auto"]),
    ("training.eval_every=0", ["training.eval_every=0"]),
    ("training.kernels=fats", ["training.kernels=fats", "did you mean fast?"]),
    ("training.checkpoint_every_steps=0", ["training.checkpoint_every_steps=0", "at least 1"]),
    ("seed=-1", ["seed=-1"]),
    ("data.normalize=zscore", ["data.normalize=zscore", "standardize"]),
]


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(("typed", "parts"), OUT_OF_RANGE, ids=[m[0] for m in OUT_OF_RANGE])
def test_a_value_out_of_range(typed: str, parts: list[str]) -> None:
    assert typed.partition("=")[0] in RANGES
    with pytest.raises(ConfigError) as caught:
        compose_config([typed])
    message = str(caught.value)
    for part in parts:
        assert part in message
    assert len(message.splitlines()) <= 2
    assert len(message) < 500
