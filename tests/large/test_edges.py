"""The ends of every range: one row, all rows, one epoch, none, a class that is missing."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import DataError
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def steps(run: Path) -> list[int]:
    with open(run / "metrics.csv", newline="") as file:
        return [int(row["step"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["training.batch_size=1"], [112, 224]),
        (["training.batch_size=112"], [1, 2]),
        (["training.batch_size=full"], [1, 2]),
        (["training.batch_size=111"], [2, 4]),  # a last batch of one row
        (["training.batch_size=111", "training.drop_last=true"], [1, 2]),
        (["training.batch_size=111", "model.batch_norm=true"], [2, 4]),
        (["training.batch_size=100"], [2, 4]),
        (["training.epochs=1"], [7]),
        (["training.epochs=1", "schedule=onecycle"], [7]),
        (["training.validation_fraction=0"], [9, 18]),
    ],
    ids=str,
)
def test_sizes_of_batches(
    words: list[str], expected: list[int], data: Path, tmp_path: Path
) -> None:
    result = begin(tiny_config(data, ["training.epochs=2", *words]), tmp_path / "run")
    assert result is not None
    assert result.status == "finished"
    assert steps(tmp_path / "run") == expected
    for array in read_checkpoint(tmp_path / "run" / "checkpoints" / "last.npz").arrays.values():
        assert array.dtype.kind != "f" or np.isfinite(array).all()


def test_no_epochs_is_an_evaluation(data: Path, tmp_path: Path) -> None:
    """The network as it was initialized: checkpoints, test metrics, and it can go on from there."""
    result = begin(tiny_config(data, ["training.epochs=0"]), tmp_path / "run")
    assert result is not None
    assert result.status == "finished"
    assert steps(tmp_path / "run") == []
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["epochs_done"] == 0
    assert summary["test"]["last"]["accuracy"] >= 0
    assert load_network(RunFolder(tmp_path / "run")).epoch == 0
    go_on(tmp_path / "run", words=["training.epochs=2"])
    begin(tiny_config(data, ["training.epochs=2"]), tmp_path / "once")
    assert state_of(tmp_path / "run") == state_of(tmp_path / "once")


@pytest.mark.parametrize("missing", ["train", "test"])
def test_a_class_that_is_missing(missing: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (90, 6, 6)).astype(np.uint8)
    y = np.arange(90) % 4
    kept = y[:60] != 2 if missing == "train" else np.full(60, True)
    kept_test = y[60:] != 2 if missing == "test" else np.full(30, True)
    path = tmp_path / "data.npz"
    arrays = {"x_train": x[:60][kept], "y_train": y[:60][kept]}
    arrays |= {"x_test": x[60:][kept_test], "y_test": y[60:][kept_test]}
    np.savez(path, **arrays)
    config = tiny_config(path, ["training.epochs=2", "training.batch_size=8"])
    result = begin(config, tmp_path / "run")
    assert result is not None
    assert result.status == "finished"
    assert result.summary is not None
    counts = np.array(result.summary["test"]["confusion_matrix"])
    assert counts.shape == (4, 4)
    assert counts.sum() == kept_test.sum()
    assert counts[2].sum() == (0 if missing == "test" else (y[60:] == 2).sum())


def test_one_class_only(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.ones((40, 3), np.float32), y=np.zeros(40, int))
    with pytest.raises(DataError, match="'0' in every row: there is nothing to tell apart"):
        begin(tiny_config(path, ["training.epochs=1"]), tmp_path / "run")
    assert not (tmp_path / "run" / "checkpoints").exists()
