"""Prepare, train, conclude: who holds what, who is told first, and what the summary says when."""

import gc
import json
import logging
import weakref
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from tiny_runs import Ending, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.errors import CheckpointError
from mlp_scratch.experiment.run import Result, Watch, run_experiment
from mlp_scratch.experiment.session import repeat
from mlp_scratch.nested import flat
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.metrics_file import read_metrics
from mlp_scratch.runs.saved_run import load_config


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


def test_nothing_that_a_run_leaves_holds_the_config(tmp_path: Path) -> None:
    config = tiny_config(write_data(tmp_path), ["training.epochs=1"])
    reference = weakref.ref(config)
    result = run(config, tmp_path / "run")
    del config
    gc.collect()
    assert reference() is None
    assert result.experiment.identity["sizes"] == [64, 6, 3]


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


def test_the_time_is_up_after_an_epoch_and_stays_up(tmp_path: Path) -> None:
    """What was trained is, to the bit, the beginning of what is trained without the limit."""
    data = write_data(tmp_path)
    words = ["training.epochs=3", "regularization.dropout=0.2"]
    begin(tiny_config(data, words), tmp_path / "whole")
    limited = tmp_path / "limited"
    result = begin(tiny_config(data, [*words, "training.max_seconds=1e-6"]), limited)
    for _ in range(2):  # what was spent is spent
        assert result is not None
        assert result.status == result.summary["status"] == "stopped_early"
        assert result.summary["message"].startswith("training.max_seconds=1e-06: reached after ep")
        assert result.summary["epochs_done"] == 1
        assert "test" in result.summary
        spent = read_metrics(limited / "metrics.csv")["seconds"].sum()
        assert result.experiment.time_limit.seconds == pytest.approx(spent)
        result = go_on(limited)
    result = go_on(limited, words=[f"training.max_seconds={spent * 0.99}"])
    assert result is not None
    assert result.summary["epochs_done"] == 1
    result = go_on(limited, words=["training.max_seconds=1000"])
    assert result is not None
    assert result.status == "finished"
    assert result.summary["message"] is None
    assert state_of(limited) == state_of(tmp_path / "whole")


@pytest.mark.parametrize("cell", ["1e5e5", "-1", "", "1e999", "--"])
def test_seconds_that_are_none_do_not_count(cell: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(tiny_config(write_data(tmp_path), ["training.epochs=2"]), run)
    lines = (run / "metrics.csv").read_text().splitlines()
    said, _, rate = lines[1].rsplit(",", 2)
    lines[1] = f"{said},{cell},{rate}"
    (run / "metrics.csv").write_text("\n".join([*lines, ""]))
    result = go_on(run, words=["training.max_seconds=1000"])
    assert result is not None
    assert result.experiment.time_limit.seconds == float(lines[2].rsplit(",", 2)[1])


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


ALTERED = [  # a line of config.yaml, what stands there now, the word that is said and can be typed
    ("clip_norm: null", "clip_norm: 2.5", "training.clip_norm=2.5", "null"),
    ("batch_norm: false", "batch_norm: true", "model.batch_norm=true", "false"),
]


@pytest.mark.parametrize(("line", "now", "word", "before"), ALTERED)
def test_an_altered_config_is_told_in_words_that_rerun_reads(
    line: str, now: str, word: str, before: str, tmp_path: Path
) -> None:
    path = tmp_path / "run"
    begin(tiny_config(write_data(tmp_path), ["training.epochs=2"]), path)
    file = RunFolder(path).config
    text = file.read_text("utf-8")
    assert text.count(line) == 1
    file.write_text(text.replace(line, now), "utf-8")
    said = f"trained with {before}; put it back, .*mlp_scratch.rerun .*run {word}$"
    with pytest.raises(CheckpointError, match=said) as error:
        go_on(path, words=["training.epochs=3"])
    assert str(error.value).startswith(f"{word} in ")
    key = word.partition("=")[0]
    assert flat(asdict(load_config(RunFolder(path), [f"{key}={before}"])))[key] in (None, False)
