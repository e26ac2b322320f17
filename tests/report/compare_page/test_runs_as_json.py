"""What the page is told of the runs."""

import json
from typing import Any

import numpy as np
import pytest

from mlp_scratch.report.compare_page import runs_as_json
from mlp_scratch.report.compare_page.compare_page import write_compare_page
from mlp_scratch.report.compare_page.runs_as_json import (
    LONGEST_LINE,
    MOST_FINDINGS,
    findings_of,
    page_data,
)
from mlp_scratch.runs.reader import read_runs

EVIL = "<img src=x onerror=alert(1)>"
FOUND = [
    {"rule": "overfitting", "evidence": f"accuracy 100 % {EVIL}", "try": "augment=affine"},
    {"rule": "dead units", "evidence": "9 of 10 units", "try": "optim.lr=0.01"},
]
CASES: dict[str, tuple[Any, list[list[str]] | None]] = {
    "nobody looked": (None, None),
    "all is well": ([], []),
    "two findings": (FOUND, [[*entry.values()] for entry in FOUND]),
    "no list": ("overfitting", None),
    "no findings in it": ([1, None, []], []),
    "numbers and gaps": ([{"rule": 7, "evidence": None}], [["7", "", ""]]),
}


@pytest.mark.parametrize("case", CASES)
def test_findings_of_a_summary(case, runs):
    told, expected = CASES[case]
    runs.add("a", summary={} if told is None else {"diagnosis": told})
    (run,) = read_runs(runs.root)
    assert findings_of(run) == expected


def test_a_summary_that_tells_too_much_is_cut(runs):
    runs.add("a", summary={"diagnosis": [{"rule": "x" * 10_000}] * 100})
    (run,) = read_runs(runs.root)
    found = findings_of(run)
    assert len(found) == MOST_FINDINGS
    assert len(found[0][0]) == LONGEST_LINE


@pytest.mark.slow
def test_the_page_of_a_run_shows_them(runs, quiet, tmp_path):
    pytest.importorskip("selenium", reason="selenium is not installed (mlp-scratch[browser])")
    from selenium.webdriver.common.by import By

    runs.add("a", 0.9, summary={"diagnosis": FOUND})
    runs.add("b", 0.8, summary={"diagnosis": []})
    quiet.get(write_compare_page(read_runs(runs.root), tmp_path / "report.html").as_uri())

    def shown(selector):
        return [e.text for e in quiet.find_elements(By.CSS_SELECTOR, f"#run-body {selector}")]

    assert shown(".findings li") == [
        f"{entry['rule']}: {entry['evidence']}; try {entry['try']}" for entry in FOUND
    ]
    assert shown(".findings code") == [entry["try"] for entry in FOUND]
    quiet.find_element(By.ID, "run-on").click()
    assert shown(".findings") == []
    assert "Diagnosis: nothing stands out." in shown("p.faint")


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


def test_a_run_without_a_place_shows_its_mistakes(runs):
    runs.add("number", task="regression")
    folder = runs.add("classes", 0.9)
    arrays = {"true": np.array([0]), "predicted": np.array([1]), "probability": np.array([0.9])}
    np.savez(folder / "misclassified.npz", images=np.zeros((1, 16), np.uint8), **arrays)
    by_label = {run["label"]: run for run in data_of(runs, metric="val_rmse")["runs"]}
    assert by_label["classes"]["rank"] is None
    assert by_label["classes"]["mistakes"]["true"] == [0]
    assert by_label["number"]["comparable"]


def test_the_data_says_what_the_folders_say(runs):
    runs.add("low", 0.90, optim__lr=0.1)
    runs.add("high", 0.95, optim__lr=0.01)
    runs.add("boom", 0.99, status="diverged", summary={"message": "loss is NaN"})
    (runs.root / "empty" / ".hydra").mkdir(parents=True)
    (runs.root / "empty" / "train.log").write_text("")
    data = page_data(read_runs(runs.root))
    json.dumps(data, allow_nan=False)
    assert [(r["label"], r["rank"], r["status"]) for r in data["runs"]] == [
        ("high", 1, "finished"), ("low", 2, "finished"), ("boom", None, "diverged"),
        ("empty", None, "empty"),
    ]  # fmt: skip
    assert data["runs"][2]["problem"] == "loss is NaN"
    assert data["metric"] == "val_accuracy"
    names = [metric["name"] for metric in data["metrics"]]
    assert data["runs"][0]["values"][names.index("val_accuracy")] == pytest.approx(0.95)
    assert data["runs"][0]["values"][names.index("test_accuracy")] == pytest.approx(0.94)
    assert [data["keys"][i] for i in data["varying"]] == [{"key": "optim.lr", "short": "optim.lr"}]
    high = {k["key"]: data["texts"][p] for k, p in
            zip(data["keys"], data["runs"][0]["config"], strict=True) if p >= 0}  # fmt: skip
    assert (high["optim.lr"], high["model.layers"], high["name"]) == (
        "0.01",
        "[784,128,10]",
        "null",
    )
    assert data["runs"][0]["curves"]["epoch"] == [1, 2, 3, 4, 5]
    assert data["runs"][0]["curves"]["elapsed"] == [0.5, 1, 1.5, 2, 2.5]
    assert data["runs"][0]["confusion"] == [1, 0, 0, 1]
    assert data["runs"][3]["curves"] is None


def test_numbers_that_are_none_become_null(runs):
    folder = runs.add("a")
    lines = (folder / "metrics.csv").read_text().splitlines()
    cells = lines[2].split(",")
    cells[3:7] = ["nan", "inf", "-inf", ""]
    (folder / "metrics.csv").write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:], ""]))
    curves = page_data(read_runs(runs.root))["runs"][0]["curves"]
    assert [curves[c][1] for c in ("train_loss", "train_accuracy", "val_loss", "val_accuracy")] == [
        None
    ] * 4


def test_final_values_and_another_metric(runs):
    runs.add("a", 0.9, summary={"best": {"val_accuracy": 0.99, "val_loss": 1.0, "epoch": 3}})
    data = page_data(read_runs(runs.root), "val_loss", "final")
    assert (data["metric"], data["at"], data["runs"][0]["epoch"]) == ("val_loss", "final", 5)


def test_long_curves_are_thinned_and_keep_both_ends(runs, monkeypatch):
    for name in "ab":
        runs.add(name, epochs=100)
    monkeypatch.setattr(runs_as_json, "MOST_NUMBERS", 1000)
    data = page_data(read_runs(runs.root))
    epochs = data["runs"][0]["curves"]["epoch"]
    assert len(epochs) == 1000 // 22
    assert (epochs[0], epochs[-1]) == (1, 100)
    assert data["runs"][0]["curves"]["elapsed"][-1] == 50
    assert "points" in data["notes"][0]


def test_summaries_full_of_nonsense_do_no_harm(runs):
    for i, nonsense in enumerate(([], 3, "x", None, {"classes": 5, "n_train": {}}, [[1]])):
        parts = dict.fromkeys(
            ("data", "test", "git", "blas", "versions", "timings", "best"), nonsense
        )
        runs.add(str(i), summary=parts | {"seed": nonsense, "monitor": "val_loss"})
    data = page_data(read_runs(runs.root))
    assert len(data["runs"]) == 6
    json.dumps(data, allow_nan=False)
