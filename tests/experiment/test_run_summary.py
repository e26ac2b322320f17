"""The summary of a run: how it ended, and where."""

from pathlib import Path
from typing import Any

import pytest
from tiny_runs import Ending, tiny_config, write_data

from mlp_scratch.experiment.run import Result, Watch, run_experiment
from mlp_scratch.runs.folder import RunFolder


def run(config: Any, path: Path, watch: Watch | None = None) -> Result:
    path.mkdir()
    return run_experiment(config, RunFolder(path), Ending(), watch=watch)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "status", "has", "has_not"),
    [
        ([], "finished", {"final", "best", "test", "timings"}, set()),
        (["optim=sgd", "optim.lr=1e30"], "diverged", {"final", "best", "timings"}, {"test"}),
        (["training.validation_fraction=0"], "finished", {"final", "best", "test"}, set()),
    ],
)
def test_the_summary_says_how_it_ended(
    words: list[str], status: str, has: set[str], has_not: set[str], tmp_path: Path
) -> None:
    config = tiny_config(write_data(tmp_path), ["training.epochs=2", *words])
    result = run(config, tmp_path / "run")
    told = RunFolder(tmp_path / "run").read_summary()
    assert result.status == told["status"] == status
    assert has <= set(told)
    assert not has_not & set(told)
    assert (told["message"] is None) == (status == "finished")
    assert told["timings"]["total_seconds"] >= told["timings"]["training_seconds"] > 0
