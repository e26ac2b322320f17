"""The observer that writes a run's training down."""

from pathlib import Path
from typing import Any

from tiny_runs import Ending, tiny_config, write_data

from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.experiment.run import Result, Watch, run_experiment
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.metrics_file import read_metrics


class Looker(Observer):
    """Notes at each epoch what lies in the folder."""

    def __init__(self, trainer: Trainer, folder: RunFolder) -> None:
        self.folder = folder
        self.at_the_start = folder.read_summary()
        self.rows: list[int] = []
        self.statuses: list[str] = []

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        self.rows.append(len(read_metrics(self.folder.metrics)["epoch"]))
        self.statuses.append(self.folder.read_summary()["status"])


def run(config: Any, path: Path, watch: Watch | None = None) -> Result:
    path.mkdir()
    return run_experiment(config, RunFolder(path), Ending(), watch=watch)  # type: ignore[arg-type]


def test_the_recorder_is_told_first(tmp_path: Path) -> None:
    lookers: list[Looker] = []

    def watch(trainer: Trainer) -> Looker:
        lookers.append(Looker(trainer, RunFolder(tmp_path / "run")))
        return lookers[0]

    run(tiny_config(write_data(tmp_path), ["training.epochs=3"]), tmp_path / "run", watch)
    (looker,) = lookers
    assert looker.rows == [1, 2, 3]
    assert looker.statuses == ["running"] * 3
    at_the_start = looker.at_the_start
    assert at_the_start["data"]["n_train"] == 112
    assert not {"final", "best", "test"} & set(at_the_start)
