"""Layers that stay to the bit, whatever trains, and a head that starts anew on those of another."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_runs import Ending, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.config.compose import compose_config
from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import ConfigError
from mlp_scratch.neural_net import NeuralNet
from mlp_scratch.nn.optimizers import OPTIMIZERS

DEEP = ("model.layers=[null,6,5,null]", "training.epochs=2", "training.checkpoint_every_steps=2")
PULLS = (
    *("regularization.l2=0.1", "regularization.l1=0.01", "regularization.max_norm=0.3"),
    *("regularization.dropout=0.2", "training.clip_norm=1"),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def arrays(run: Path, which: str = "last") -> dict[str, np.ndarray]:
    return read_checkpoint(run / "checkpoints" / f"{which}.npz").arrays


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    "words",
    [
        *([f"optim={name}", *PULLS] for name in OPTIMIZERS if name != "lbfgs"),
        ["optim=adamw", "optim.weight_decay=0.5", "training.kernels=plain", *PULLS],
        ["optim=lion", "optim.weight_decay=0.5", "average=ema", *PULLS],
        ["average=swa", "average.start_epoch=1", "adversarial=linf"],
        ["training.threads=2", "training.batch_size=32", "optim=momentum"],
        ["training.threads=2", "training.batch_size=32", "optim=adamw", "average=ema", *PULLS],
        ["model.batch_norm=true", "training.batch_size=full", *PULLS],
        ["augment=shift", "adversarial=vat"],
    ],
    ids=" ".join,
)
def test_frozen_layers_keep_every_bit_and_the_others_learn(
    words: list[str], data: Path, tmp_path: Path
) -> None:
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    begin(tiny_config(data, [*DEEP, *words, "training.epochs=0"]), tmp_path / "start")
    config = tiny_config(data, [*DEEP, *words, "model.freeze=2"])
    begin(config, whole)
    begin(config, torn, Ending(2 if "full" in " ".join(words) else 5))
    go_on(torn)
    assert state_of(whole) == state_of(torn)
    before = arrays(tmp_path / "start")
    for which in ("last", "best"):
        after = arrays(whole, which)
        for name in before:
            if name.startswith(("W", "b", "gamma")) and name != "b2":  # that starts at 0
                assert np.array_equal(before[name], after[name]) == (name != "W2"), name
    assert arrays(whole)["b2"].any()


def test_a_limit_on_the_gradient_is_for_what_learns(data: Path, tmp_path: Path) -> None:
    words = [*DEEP, "optim=sgd", "optim.lr=1e-9", "training.batch_size=full"]
    norms = {}
    for n in (0, 1, 2):
        result = begin(tiny_config(data, [*words, f"model.freeze={n}"]), tmp_path / str(n))
        assert result is not None
        norms[n] = result.experiment.trainer.history[0]["grad_norm"]
    assert norms[0] > norms[1] > norms[2] > 0


def test_nothing_frozen_is_what_it_was(data: Path, tmp_path: Path) -> None:
    begin(tiny_config(data, [*DEEP]), tmp_path / "default")
    begin(tiny_config(data, [*DEEP, "model.freeze=0"]), tmp_path / "zero")
    assert state_of(tmp_path / "default") == state_of(tmp_path / "zero")


@pytest.mark.parametrize("freeze", [3, -1, "head"])
def test_the_last_layer_learns(freeze: Any) -> None:
    with pytest.raises(ConfigError, match=rf"model.freeze={freeze}"):
        compose_config(["model.layers=[null,6,5,null]", f"model.freeze={freeze}"])


def four_classes(folder: Path) -> Path:
    with np.load(write_data(folder, seed=1)) as file:
        parts = dict(file)
    for part in ("y_train", "y_test"):
        parts[part] = np.arange(len(parts[part])) % 4
    np.savez(folder / "four.npz", **parts)
    return folder / "four.npz"


def test_a_new_head_on_the_layers_of_another_run(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begin(tiny_config(data, DEEP), tmp_path / "teacher")
    four, start = four_classes(tmp_path), f"model.init_from={tmp_path / 'teacher'}"
    words = [*DEEP, start, "model.freeze=2"]
    with caplog.at_level(logging.INFO):
        begin(tiny_config(four, words), tmp_path / "pupil")
        begin(tiny_config(data, words), tmp_path / "same")
    said = "model.init_from: the last layer (5-3) starts anew: the run has 5-4"
    assert caplog.text.count(said) == 1
    assert "model.freeze=2: the first 2 of 3 layers stay as they were there" in caplog.text
    teacher, pupil = arrays(tmp_path / "teacher", "best"), arrays(tmp_path / "pupil")
    for name in ("W0", "W1", "b0", "b1"):
        np.testing.assert_array_equal(teacher[name], pupil[name])
    assert pupil["W2"].shape == (5, 4)
    result = go_on(tmp_path / "pupil", words=["training.epochs=3"])
    assert result is not None
    assert result.status == "finished"
    np.testing.assert_array_equal(arrays(tmp_path / "pupil")["W0"], teacher["W0"])


@pytest.mark.parametrize("layers", ["[null,7,5,null]", "[null,6,null]", "[null,null]"])
def test_all_but_the_last_layer_must_fit(layers: str, data: Path, tmp_path: Path) -> None:
    begin(tiny_config(data, DEEP), tmp_path / "teacher")
    words = [*DEEP, f"model.init_from={tmp_path / 'teacher'}", f"model.layers={layers}"]
    with pytest.raises(ConfigError, match="does not fit the network") as caught:
        begin(tiny_config(four_classes(tmp_path), words), tmp_path / "pupil")
    assert len(str(caught.value).splitlines()) == 1


def test_where_all_would_start_anew_nothing_is_taken(data: Path, tmp_path: Path) -> None:
    flat = "model.layers=[null,null]"
    begin(tiny_config(data, [*DEEP, flat]), tmp_path / "teacher")
    words = [*DEEP, flat, f"model.init_from={tmp_path / 'teacher'}"]
    with pytest.raises(ConfigError, match="does not fit the network"):
        begin(tiny_config(four_classes(tmp_path), words), tmp_path / "pupil")


def test_from_python_too(data: Path, tmp_path: Path) -> None:
    begin(tiny_config(data, DEEP), tmp_path / "teacher")
    with np.load(four_classes(tmp_path)) as file:
        x, y = file["x_train"], file["y_train"]
    start = {"init_from": str(tmp_path / "teacher"), "freeze": 2, "epochs": 2}
    net = NeuralNet([None, 6, 5, None], **start).train(x, y)
    teacher = arrays(tmp_path / "teacher", "best")
    np.testing.assert_array_equal(net.checkpoint.arrays["W1"], teacher["W1"])
