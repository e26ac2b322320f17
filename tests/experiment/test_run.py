"""Prepare, train, conclude: who holds what, who is told first, and what the summary says when."""

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest
from tiny_runs import Ending, begin, tiny_config, write_data

from mlp_scratch.experiment.run import Result, Watch, run_experiment
from mlp_scratch.runs.folder import RunFolder


def run(config: Any, path: Path, watch: Watch | None = None) -> Result:
    path.mkdir()
    return run_experiment(config, RunFolder(path), Ending(), watch=watch)  # type: ignore[arg-type]


def test_nothing_that_a_run_leaves_holds_the_config(tmp_path: Path) -> None:
    config = tiny_config(write_data(tmp_path), ["training.epochs=1"])
    reference = weakref.ref(config)
    result = run(config, tmp_path / "run")
    del config
    gc.collect()
    assert reference() is None
    assert result.experiment.identity["sizes"] == [64, 6, 3]


def test_a_fault_of_the_diagnosis_costs_the_run_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(run: object) -> None:
        raise IndexError("out of range")

    monkeypatch.setattr("mlp_scratch.experiment.run.diagnose", fails)
    begin(tiny_config(write_data(tmp_path)), tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["status"] == "finished"
    assert "diagnosis" not in summary
    assert "the diagnosis failed, and nothing else (IndexError: out of range)" in caplog.text
