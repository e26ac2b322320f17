"""When a run looks into its layers, and that it trains to the same bits whether it does or not."""

from pathlib import Path

import numpy as np
import pytest
from tiny_runs import Ending, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.insight.layers.layer_records import read_histograms, read_layers

OFF, ON = "training.record_layers=false", "training.record_layers=true"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def epochs_of(run: Path) -> list[int]:
    epochs = read_layers(run / "layers.csv").epochs.tolist()
    assert read_histograms(run / "histograms.npz").epochs.tolist() == epochs
    return epochs


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["model.batch_norm=true", "model.bn_recompute=true"],
        ["regularization.dropout=0.3", "average=ema", "regularization.max_norm=1.5"],
        ["training.threads=2", "training.batch_size=32"],
        ["training.dtype=float64", "model.layer_norm=true"],
        ["training.kernels=plain", "adversarial=linf"],
        ["optim=lbfgs", "training.batch_size=full"],
        ["model.layers=[null,8,8,null]", "model.residual=plain", "model.freeze=1"],
        ["task=regression", "loss=gaussian_nll"],
        ["task=autoencoder", "model.layers=[null,5,null]", "activation=sigmoid"],
    ],
    ids=" ".join,
)
def test_the_same_bits_as_without(words: list[str], data: Path, tmp_path: Path) -> None:
    words = [*words, "training.epochs=2"]
    begin(tiny_config(data, [*words, OFF]), tmp_path / "off")
    begin(tiny_config(data, [*words, ON]), tmp_path / "on")
    for name in ("best.npz", "last.npz"):
        off, on = (tmp_path / run / "checkpoints" / name for run in ("off", "on"))
        assert off.read_bytes() == on.read_bytes()
    assert not (tmp_path / "off" / "layers.csv").exists()
    assert not (tmp_path / "off" / "histograms.npz").exists()
    assert epochs_of(tmp_path / "on") == [0, 1, 2]
    table = read_layers(tmp_path / "on" / "layers.csv")
    updates = table["update_norm"]
    assert np.isnan(updates[0]).all()
    frozen = "model.freeze=1" in words
    assert ((updates[1:] > 0) == (np.arange(table.layers) >= frozen)).all()
    assert np.isfinite(table["grad_norm"]).all()


def test_an_update_is_the_step_that_ended_the_epoch(data: Path, tmp_path: Path) -> None:
    """Of SGD with a batch of all rows it is lr times the gradient of all rows: and as the probe has
    all of these, its gradient at the look before."""
    words = ["optim=sgd", "optim.lr=0.05", "training.batch_size=full", "training.epochs=3", ON]
    begin(tiny_config(data, words), tmp_path / "run")
    table = read_layers(tmp_path / "run" / "layers.csv")
    np.testing.assert_allclose(table["update_norm"][1:], 0.05 * table["grad_norm"][:-1], rtol=1e-5)
    ratio = table["update_norm"] / table["weight_norm"]
    np.testing.assert_allclose(table["update_ratio"], ratio, rtol=1e-5)


def test_the_end_of_a_shorter_run_is_no_look_of_a_longer_one(data: Path, tmp_path: Path) -> None:
    begin(tiny_config(data, ["training.epochs=9"]), tmp_path / "once")
    begin(tiny_config(data, ["training.epochs=2"]), tmp_path / "twice")
    assert epochs_of(tmp_path / "twice") == [0, 2]
    go_on(tmp_path / "twice", words=["training.epochs=9"])
    assert epochs_of(tmp_path / "once") == [0, 9]
    assert state_of(tmp_path / "twice") == state_of(tmp_path / "once")
    go_on(tmp_path / "twice")
    assert epochs_of(tmp_path / "twice") == [0, 9]


@pytest.mark.parametrize(("first", "then"), [(OFF, ON), (ON, OFF)])
def test_it_may_be_changed_on_resume(first: str, then: str, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(tiny_config(data, [first, "training.epochs=3"]), run, Ending(12, "stop"))
    go_on(run, words=[then])
    assert epochs_of(run) == ([2, 3] if first == OFF else [0, 1])


def test_rows_that_are_lost_are_not_missed(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(tiny_config(data, [ON, "training.epochs=3"]), run, Ending(12, "stop"))
    (run / "layers.csv").write_text("damaged")
    go_on(run)
    assert read_layers(run / "layers.csv").epochs.tolist() == [2, 3]
