"""Runs of L-BFGS: learning a table, going on with the same bits, and what it cannot do with."""

import logging
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import Ending, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import ConfigError
from mlp_scratch.experiment.run import Result
from mlp_scratch.neural_net import NeuralNet

FULL = ("optim=lbfgs", "training.batch_size=full", "training.epochs=12", "regularization.l2=0.01")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def run(data: Path, path: Path, *words: str) -> Result:
    result = begin(tiny_config(data, [*FULL, *words]), path)
    assert result is not None
    return result


def test_the_loss_falls_at_every_step_and_far(data: Path, tmp_path: Path) -> None:
    losses = [r["train_loss"] for r in run(data, tmp_path / "run").experiment.trainer.history]
    sgd = run(data, tmp_path / "sgd", "optim=sgd", "optim.lr=0.1").experiment.trainer.history
    assert losses[-1] < 0.6 * losses[0]
    assert losses[-1] < 0.8 * sgd[-1]["train_loss"]


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["regularization.l1=0.001", "training.kernels=plain", "schedule=cosine"],
        ["training.threads=2", "optim.history=3", "average=ema", "average.decay=0.5"],
        ["training.threads=2", "model.freeze=1", "model.layers=[null,6,5,null]"],
        ["training.batch_size=500", "training.checkpoint_every_steps=1"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(("first", "how"), [(2, "kill"), (7, "kill"), (5, "stop")])
def test_a_run_that_was_ended_goes_on_with_the_same_bits(
    words: list[str], first: int, how: str, data: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("mlp_scratch.runs.recorder.CHECKPOINT_SECONDS", 0.0)
    run(data, tmp_path / "whole", *words)
    begin(tiny_config(data, [*FULL, *words]), tmp_path / "torn", Ending(first, how))
    go_on(tmp_path / "torn", Ending(3))
    result = go_on(tmp_path / "torn")
    assert result is not None
    assert result.status == "finished"
    assert state_of(tmp_path / "torn") == state_of(tmp_path / "whole")
    arrays = read_checkpoint(tmp_path / "torn" / "checkpoints" / "last.npz").arrays
    history = 3 if "optim.history=3" in words else 10
    assert arrays["optim_s"].shape == arrays["optim_y"].shape
    assert len(arrays["optim_s"]) == history
    assert arrays["optim_s"].any(axis=1).all()


def test_two_processes_and_plain_kernels_go_the_same_way(data: Path, tmp_path: Path) -> None:
    """Within rounding, which a line search magnifies: eight steps."""
    ends = {}
    for name, word in {
        "one": "training.threads=1",
        "two": "training.threads=2",
        "plain": "training.kernels=plain",
    }.items():
        result = run(data, tmp_path / name, word, "training.epochs=8", "activation=tanh")
        ends[name] = result.experiment.network.parameters.values.copy()
    np.testing.assert_allclose(ends["two"], ends["one"], atol=1e-3)
    np.testing.assert_allclose(ends["plain"], ends["one"], atol=1e-3)


def test_the_objective_has_the_penalties(data: Path, tmp_path: Path) -> None:
    """With a penalty that outweighs the data it goes to where weights are nothing."""
    result = run(data, tmp_path / "l2", "regularization.l2=10", "training.epochs=15")
    assert result.experiment.trainer.history[-1]["weight_norm"] < 1e-4
    frozen = run(
        *(data, tmp_path / "frozen", "model.layers=[null,6,5,null]", "model.freeze=1"),
        *("training.epochs=30", "regularization.l2=10"),
    )
    start = run(data, tmp_path / "start", "model.layers=[null,6,5,null]", "training.epochs=0")
    for name in ("W0", "b0"):
        ours, theirs = (r.experiment.network.parameters.value(name) for r in (frozen, start))
        np.testing.assert_array_equal(ours, theirs)


def test_it_wants_all_rows(data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ConfigError, match=r"training.batch_size=16: .*batch_size=full"):
        run(data, tmp_path / "some", "training.batch_size=16")
    with caplog.at_level(logging.INFO):
        run(data, tmp_path / "more", "training.batch_size=500", "training.epochs=1")
    assert "larger than the 112 training rows, taken as full" in caplog.text


def test_from_python() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = rng.normal(size=(120, 4)) + 2 * y[:, None]
    net = NeuralNet([None, 8, None], optim="lbfgs", batch_size="full", epochs=30, l2=1e-3)
    assert net.train(x, y).evaluate(x, y)[1] > 0.95
