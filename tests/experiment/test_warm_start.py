"""A run that starts from another."""

import os
from pathlib import Path

import pytest
from mixed_tables import config_for, made, without, written
from tiny_runs import begin

from mlp_scratch.errors import DataError
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork, load_network


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def trained() -> TrainedNetwork:
    folder = RunFolder("run")
    begin(config_for("lived", "training.epochs=20", "optim.lr=0.02"), folder.path)
    return load_network(folder)


def test_a_run_does_not_start_from_one_of_other_columns(trained: TrainedNetwork) -> None:
    config = config_for("lived", "model.init_from=run")
    config.data.path = str(written(Path("fewer.csv"), without(made(), "age")))
    with pytest.raises(DataError, match="no column 'age', which the network was trained on"):
        begin(config, Path("tuned"))
