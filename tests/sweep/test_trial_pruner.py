"""A pruner reports the looks at the validation rows, no other epoch, and ends the training."""

from functools import partial
from pathlib import Path

import pytest
from tiny_runs import Ending, tiny_config, write_data

from mlp_scratch.experiment.run import run_experiment
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.metrics_file import read_metrics
from mlp_scratch.sweep.trial_pruner import Pruner


@pytest.mark.parametrize("metric", ["val_loss", "val_accuracy"])
@pytest.mark.parametrize(
    ("every", "prune_at", "asked", "status"),
    [
        (1, 2, [1, 2], "stopped_early"),
        (2, 4, [2, 4], "stopped_early"),
        (2, 5, [2, 4, 5], "finished"),  # told at the last epoch, there is nothing to stop
        (1, None, [1, 2, 3, 4, 5], "finished"),
    ],
)
def test_looks_are_reported_until_the_search_says_so(
    every: int, prune_at: int | None, asked: list[int], status: str, metric: str, tmp_path: Path
) -> None:
    words = ["training.epochs=5", f"training.eval_every={every}"]
    config = tiny_config(write_data(tmp_path), [*words, f"training.early_stopping.metric={metric}"])
    told: list[tuple[int, float]] = []

    def ask(epoch: int, value: float) -> bool:
        told.append((epoch, value))
        return epoch == prune_at

    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    watch = partial(Pruner, ask=ask)
    result = run_experiment(config, folder, Ending(), watch=watch)  # type: ignore[arg-type]
    assert result.status == folder.read_summary()["status"] == status
    assert [epoch for epoch, _ in told] == asked
    rows = read_metrics(folder.metrics)
    assert len(rows["epoch"]) == asked[-1]
    assert [value for _, value in told] == [rows[metric][epoch - 1] for epoch in asked]


def test_without_validation_rows_nobody_is_asked(tmp_path: Path) -> None:
    config = tiny_config(write_data(tmp_path), ["training.epochs=2"])
    config.training.validation_fraction = 0.0
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    watch = partial(Pruner, ask=lambda epoch, value: pytest.fail("asked"))
    result = run_experiment(config, folder, Ending(), watch=watch)  # type: ignore[arg-type]
    assert result.status == "finished"
