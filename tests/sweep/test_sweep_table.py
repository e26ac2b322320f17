"""The table of a sweep's jobs: its columns are those of the metrics that the jobs have."""

import csv
from pathlib import Path

import pytest

from mlp_scratch.sweep.due_jobs import is_due
from mlp_scratch.sweep.sweep_folder import Entry, Plan, SweepFolder, SweepTable

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


@pytest.mark.parametrize(
    ("task", "picture"),
    [
        ("classification", "confusion_matrix"),
        ("regression", "regression"),
        ("multilabel", "labels"),
        ("autoencoder", "weights"),
    ],
)
def test_a_job_is_done_when_its_last_picture_is_drawn(runs, task: str, picture: str) -> None:
    path = runs.add("a", task=task)
    folder, entry = SweepFolder(runs.root), Entry("a", "a", [])
    assert is_due(folder.run(entry), retry_failed=False)
    (path / f"{picture}.png").touch()
    assert not is_due(folder.run(entry), retry_failed=False)
