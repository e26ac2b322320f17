import pytest

from mlp_scratch.errors import ConfigError
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.report.tables.groups import group_runs, group_table
from mlp_scratch.report.tables.leaderboard import (
    choose_metric,
    labels_for,
    leaderboard,
    metric_names,
    rank,
)
from mlp_scratch.report.tables.status import count_states, status_table, unranked_lines
from mlp_scratch.report.tables.table import to_records
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


def test_groups_over_seeds(runs):
    for seed, (adam, sgd) in enumerate([(0.97, 0.95), (0.975, 0.94), (0.98, 0.96)]):
        runs.add(f"adam{seed}", adam, seed=seed)
        runs.add(f"sgd{seed}", sgd, seed=seed, optim__name="sgd", optim__lr=0.1)
    runs.add("sgd3", 0.1, status="diverged", seed=3, optim__name="sgd", optim__lr=0.1)
    runs.add("sgd4", 0.99, status="interrupted", seed=4, optim__name="sgd", optim__lr=0.1)
    runs.add("adam0 again", 0.97, seed=0)
    runs.add("never finished", 0.5, status="failed", optim__lr=99.0)
    groups = group_runs(read_runs(runs.root), ["seed"], "val_accuracy")
    assert [(g.config["optim.name"], len(g.runs), len(g.others)) for g in groups] == [
        ("adam", 3, 1), ("sgd", 3, 2), ("adam", 0, 1),
    ]  # fmt: skip
    adam = groups[0].estimate
    assert (adam.n, adam.mean, adam.std) == (3, pytest.approx(0.975), pytest.approx(0.005))
    assert adam.high - adam.mean == pytest.approx(4.3027 * 0.005 / 3**0.5, rel=1e-4)

    table = group_table(groups, ["seed"], "val_accuracy")
    first, second, third = to_records(table)
    assert [first["optim.name"], first["optim.lr"], first["n"]] == ["adam", 0.001, 3]
    assert first["val_accuracy.gap.low"] is None
    assert second["val_accuracy.gap.low"] < -0.025 < second["val_accuracy.gap.high"]
    assert [r["not_counted"] for r in (first, second, third)] == [
        "1 rerun", "1 diverged, 1 interrupted", "1 failed",
    ]  # fmt: skip
    assert third["val_accuracy.mean"] is None
    assert "seed" not in first


def test_groups_over_several_keys_and_short_names(runs):
    for i, layers in enumerate(([4, 2], [4, 3, 2])):
        for seed in range(2):
            runs.add(f"{i}-{seed}", 0.9, seed=seed, model__layers=layers)
    (group,) = group_runs(read_runs(runs.root), ["seed", "layers"], "val_accuracy")
    assert group.estimate.n == 4
    with pytest.raises(ConfigError, match="--group: no run has 'sead'; did you mean 'seed'"):
        group_runs(read_runs(runs.root), ["sead"], "val_accuracy")


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
