"""The network's parts from the command line to the checkpoint, and back."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from running import Command

from mlp_scratch import NeuralNet
from mlp_scratch.config.absent_keys import ABSENT_MEANS
from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.structure import structure_of
from mlp_scratch.engine.checkpoint import read_checkpoint, write_checkpoint
from mlp_scratch.errors import CheckpointError, ConfigError
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.optimizers import OPTIMIZERS, SGD
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


@pytest.mark.slow
def test_the_commands(run_command: Command, tmp_path: Path) -> None:
    """Train, resume, evaluate, and start from it: in the same structure only."""
    words = ["model.layers=[null,16,16,null]", "model.residual=inverted", "model.layer_norm=true"]
    run = ["data=digits", "training.epochs=1", "hydra.run.dir=run"]
    for command in (["train", *words, *run], ["resume", "run", "training.epochs=2"]):
        done = run_command(*command)
        assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["status"] == "finished"
    assert run_command("evaluate", "run").returncode == 0
    run = ["data=digits", "training.epochs=1", "model.init_from=run"]
    done = run_command("train", *words, *run, "hydra.run.dir=same")
    assert done.returncode == 0, done.stderr
    done = run_command("train", *words[:2], *run, "hydra.run.dir=other")
    assert done.returncode == 2
    assert "model.init_from=" in done.stderr
    assert "layer_norm is True there and False here" in done.stderr
