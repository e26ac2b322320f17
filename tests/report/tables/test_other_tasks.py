"""Leaderboards and groups of runs whose metric is not accuracy: their direction, their unit."""

import pytest

from mlp_scratch.engine.metrics import METRICS, Metric
from mlp_scratch.errors import ConfigError
from mlp_scratch.report.selection import select
from mlp_scratch.report.tables.groups import group_runs, group_table
from mlp_scratch.report.tables.leaderboard import (
    MOST_NAMES,
    SECONDS,
    choose_metric,
    form_of,
    leaderboard,
    metric_names,
    rank,
)
from mlp_scratch.report.tables.status import unranked_lines
from mlp_scratch.report.tables.table import to_text
from mlp_scratch.runs.reader import read_runs


@pytest.fixture
def regression(runs):
    for name, level in (("good", 0.9), ("poor", 0.5), ("fair", 0.7)):
        runs.add(name, level, task="regression", optim__lr=1 - level)
    return runs


def test_a_small_error_is_good_and_no_percentage(regression):
    found = read_runs(regression.root)
    assert choose_metric(found) == "val_rmse"
    ranked = rank(found, "val_rmse")
    assert [run.label for run in ranked] == ["good", "fair", "poor"]
    table = leaderboard(ranked, "val_rmse")
    text = to_text(table)
    assert [c.key for c in table.columns[-7:-2]] == [
        *("val_rmse", "val_r2", "val_loss", "test_rmse", "test_r2")
    ]
    assert "%" not in text
    assert "lowest val_rmse first" in text


@pytest.mark.parametrize(
    ("metric", "order"),
    [
        ("val_r2", "good fair poor"),
        ("test_rmse", "good fair poor"),
        ("test_r2", "good fair poor"),
        ("val_mae", "good fair poor"),
    ],
)
def test_any_metric_in_its_direction(regression, metric, order):
    found = read_runs(regression.root)
    assert choose_metric(found, metric) == metric
    assert " ".join(run.label for run in rank(found, metric)) == order
    assert " ".join(run.label for run in rank(found, "val_loss", sort=metric)) == order


def test_the_names_of_what_there_is(regression):
    names = metric_names(read_runs(regression.root))
    assert names[-4:] == ["test_rmse", "test_mae", "test_r2", "test_loss"]
    assert not {"epoch", "test_epoch", "val_accuracy", "test_accuracy"} & {*names}
    with pytest.raises(ConfigError, match=r"did you mean 'test_rmse'"):
        choose_metric(read_runs(regression.root), "test_rsme")


def test_losses_of_different_kinds_do_not_decide(runs):
    for name, level in (("squared_error", 0.9), ("huber", 0.8)):
        told = {"loss": name, "monitor": "val_loss"}
        runs.add(name, level, task="regression", summary=told)
    found = read_runs(runs.root)
    assert choose_metric(found[:1]) == "val_loss"
    assert choose_metric(found) == "val_rmse"
    notes = leaderboard(rank(found, "val_loss"), "val_loss").notes
    assert notes[1] == "losses of different kinds do not compare: huber, squared_error"
    assert len(leaderboard(rank(found, "val_rmse"), "val_rmse").notes) == 1


def test_a_summary_may_hold_anything(runs):
    many = {f"val_{i}": 0.5 for i in range(5000)} | {"epoch": 1}
    summary = {"best": many, "final": many, "test": {"best": many, "last": [1]}}
    runs.add("a", summary=summary)
    runs.add("b", summary={"test": "no", "best": [], "final": {"val_loss": "x"}})
    assert len(metric_names(read_runs(runs.root))) <= 2 * MOST_NAMES


def test_seeds_are_taken_together_by_any_metric(runs):
    for seed in range(3):
        for lr, level in ((0.1, 0.9), (0.2, 0.6)):
            where = f"{lr}-{seed}"
            runs.add(where, level + seed / 100, task="regression", seed=seed, optim__lr=lr)
    groups = group_runs(read_runs(runs.root), ["seed"], "val_rmse")
    table = group_table(groups, ["seed"], "val_rmse")
    assert [group.config["optim.lr"] for group in groups] == [0.1, 0.2]
    assert [c.key for c in table.columns[-2:]] == ["test_rmse.mean", "test_rmse.std"]
    assert table.rows[0][-2] == pytest.approx(40 * (1 - 0.9))
    assert "%" not in to_text(table).replace("95 %", "")


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


def test_a_filter_knows_the_metrics(regression):
    found = read_runs(regression.root)
    assert [run.label for run in select(found, "test_rmse < 10")] == ["good"]
    assert [run.label for run in select(found, "val_r2 > 0.6 and rank > 1")] == ["fair"]


def test_a_share_is_shown_in_percent_whatever_its_name(monkeypatch):
    share = Metric(METRICS["accuracy"].function, ("multilabel",), "max", "share")
    monkeypatch.setitem(METRICS, "my_share", share)
    assert [form_of(name) for name in ("val_my_share", "test_my_share", "best.val_my_share")] == [
        "percent"
    ] * 3
    forms = map(form_of, ("val_rmse", "val_loss", "val_recall_of_mine", SECONDS))
    assert [*forms] == ["number", "number", "number", "seconds"]


def test_a_loss_with_another_parameter_is_another_kind(runs):
    for name, delta in (("a", 0.5), ("b", 1.0)):
        loss = {"name": "huber", "delta": delta}
        runs.add(name, 0.5, task="regression", loss=loss, summary={"loss": "huber"})
    found = read_runs(runs.root)
    notes = leaderboard(rank(found, "val_loss"), "val_loss").notes
    assert "losses of different kinds do not compare: huber delta=0.5, huber delta=1.0" in notes
