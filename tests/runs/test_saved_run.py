"""A network from a checkpoint is the one that was trained."""

from dataclasses import asdict

import numpy as np
import pytest

from mlp_scratch import NeuralNet
from mlp_scratch.config.absent_keys import ABSENT_MEANS
from mlp_scratch.config.compose import compose_config
from mlp_scratch.engine.checkpoint import read_checkpoint, write_checkpoint
from mlp_scratch.errors import CheckpointError
from mlp_scratch.runs.saved_run import network_of

RNG = np.random.default_rng(0)


X = RNG.standard_normal((200, 6)).astype(np.float32)


Y = (X[:, 0] > 0).astype(int)


PARTS = [
    {"layer_norm": True, "ln_eps": 0.01},
    {"layers": [6, 8, 8, 2], "residual": "plain", "batch_norm": True},
    {"layers": [6, 8, 8, 8, 2], "residual": "inverted", "layer_norm": True, "activation": "gelu"},
    {"activations": ["elu", "tanh"], "activation": {"name": "elu", "alpha": 0.5}},
    {"parametrization": "mup", "base_width": 2},
    {"parametrization": "mup", "base_width": 2, "optim": "sgd", "lr": 0.1, "layer_norm": True},
]


def trained(**settings):
    usual = {"layers": [6, 8, 4, 2], "epochs": 3, "batch_size": 20}
    return NeuralNet(**usual | settings).train(X, Y)


@pytest.mark.parametrize("settings", PARTS, ids=str)
def test_a_saved_network_is_the_trained_one(settings, tmp_path):
    net = trained(**settings)
    again = NeuralNet.load(net.save(tmp_path / "net.npz"))
    np.testing.assert_array_equal(again.predict_proba(X), net.predict_proba(X))
    assert again.config.model == net.config.model


def test_a_checkpoint_from_before_has_no_structure(tmp_path):
    """And says what every default says."""
    checkpoint = trained().checkpoint
    logits = network_of(checkpoint, "it").network.forward(X).copy()
    del checkpoint.meta["structure"]
    write_checkpoint(tmp_path / "old.npz", checkpoint)
    old = read_checkpoint(tmp_path / "old.npz")
    np.testing.assert_array_equal(network_of(old, "it").network.forward(X), logits)
    model = asdict(compose_config([]).model)
    new = {"activations", "layer_norm", "ln_eps", "residual", "parametrization", "base_width"}
    assert {key: model[key] for key in new} == {key: ABSENT_MEANS[f"model.{key}"] for key in new}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("structure", []),
        ("residual", "plian"),
        ("residual", "inverted"),
        ("layer_norm", 1),
        ("ln_eps", -1.0),
        ("activations", []),
        ("activations", [{"name": "relu"}]),
        ("activations", [{"name": "rely"}, {"name": "relu"}]),
        ("mup", {"base_width": 0, "scale_free": True}),
        ("mup", {"base_width": 2, "scale_free": True, "x": 1}),
    ],
)
def test_a_structure_that_does_not_fit_is_refused(tmp_path, key, value):
    checkpoint = trained().checkpoint
    if key == "structure":
        checkpoint.meta["structure"] = value
    else:
        checkpoint.meta["structure"][key] = value
    write_checkpoint(tmp_path / "odd.npz", checkpoint)
    with pytest.raises(CheckpointError):
        network_of(read_checkpoint(tmp_path / "odd.npz"), "it")
