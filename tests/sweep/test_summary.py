"""The table and the summary, from folders as jobs leave them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlp_scratch.errors import RunError
from mlp_scratch.report.tables.groups import group_runs, group_table
from mlp_scratch.report.tables.leaderboard import choose_metric, rank
from mlp_scratch.report.tables.table import to_text
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import read_runs
from mlp_scratch.sweep.due_jobs import is_due
from mlp_scratch.sweep.execute import write_hydra_files
from mlp_scratch.sweep.summary import summary_text
from mlp_scratch.sweep.sweep_folder import Entry, Plan, SweepFolder, SweepTable

OUTSIDE = [
    f"asked: []\njobs: {{'{name}': {{id: 1, overrides: []}}}}"
    for name in ("../x", "/tmp/x", "..", ".", "", "a/b")
]
ALIEN = "asked: []\njobs: {a: {id: 1, overrides: [+hydra.callbacks.x._target_=os.system]}}"


def job(folder: Path, overrides: list[str], status: str, accuracy: float | None = None) -> Entry:
    entry = Entry(",".join(overrides), str(hash(tuple(overrides))), overrides)
    run = folder / entry.folder
    run.mkdir()
    metrics = (
        {}
        if accuracy is None
        else {"epoch": 2, "val_accuracy": accuracy, "val_loss": round(1 - accuracy, 2)}
    )
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
    config = {"optim": {"name": overrides[0][6:], "lr": 0.1}, "seed": int(overrides[1][5:])}
    (run / "config.yaml").write_text(yaml.safe_dump(config))
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
    folder, plan = sweep
    plan.jobs.append(Entry("optim=lion,seed=1", "6", ["optim=lion", "seed=1"]))
    runs = list(SweepTable(folder, plan).runs.values())
    text = summary_text(runs)
    assert text.startswith("6 jobs: 2 finished, 1 stopped_early, 1 failed, 1 killed, 1 waiting\n\n")
    tables = [part.splitlines() for part in text.split("\n\n")]
    places = [line.split()[:2] for line in tables[1][2:]]
    assert places == [
        ["1", "optim=lion,seed=0"],  # killed: its state stands beside it
        ["2", "optim=adam,seed=0"],
        ["3", "optim=sgd,seed=1"],
        ["4", "optim=sgd,seed=0"],
    ]
    means = [line.split() for line in tables[3]]
    assert means[2][:4] == ["1", "adam", "1", "95.00"]
    assert means[3][:7] == ["2", "sgd", "2", "91.00", "%", "1.41", "%"]  # sqrt(0.01² + 0.01²)
    assert tables[-1][0] == "not ranked: 1 failed"
    assert tables[-1][1].split(maxsplit=1) == ["failed", "optim=adam,seed=1: it broke"]


def test_a_sweep_ranks_and_averages_as_compare_does(sweep: tuple[SweepFolder, Plan]) -> None:
    folder, _ = sweep
    runs = list(SweepTable(*sweep).runs.values())
    compared = read_runs(folder.path)
    for metric in ("val_accuracy", "val_loss"):
        told = [[r.label for r in rank(given, metric)] for given in (runs, compared)]
        assert told[0] == told[1]
        table = group_table(group_runs(compared, ["seed"], metric), ["seed"], metric)
        assert (
            to_text(table).splitlines()[:3]
            == to_text(
                group_table(group_runs(runs, ["seed"], metric), ["seed"], metric)
            ).splitlines()[:3]
        )
    assert choose_metric(runs) == choose_metric(compared) == "val_accuracy"
    for job in folder.path.glob("*/summary.json"):
        job.write_text(job.read_text().replace('"val_accuracy",', '"val_loss",'))
    assert choose_metric(read_runs(folder.path)) == "val_loss"  # what decided in training
    assert "lowest val_loss first" in summary_text(list(SweepTable(*sweep).runs.values()))


def test_the_table_has_a_row_for_each_job(sweep: tuple[SweepFolder, Plan]) -> None:
    table = SweepTable(*sweep)
    table.write()
    header, *lines = sweep[0].table.read_text().splitlines()
    assert header.startswith("job,status,optim,seed,epochs,best_epoch,")
    assert len(lines) == 5
    assert lines[0].startswith('"optim=sgd,seed=0",finished,sgd,0,3,2,,,0.1,0.9,')


def test_the_table_holds_no_formulas(sweep: tuple[SweepFolder, Plan]) -> None:
    folder, plan = sweep
    plan.jobs[0].overrides += ["name==cmd|' /C calc'!A0", "@SUM(A1)=2", "optim.lr=-1e-3"]
    SweepTable(folder, plan).write()
    header, line = folder.table.read_text().splitlines()[:2]
    assert ",'=cmd|' /C calc'!A0," in line
    assert ",-1e-3," in line
    assert "'@SUM(A1)" in header.split(",")


def test_a_path_that_is_no_text_is_written(tmp_path: Path) -> None:
    write_hydra_files(RunFolder(tmp_path), {"x.yaml": {"dir": "a\udcff/é"}})
    assert yaml.safe_load((tmp_path / ".hydra" / "x.yaml").read_text("utf-8")) == {
        "dir": "a\\udcff/é"
    }


def test_what_is_due(sweep: tuple[SweepFolder, Plan]) -> None:
    folder, plan = sweep
    due = [is_due(folder.run(e), retry_failed=False) for e in plan.jobs]
    assert due == [True, True, True, False, True]
    assert is_due(folder.run(plan.jobs[3]), retry_failed=True)
    for entry in plan.jobs[:2]:
        (folder.run(entry).path / "weights.png").touch()  # the last picture: nothing is missing
    assert not any(is_due(folder.run(e), retry_failed=True) for e in plan.jobs[:2])
    assert is_due(folder.run(Entry("nowhere", "0", [])), retry_failed=False)


@pytest.mark.parametrize(
    "text", ["", "jobs: 3", "[1", "asked: []\njobs: {a: {id: 1}}", "\x00", ALIEN, *OUTSIDE]
)
def test_a_damaged_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "sweep.yaml").write_text(text)
    with pytest.raises(RunError, match=r"sweep\.yaml: not a sweep's plan"):
        SweepFolder(tmp_path).read_plan()
