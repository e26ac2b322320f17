"""A network from a checkpoint is the one that was trained; an override of a saved config is the
value that ``train`` takes it for."""

from dataclasses import asdict

import numpy as np
import pytest
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch import NeuralNet
from mlp_scratch.config.absent_keys import ABSENT_MEANS
from mlp_scratch.config.command_line import CommandLine, as_typed
from mlp_scratch.config.compose import compose_config
from mlp_scratch.engine.checkpoint import read_checkpoint, write_checkpoint
from mlp_scratch.errors import CheckpointError, ConfigError
from mlp_scratch.nested import flat
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_config, network_of

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


@pytest.mark.mostly_slow(4)
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


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    place = tmp_path_factory.mktemp("saved")
    begin(tiny_config(write_data(place), ["training.epochs=1"]), place / "run")
    return RunFolder(place / "run")


@pytest.mark.parametrize(
    "word",
    [
        *("seed=010", "optim.lr=1e-2", "optim.lr=1E-2", "training.max_seconds=.5"),
        *("regularization.class_weight={3:2.0}", "training.early_stopping={patience:3}"),
        *("model.layers=[null, 8,null]", "model.batch_norm=True", "regularization.max_norm=null"),
        *("name=007", "name=true", "name='a b'", 'name="null"', "data.path='x, y.npz'"),
        *("optim=sgd", "augment=shift", "regularization=none"),
    ],
)
def test_an_override_is_the_value_that_train_takes_it_for(run: RunFolder, word: str) -> None:
    key = word.partition("=")[0]
    usual = flat(asdict(compose_config(["data=npz", "data.path=x"])))
    line = as_typed(CommandLine(["data=npz", "data.path=x", word]))
    trained = flat(asdict(compose_config(line.overrides)))
    again = flat(asdict(load_config(run, [word])))
    said = {name for name in trained if trained[name] != usual.get(name)} | {key} & trained.keys()
    assert {name: again[name] for name in said} == {name: trained[name] for name in said}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("seed=0x10", "seed=0x10: must be a whole number"),
        ("seed=1,2", "seed=1,2: not an override with one value; write key=value"),
        ("~optim.lr", "~optim.lr: not an override with one value; write key=value"),
        ("+optim.lr=1", "+optim.lr=1: not an override with one value; write key=value"),
        ("optim.lr", "optim.lr: not an override; write key=value"),
        ("optim.lrr=1", "optim.lrr=1: no such key (did you mean optim.lr?)"),
        ("name=${seed}", "name=${seed}: must be a plain value"),
        ("optim=adm", "optim=adm"),
    ],
)
def test_what_is_no_override_of_a_run(run: RunFolder, word: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(run, [word])
    assert str(caught.value).startswith(says)
    assert len(str(caught.value).splitlines()) <= 2
