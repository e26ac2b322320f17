import pytest

from mlp_scratch.engine.metrics import METRICS, Metric
from mlp_scratch.errors import ConfigError
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.report.tables.groups import group_runs
from mlp_scratch.report.tables.leaderboard import (
    MOST_NAMES,
    SECONDS,
    choose_metric,
    form_of,
    labels_for,
    leaderboard,
    metric_names,
    rank,
)
from mlp_scratch.report.tables.table import to_records, to_text
from mlp_scratch.runs.differences import varying_keys
from mlp_scratch.runs.reader import read_runs


def names(runs):
    return [run.path.name for run in runs]


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


def test_best_first_and_only_what_can_be_compared(sweep):
    assert names(rank(sweep, "val_accuracy")) == ["1", "5", "0", "2"]
    assert names(rank(sweep, "val_accuracy", reverse=True)) == ["2", "0", "5", "1"]


@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("optim.lr", ["1", "5", "0", "2"]),
        ("lr", ["1", "5", "0", "2"]),
        ("optim", ["1", "5", "0", "2"]),
        ("run", ["0", "1", "2", "5"]),
        ("status", ["1", "0", "2", "5"]),
        ("test_accuracy", ["1", "0", "2", "5"]),
        ("timings.total_seconds", ["0", "1", "2", "5"]),
    ],
)
def test_sort(sweep, key, order):
    assert names(rank(sweep, "val_accuracy", sort=key)) == order


def test_lr_is_the_key_of_the_config_not_the_rate_of_an_epoch(runs):
    for name, lr, last in (("a", 0.01, 0.009), ("b", 0.001, 0.001)):
        row = {"epoch": 1, "val_accuracy": 0.9, "lr": last}
        runs.add(name, 0.9, optim__lr=lr, summary={"best": row, "final": row})
    assert names(rank(read_runs(runs.root), "val_accuracy", sort="lr")) == ["b", "a"]


def test_sort_by_what_is_not_there(sweep):
    with pytest.raises(ConfigError, match=r"--sort.*did you mean 'optim.lr'"):
        rank(sweep, "val_accuracy", sort="optmi.lr")


def test_lower_is_better_for_losses_and_best_is_not_final(runs):
    runs.add("a", summary={"best": {"val_loss": 0.3}, "final": {"val_loss": 0.35}})
    runs.add("b", summary={"best": {"val_loss": 0.2}, "final": {"val_loss": 0.9}})
    runs.add("nan", summary={"best": {"val_loss": float("nan")}, "final": {"val_loss": 0.1}})
    found = read_runs(runs.root)
    assert names(rank(found, "val_loss")) == ["b", "a"]
    assert names(rank(found, "val_loss", at="final")) == ["nan", "a", "b"]


def test_leaderboard_shows_what_differs(sweep):
    table = leaderboard(rank(sweep, "val_accuracy"), "val_accuracy", top=3)
    assert [column.title for column in table.columns] == [
        "#", "run", "status", "optim", "optim.lr", "val_accuracy", "val_loss", "test_accuracy",
        "at epoch", "time",
    ]  # fmt: skip
    assert [row[:6] for row in table.rows] == [
        [1, "1", "finished", "adam", 0.001, pytest.approx(0.97)],
        [2, "5", "interrupted", "adam", 0.003, pytest.approx(0.96)],
        [3, "0", "finished", "adam", 0.01, pytest.approx(0.95)],
    ]
    assert "best epoch (by val_accuracy)" in table.notes[0]
    assert "1 more" in table.notes[1]


def test_leaderboard_for_tools_has_every_metric_in_full(sweep):
    table = leaderboard(rank(sweep, "val_accuracy"), "val_accuracy", everything=True)
    first = to_records(table)[0]
    assert first["path"].endswith("1")
    assert {"val_loss", "train_loss", "train_accuracy", "test_loss", "grad_norm"} <= first.keys()


def test_null_is_not_absent(runs):
    runs.add("a", regularization__max_norm=None)
    runs.add("b", regularization__max_norm=2.0)
    table = leaderboard(rank(read_runs(runs.root), "val_accuracy"), "val_accuracy")
    assert {row[2] for row in table.rows} == {"null", 2.0}


@pytest.mark.parametrize(
    ("have", "chosen"),
    [
        (["val_loss", "val_accuracy", "train_loss"], "val_accuracy"),
        (["val_loss", "train_loss"], "val_loss"),
        (["train_loss", "train_accuracy"], "train_accuracy"),
        ([], "val_accuracy"),
    ],
)
def test_default_metric_falls_back_but_never_to_test(runs, have, chosen):
    values = dict.fromkeys(have, 0.5) | {"epoch": 1}
    runs.add("a", summary={"best": values, "final": values})
    assert choose_metric(read_runs(runs.root)) == chosen


def test_unknown_metric_names_the_nearest(sweep):
    assert choose_metric(sweep, "test_loss") == "test_loss"
    with pytest.raises(ConfigError, match=r"'val_acuracy'; did you mean 'val_accuracy'"):
        choose_metric(sweep, "val_acuracy")


def test_metric_names(sweep):
    assert metric_names(sweep)[:4] == ["lr", "train_loss", "train_accuracy", "val_loss"]
    assert metric_names(sweep)[-2:] == ["test_accuracy", "test_loss"]


def test_labels_name_what_varies_and_are_unique(runs):
    runs.add("a", optim__lr=0.1)
    runs.add("b", optim__lr=0.2)
    runs.add("c", optim__lr=0.2)
    assert labels_for(read_runs(runs.root)) == ["lr 0.1", "lr 0.2 (b)", "lr 0.2 (c)"]
    assert labels_for(read_runs(runs.root / "a")) == ["a"]


def test_a_name_and_a_path_are_labels_and_no_hyperparameters(runs):
    for i in range(8):
        where = {"data__path": f"{i}.csv", "data__dir": f"d{i}", "training__threads": i}
        runs.add(f"{i}", 0.9 + i / 100, name=f"mine{i}", seed=i % 2, **where)
    found = read_runs(runs.root)
    assert varying_keys([run.config for run in found]) == ["seed"]
    table = leaderboard(rank(found, "val_accuracy"), "val_accuracy")
    assert [column.key for column in table.columns][:4] == ["rank", "run", "name", "seed"]
    assert table.rows[0][:4] == [1, "7", "mine7", 1]
    assert labels_for(found)[:2] == ["mine0, seed 0", "mine1, seed 1"]
    data = page_data(found)
    assert [data["keys"][i]["key"] for i in data["varying"]] == ["seed"]  # the parallel axes
    assert {key for e in data["importance"]["val_accuracy"] for key in e["keys"]} == {"seed"}
    (group,) = group_runs(found, ["seed"], "val_accuracy")
    assert (len(group.runs), len(group.others)) == (2, 6)  # reruns under other names


def test_runs_of_other_data_are_no_reruns_and_are_told_apart(runs):
    for i, digest in enumerate(["aa", "aa", "bb", "bb"]):
        runs.add(f"{i}", 0.9 + i / 100, seed=i % 2, summary={"data": {"digest": digest}})
    found = read_runs(runs.root)
    assert [len(group.runs) for group in group_runs(found, ["seed"], "val_accuracy")] == [2, 2]
    for some, told in ((found, True), (found[:2], False)):
        notes = leaderboard(rank(some, "val_accuracy"), "val_accuracy").notes
        assert ("not all of these runs had the same data" in notes) == told


def test_the_metric_that_decided_in_training_decides_here(runs):
    runs.add("a", summary={"monitor": "val_loss"})
    assert choose_metric(read_runs(runs.root)) == "val_loss"
    runs.add("b", summary={"monitor": "val_accuracy"})
    assert choose_metric(read_runs(runs.root)) == "val_accuracy"


def test_the_page_takes_seeds_together_as_the_table_does(runs):
    for seed in range(2):
        runs.add(f"adam{seed}", seed=seed)
        runs.add(f"sgd{seed}", seed=seed, optim__name="sgd", name=f"s{seed}")
    runs.add("adam1 again", seed=1)
    runs.add("lost", status="diverged", seed=2)
    entries = page_data(read_runs(runs.root))["runs"]
    setting = {entry["label"]: entry["setting"] for entry in entries}
    assert setting["adam0"] == setting["adam1 again"] != setting["sgd0"] == setting["sgd1"]
    assert setting["adam1"] is setting["lost"] is None  # a rerun counts once


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
