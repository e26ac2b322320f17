"""From the section ``model`` to the parts of a network."""

import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.structure import structure_of
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.optimizers import OPTIMIZERS, SGD


def test_an_activation_of_the_list_has_the_values_of_the_section_or_of_its_yaml():
    words = ["model.activations=[elu,leaky_relu]", "activation=elu", "activation.alpha=0.5"]
    assert structure_of(compose_config(words))["activations"] == [
        {"name": "elu", "alpha": 0.5},
        {"name": "leaky_relu", "negative_slope": 0.01},
    ]


def test_an_activation_of_ones_own_in_the_list(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "mine", ACTIVATIONS["tanh"])
    config = compose_config(["model.activations=[mine,relu]"])
    assert structure_of(config)["activations"] == [{"name": "mine"}, {"name": "relu"}]
    monkeypatch.setitem(ACTIVATIONS, "mine", ACTIVATIONS["elu"])
    with pytest.raises(ConfigError, match=r"model.activations\[0\]=mine: has hyperparameters"):
        structure_of(config)


def test_mup_asks_the_optimizer(monkeypatch):
    own = type("Own", (), {"__init__": SGD.__init__, "step": SGD.step})
    monkeypatch.setitem(OPTIMIZERS, "sgd", own)
    compose_config(["optim=sgd"])
    with pytest.raises(ConfigError, match="mup: does not know how optim=sgd"):
        compose_config(["optim=sgd", "model.parametrization=mup"])
    own.scale_free = False
    compose_config(["optim=sgd", "model.parametrization=mup"])
