"""Runs that differ in the seed, taken together."""

import pytest

from mlp_scratch.errors import ConfigError
from mlp_scratch.report.tables.groups import group_runs, group_table
from mlp_scratch.report.tables.table import to_records, to_text
from mlp_scratch.runs.reader import read_runs


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
