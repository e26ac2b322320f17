"""A sweep's folder: its plan and its table."""

import csv
from pathlib import Path

import pytest
from made_jobs import job

from mlp_scratch.errors import RunError
from mlp_scratch.sweep.sweep_folder import Entry, Plan, SweepFolder, SweepTable

OUTSIDE = [
    f"asked: []\njobs: {{'{name}': {{id: 1, overrides: []}}}}"
    for name in ("../x", "/tmp/x", "..", ".", "", "a/b")
]
ALIEN = "asked: []\njobs: {a: {id: 1, overrides: [+hydra.callbacks.x._target_=os.system]}}"


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


@pytest.mark.parametrize(
    "text", ["", "jobs: 3", "[1", "asked: []\njobs: {a: {id: 1}}", "\x00", ALIEN, *OUTSIDE]
)
def test_a_damaged_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "sweep.yaml").write_text(text)
    with pytest.raises(RunError, match=r"sweep\.yaml: not a sweep's plan"):
        SweepFolder(tmp_path).read_plan()


ACCURACY = [
    *("best_train_loss", "best_train_accuracy", "best_val_loss", "best_val_accuracy"),
    *("final_train_loss", "final_train_accuracy", "final_val_loss", "final_val_accuracy"),
    "test_accuracy",
]
RMSE = [
    *("best_train_loss", "best_val_loss", "best_val_rmse", "best_val_mae", "best_val_r2"),
    *("final_train_loss", "final_val_loss", "final_val_rmse", "final_val_mae", "final_val_r2"),
    *("test_rmse", "test_mae", "test_r2"),
]


def written(root: Path, *names: str) -> list[dict[str, str]]:
    folder = SweepFolder(root)
    SweepTable(folder, Plan([], [Entry(name, name, ["seed=1"]) for name in names])).write()
    with open(folder.table, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("task", "columns"), [("classification", ACCURACY), ("regression", RMSE), (None, ACCURACY)]
)
def test_the_columns_are_the_tasks(runs, task: str | None, columns: list[str]) -> None:
    if task is not None:
        runs.add("a", 0.9, task=task)
    rows = written(runs.root, "a", "not_begun")
    others = ["job", "status", "seed", "epochs", "best_epoch", "seconds", "message"]
    assert [name for name in rows[0] if name not in others] == columns
    if task == "regression":
        assert float(rows[0]["test_rmse"]) == pytest.approx(4.4)
        assert rows[1]["test_rmse"] == ""


def test_a_refused_sweep_leaves_the_folder_of_one_that_begins(tmp_path: Path) -> None:
    (tmp_path / "new" / ".lock").parent.mkdir()
    (tmp_path / "new" / ".lock").touch()
    with SweepFolder(tmp_path / "new").locked():
        SweepFolder(tmp_path / "new").discard_if_new()
        assert (tmp_path / "new" / ".lock").exists()
    SweepFolder(tmp_path / "new").discard_if_new()
    assert not (tmp_path / "new").exists()
