"""The page of runs that are not of classes: their metrics, and what their tests left."""

import json

import numpy as np
import pytest

from mlp_scratch.report.compare_page import runs_as_json
from mlp_scratch.report.compare_page.predicted_points import MOST_POINTS
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.runs.reader import read_runs


def save_points(folder, n=50, k=1, **changes):
    true = np.linspace(0, 1000, n * k).reshape(n, k)
    np.savez(folder / "answers.npz", **({"true": true, "predicted": true + 1} | changes))


def data_of(runs, **options):
    data = page_data(read_runs(runs.root), **options)
    json.dumps(data, allow_nan=False)
    return data


def test_metrics_carry_direction_unit_and_company(runs):
    runs.add("a", 0.9, task="regression")
    data = data_of(runs)
    assert data["metric"] == "val_rmse"
    facts = {metric["name"]: metric for metric in data["metrics"]}
    assert {name: facts[name]["lower"] for name in ("val_rmse", "val_r2", "test_mae")} == {
        **{"val_rmse": True, "val_r2": False, "test_mae": True}
    }
    assert {facts[name]["form"] for name in ("val_rmse", "val_r2", "test_rmse")} == {"number"}
    assert facts["val_rmse"]["beside"] == ["val_r2", "val_loss", "test_rmse", "test_r2"]


def test_curves_carry_which_end_matters(runs):
    runs.add("a", 0.9, task="regression")
    runs.add("b", 0.9)
    quantities = data_of(runs)["quantities"]
    assert quantities["rmse"] == {"form": "number", "lower": True}
    assert quantities["r2"] == {"form": "number", "lower": False}
    assert quantities["accuracy"] == {"form": "percent", "lower": False}
    assert quantities["lr"]["lower"]  # nobody knows better: a spike is what leaves the frame


def test_what_stands_where_there_is_no_matrix(runs, monkeypatch):
    runs.add("a", 0.9, task="regression")
    runs.add("b", 0.8, task="multilabel")
    runs.add("c", 0.7, status="interrupted", task="regression")
    many = {"data": {"classes": ["x"] * 3000}}
    counts = {"true": [0], "predicted": [1], "count": [1]}
    runs.add("d", 0.6, summary=many | {"test": {"confusion_matrix": counts}})
    runs.add("e", 0.5, summary={"test": {"confusion_matrix": [[1, 2], [3]]}})
    runs.add("f", 0.4)
    told = {run["label"]: run["untold"] for run in data_of(runs)["runs"]}
    assert told["a"] is told["b"] is told["f"] is None
    assert told["c"] == "This run was not tested."
    assert "3,000 classes" in told["d"]
    assert "no matrix that can be drawn" in told["e"]
    monkeypatch.setattr(runs_as_json, "MOST_COUNTS", 3)
    told = {run["label"]: run["untold"] for run in data_of(runs)["runs"]}
    assert "small" in told["f"]


def test_points_of_a_regression(runs, monkeypatch):
    folder = runs.add("a", 0.9, task="regression")
    save_points(folder, 1000, 6)
    summary = json.loads((folder / "summary.json").read_text())
    summary["data"]["targets"] = [f"y{j}" for j in range(6)]
    (folder / "summary.json").write_text(json.dumps(summary))
    (run,) = data_of(runs)["runs"]
    points = run["points"]
    assert (points["rows"], points["names"]) == (1000, ["y0", "y1", "y2", "y3"])
    assert [len(values) for values in points["true"]] == [MOST_POINTS] * 4
    assert points["predicted"][0][0] == 1.0
    monkeypatch.setattr(runs_as_json, "WITH_MISTAKES", 0)
    assert data_of(runs)["runs"][0]["points"] is None


def test_a_run_without_a_place_shows_its_mistakes(runs):
    runs.add("number", task="regression")
    folder = runs.add("classes", 0.9)
    arrays = {"true": np.array([0]), "predicted": np.array([1]), "probability": np.array([0.9])}
    np.savez(folder / "misclassified.npz", images=np.zeros((1, 16), np.uint8), **arrays)
    by_label = {run["label"]: run for run in data_of(runs, metric="val_rmse")["runs"]}
    assert by_label["classes"]["rank"] is None
    assert by_label["classes"]["mistakes"]["true"] == [0]
    assert by_label["number"]["comparable"]


def test_points_that_no_axis_holds_are_left_out(runs):
    values = np.array([[1.0], [np.nan], [np.inf], [1e200], [2.0]])
    save_points(runs.add("a", task="regression"), true=np.ones((5, 1)), predicted=values)
    assert data_of(runs)["runs"][0]["points"]["predicted"] == [[1.0, 2.0]]


@pytest.mark.parametrize(
    "changes",
    [
        {"true": np.ones((3, 1))},
        {"true": np.ones(50), "predicted": np.ones(50)},
        {"true": np.ones((0, 1)), "predicted": np.ones((0, 1))},
        {"true": np.full((50, 1), "x")},
        {"true": np.ones((50, 1), complex)},
        {"predicted": np.ones((50, 1), bool)},
    ],
    ids=["lengths", "one axis", "no rows", "words", "complex", "bool"],
)
def test_arrays_that_are_no_points(runs, changes):
    save_points(runs.add("a", task="regression"), **changes)
    assert data_of(runs)["runs"][0]["points"] is None


def test_a_damaged_file_of_points(runs):
    (runs.add("a", task="regression") / "answers.npz").write_bytes(b"PK\x03\x04 and no more")
    save_points(runs.add("b"))  # of classes: not looked at
    assert [run["points"] for run in data_of(runs)["runs"]] == [None, None]
