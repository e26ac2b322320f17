"""Points of a regression on the page."""

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
