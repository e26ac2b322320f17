"""The ranges of keys that no object checks when it is made of them."""

import numpy as np
import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.ranges import RANGES
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.step_workers import thread_count
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import kernels
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.parametrization import MaximalUpdate
from mlp_scratch.nn.range_checks import HyperparameterError

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


def network(sizes=(4, 5, 5, 3), activation=None, **arguments) -> None:
    activation = activation or ACTIVATIONS["relu"]()
    Network(sizes, activation, rng=np.random.default_rng(0), **arguments)


@pytest.mark.parametrize(
    ("word", "make"),
    [
        ("model.layers=[4]", lambda: network([4])),
        ("model.layers=[4,10000001,3]", lambda: network([4, 10_000_001, 3])),
        ("model.init=he_nromal", lambda: network(initializer="he_nromal")),
        ("model.residual=plian", lambda: network(residual="plian")),
        ("model.activations=[relu]", lambda: network(activation=[ACTIVATIONS["relu"]()])),
        ("regularization.dropout=[0.1]", lambda: network(dropout=[0.1])),
        ("model.base_width=0", lambda: MaximalUpdate(base_width=0, scale_free=True)),
        ("model.base_width=10000001", lambda: MaximalUpdate(base_width=10**7 + 1, scale_free=True)),
        ("training.kernels=slow", lambda: kernels("slow")),
        ("training.threads=1025", lambda: thread_count(1025, 64, 100)),
        ("data.normalize=unt", lambda: Normalizer("unt")),
    ],
)
def test_config_and_object_say_the_same(word: str, make) -> None:
    with pytest.raises(HyperparameterError) as by_object:
        make()
    with pytest.raises(ConfigError) as by_config:
        compose_config([word])
    said = str(by_config.value)
    assert said.startswith(word.partition("=")[0])
    assert by_object.value.rule in said


def test_both_norms_are_refused_alike() -> None:
    with pytest.raises(HyperparameterError) as by_object:
        network(batch_norm=True, layer_norm=True)
    with pytest.raises(ConfigError, match=by_object.value.rule):
        compose_config(["model.batch_norm=true", "model.layer_norm=true"])
