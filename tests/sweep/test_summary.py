"""The table and the summary, from folders as jobs leave them."""

import json
from pathlib import Path
from typing import Any

import pytest

from mlp_scratch.errors import RunError
from mlp_scratch.sweep.folder import Entry, Plan, SweepFolder, SweepTable
from mlp_scratch.sweep.summary import ranked, summary_text

ALIEN = "asked: []\njobs: {a: {id: 1, overrides: [+hydra.callbacks.x._target_=os.system]}}"


def job(folder: Path, overrides: list[str], status: str, accuracy: float | None = None) -> Entry:
    entry = Entry(",".join(overrides), str(hash(tuple(overrides))), overrides)
    run = folder / entry.folder
    run.mkdir()
    metrics = {} if accuracy is None else {"epoch": 2, "val_accuracy": accuracy, "val_loss": 0.5}
    summary: dict[str, Any] = {
        "status": status,
        "monitor": "val_accuracy",
        "best": metrics,
        "final": metrics,
        "epochs_done": 3,
        "timings": {"total_seconds": 1.5},
        "message": "it broke" if status == "failed" else None,
    }
    (run / "summary.json").write_text(json.dumps(summary))
    return entry


@pytest.fixture
def sweep(tmp_path: Path) -> tuple[SweepFolder, Plan]:
    jobs = [
        job(tmp_path, ["optim=sgd", "seed=0"], "finished", 0.90),
        job(tmp_path, ["optim=sgd", "seed=1"], "stopped_early", 0.92),
        job(tmp_path, ["optim=adam", "seed=0"], "finished", 0.95),
        job(tmp_path, ["optim=adam", "seed=1"], "failed"),
        job(tmp_path, ["optim=lion", "seed=0"], "running", 0.99),
    ]
    return SweepFolder(tmp_path), Plan([], jobs)


def test_the_summary_says_what_counts(sweep: tuple[SweepFolder, Plan]) -> None:
    table = SweepTable(*sweep)
    rows = list(table.rows.values())
    assert [row["job"] for row in ranked(rows)] == [
        "optim=adam,seed=0",
        "optim=sgd,seed=1",
        "optim=sgd,seed=0",
    ]
    text = summary_text(rows, ["optim", "seed"])
    assert "5 jobs: 2 finished, 1 stopped early, 1 failed, 1 interrupted" in text
    assert "0.9100 ± 0.0141  n=2  optim=sgd" in text  # sqrt((0.01² + 0.01²) / 1)
    assert "n=1  optim=adam" in text
    assert "optim=adam,seed=1: failed: it broke" in text


def test_the_table_has_a_row_for_each_job(sweep: tuple[SweepFolder, Plan]) -> None:
    table = SweepTable(*sweep)
    table.write()
    header, *lines = sweep[0].table.read_text().splitlines()
    assert header.startswith("job,status,optim,seed,epochs,best_epoch,")
    assert len(lines) == 5
    assert lines[0].startswith('"optim=sgd,seed=0",finished,sgd,0,3,2,,,0.5,0.9,')


def test_states(sweep: tuple[SweepFolder, Plan]) -> None:
    folder, plan = sweep
    assert [folder.state(e) for e in plan.jobs] == ["begun", "begun", "begun", "failed", "begun"]
    for entry in plan.jobs[:2]:
        (folder.run(entry).path / "weights.png").touch()  # the last picture: nothing is missing
    assert [folder.state(e) for e in plan.jobs[:2]] == ["done", "done"]
    assert folder.state(Entry("nowhere", "0", [])) == "new"


@pytest.mark.parametrize(
    "text", ["", "jobs: 3", "[1", "asked: []\njobs: {a: {id: 1}}", "\x00", ALIEN]
)
def test_a_damaged_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "sweep.yaml").write_text(text)
    with pytest.raises(RunError, match=r"sweep\.yaml: not a sweep's plan"):
        SweepFolder(tmp_path).read_plan()
