"""The states of runs, and those that have no place."""

import pytest

from mlp_scratch.report.tables.leaderboard import choose_metric, rank
from mlp_scratch.report.tables.status import count_states, status_table, unranked_lines
from mlp_scratch.runs.reader import read_runs


@pytest.fixture
def regression(runs):
    for name, level in (("good", 0.9), ("poor", 0.5), ("fair", 0.7)):
        runs.add(name, level, task="regression", optim__lr=1 - level)
    return runs


def test_runs_of_another_task_are_named_not_ranked(regression):
    regression.add("classes", 0.95)
    regression.add("labels", 0.6, task="multilabel")
    found = read_runs(regression.root)
    assert choose_metric(found) == "val_accuracy"
    ranked = rank(found, "val_accuracy")
    assert [run.label for run in ranked] == ["classes"]
    lines = "\n".join(unranked_lines(found, ranked))
    assert "good: no value of this metric; --metric val_rmse is what it went by" in lines
    assert "labels: no value of this metric; --metric val_macro_f1 is what it went by" in lines


def test_without_validation_the_test_metric_is_named(runs):
    runs.add("run", task="regression", training__validation_fraction=0)
    found = read_runs(runs.root)
    assert "--metric test_rmse compares" in unranked_lines(found, [])[1]


@pytest.fixture
def sweep(runs):
    """Two optimizers, two rates, and everything that can go wrong."""
    runs.add("0", 0.95, optim__lr=0.01)
    runs.add("1", 0.97, optim__lr=0.001)
    runs.add("2", 0.90, optim__name="sgd", optim__lr=0.1)
    runs.add("3", 0.20, status="diverged", optim__lr=10.0, summary={"message": "loss is NaN"})
    runs.add("4", 0.10, status="failed", summary={"best": {}, "final": {}, "message": "no data"})
    runs.add("5", 0.96, status="interrupted", optim__lr=0.003)
    (runs.root / "6" / ".hydra").mkdir(parents=True)
    runs.add("7")
    (runs.root / "7" / "summary.json").write_text("{")
    return read_runs(runs.root)


def test_runs_without_a_place_are_listed_with_their_state(sweep):
    lines = unranked_lines(sweep, rank(sweep, "val_accuracy"))
    assert lines[0] == "not ranked: 1 diverged, 1 failed, 1 damaged, 1 empty"
    assert lines[1].split() == ["diverged", "3:", "loss", "is", "NaN"]
    assert "7: summary.json: not JSON" in lines[3]
    assert len(unranked_lines(sweep, [], limit=2)) == 4
    assert unranked_lines(sweep[:1], sweep[:1]) == []


def test_a_run_without_validation_rows_is_told_apart(runs):
    runs.add("a", training__validation_fraction=0)
    (line,) = unranked_lines(read_runs(runs.root), [])[1:]
    assert "no validation rows; --metric test_accuracy" in line


def test_status_table(sweep):
    table = status_table(sweep)
    assert [row[0] for row in table.rows] == [
        "finished", "finished", "finished", "interrupted", "diverged", "failed", "damaged", "empty",
    ]  # fmt: skip
    assert "mlp_scratch.resume" in table.rows[3][-1]
    assert table.rows[0][2] == 5
    assert table.notes == [f"8 runs: {count_states(sweep)}"]
