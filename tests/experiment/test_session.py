"""A run repeated and gone on with: other arithmetic is told."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from tiny_runs import Ending, begin, go_on, tiny_config, write_data

from mlp_scratch.experiment.run import Result, Watch, run_experiment
from mlp_scratch.experiment.session import repeat
from mlp_scratch.runs.folder import RunFolder


def run(config: Any, path: Path, watch: Watch | None = None) -> Result:
    path.mkdir()
    return run_experiment(config, RunFolder(path), Ending(), watch=watch)  # type: ignore[arg-type]


def computed_by(run: Path, numpy: str | None, kernel: str | None) -> dict[str, str]:
    """Rewrite a summary as another NumPy or BLAS would have left it; what it says then."""
    summary = json.loads((run / "summary.json").read_text())
    summary["versions"]["numpy"] = numpy or summary["versions"]["numpy"]
    summary["blas"]["kernel"] = kernel or summary["blas"]["kernel"]
    (run / "summary.json").write_text(json.dumps(summary))
    return {"numpy": summary["versions"]["numpy"], "kernel": summary["blas"]["kernel"]}


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("again", ["resume", "rerun"])
@pytest.mark.parametrize(
    ("numpy", "kernel"), [("0.9.9", None), (None, "Prescott"), ("0.9.9", "Prescott"), (None, None)]
)
def test_other_arithmetic_is_told_once_and_kept(
    numpy: str | None,
    kernel: str | None,
    again: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    first = tmp_path / "run"
    begin(tiny_config(write_data(tmp_path), ["training.epochs=1"]), first)
    today = computed_by(first, None, None)
    before = computed_by(first, numpy, kernel)
    if again == "resume":
        with caplog.at_level(logging.WARNING):
            go_on(first, words=["training.epochs=2"])
        told, second = caplog.text, first
    else:
        assert repeat(RunFolder(first), []) == 0
        (second,) = (path.parent for path in tmp_path.glob("outputs/*/*/summary.json"))
        told = capsys.readouterr().err
    summary = RunFolder(second).read_summary()
    assert (summary["versions"]["numpy"], summary["blas"]["kernel"]) == tuple(today.values())
    if numpy is kernel is None:
        assert "computed by" not in told
        assert "earlier_arithmetic" not in summary
        return
    assert told.count("computed by") == 1
    for what in (before, today):
        assert f"by NumPy {what['numpy']} with BLAS kernel {what['kernel']}" in told
    assert summary["earlier_arithmetic"] == [before]
    go_on(second, words=["training.epochs=3"])
    assert RunFolder(second).read_summary()["earlier_arithmetic"] == [before]
