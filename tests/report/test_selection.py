"""Which runs a filter leaves."""

import pytest

from mlp_scratch.errors import ConfigError
from mlp_scratch.report.selection import FIELDS, select
from mlp_scratch.runs.reader import read_runs


@pytest.fixture
def regression(runs):
    for name, level in (("good", 0.9), ("poor", 0.5), ("fair", 0.7)):
        runs.add(name, level, task="regression", optim__lr=1 - level)
    return runs


def test_a_filter_knows_the_metrics(regression):
    found = read_runs(regression.root)
    assert [run.label for run in select(found, "test_rmse < 10")] == ["good"]
    assert [run.label for run in select(found, "val_r2 > 0.6 and rank > 1")] == ["fair"]


def read(runs):
    return read_runs(runs.root)


@pytest.mark.parametrize("at", ["best", "final"])
def test_metrics_are_those_of_the_epoch_asked_for(runs, at):
    values = {"epoch": 1, "val_accuracy": 0.9, "lr": 0.5}, {"epoch": 2, "val_accuracy": 0.8}
    runs.add("a", summary=dict(zip(("best", "final"), values, strict=True)))
    found = read(runs)
    assert bool(select(found, "val_accuracy > 85%", at=at)) == (at == "best")
    assert bool(select(found, "epoch = 2", at=at)) == (at == "final")
    assert select(found, "lr = 0.5", at=at) == []  # the config's


def test_rank_is_the_place_by_the_metric(runs):
    for name, level, loss in (("a", 0.9, 0.2), ("b", 0.8, 0.1)):
        best = {"epoch": 1, "val_accuracy": level, "val_loss": loss}
        runs.add(name, level, summary={"best": best, "final": best})
    found = read(runs)
    assert [run.label for run in select(found, "rank = 1")] == ["a"]
    assert [run.label for run in select(found, "rank = 1", "val_loss")] == ["b"]
    with pytest.raises(ConfigError, match="--metric: no run has 'nothing'"):
        select(found, "rank = 1", "nothing")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**60])
def test_a_number_that_is_none_is_not_there(runs, number):
    runs.add("a", summary={"best": {"val_loss": number}, "final": {"val_loss": number}})
    assert select(read(runs), "val_loss > 0 or val_loss <= 0") == []
    assert len(select(read(runs), "val_loss = null")) == 1


def test_a_long_text_is_cut_as_on_the_page(runs):
    runs.add("a", name="x" * 299 + "yz")
    assert len(select(read(runs), "'xxx' in name")) == 1
    assert select(read(runs), "yz in name") == []


@pytest.mark.parametrize("field", [*FIELDS, "rank"])
def test_every_field_has_a_value(runs, field):
    runs.add("a")
    assert len(select(read(runs), f"{field} != null")) == 1


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_filter_leaves_everything(runs, nothing):
    runs.add("a", status="failed", epochs=0)
    assert len(select(read(runs), nothing)) == 1
