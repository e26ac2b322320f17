"""What a config leaves to its data is settled in a copy; nobody changes what was asked for."""

import copy
from dataclasses import asdict
from pathlib import Path

import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.experiment import run as steps
from mlp_scratch.experiment.begin import begin, read_data
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.run import run_experiment
from mlp_scratch.experiment.settle import settle, settled_config
from mlp_scratch.experiment.stop_signals import StopSignals
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_config

SMALL = ("data.limit=60", "training.epochs=1", "model.layers=[null,6,null]", "training.threads=1")


@pytest.fixture
def config() -> ExperimentConfig:
    return compose_config(["data=digits", *SMALL])


def test_a_copy_says_what_was_left_open(config: ExperimentConfig) -> None:
    before, dataset = copy.deepcopy(config), load_data(config)
    settled = settle(config, dataset)
    assert config == before
    assert settled.config.task == "classification"
    assert settled.config.loss == {"name": "cross_entropy"}
    assert settled.config.training.early_stopping.metric == "val_accuracy"
    assert settled.config.model.layers == settled.sizes == [784, 6, 10]
    assert settled_config(config, dataset) == settled.config


def test_what_is_settled_settles_as_itself(config: ExperimentConfig) -> None:
    dataset = load_data(config)
    once = settle(config, dataset).config
    assert settle(once, dataset).config == once


def test_building_changes_no_config(config: ExperimentConfig) -> None:
    settled = settle(config, load_data(config))
    before = copy.deepcopy(settled.config)
    build(settled)
    assert settled.config == before


def test_beginning_changes_no_config(config: ExperimentConfig) -> None:
    config.data.name = "auto"
    before = copy.deepcopy(config)
    read, dataset = read_data(config)
    counted, _ = begin(read, dataset)
    assert config == before
    assert counted.data.name != "auto"


def test_a_run_writes_down_what_was_settled(config: ExperimentConfig, tmp_path: Path) -> None:
    before = copy.deepcopy(config)
    folder = RunFolder(tmp_path)
    with StopSignals() as signals:
        run_experiment(config, folder, signals)
    assert config == before
    settled = settle(config, load_data(config)).config
    assert asdict(load_config(folder)) == asdict(settled)


def test_after_prepare_nobody_asks_the_config(
    config: ExperimentConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.training.snapshots, prepare = 2, steps.prepare

    def forget(asked: ExperimentConfig, *more):
        prepared = prepare(asked, *more)
        vars(asked).clear()
        return prepared

    monkeypatch.setattr(steps, "prepare", forget)
    with StopSignals() as signals:
        result = run_experiment(config, RunFolder(tmp_path), signals)
    assert result.status == "finished"
    assert "diagnosis" in result.summary
    assert (tmp_path / "snapshots.npz").is_file()
