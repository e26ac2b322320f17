import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from mlp_scratch.errors import RunError
from mlp_scratch.runs.discovery import find_runs, short_labels
from mlp_scratch.runs.reader import load_run, load_runs, read_runs

# what somebody may do to a finished run's folder -> (state, part of the remark)
DAMAGE = {
    "as it was": (lambda f: None, "finished", ""),
    "summary cut off": (
        lambda f: (f / "summary.json").write_text('{"status": "fin'), "damaged", "not JSON",
    ),
    "summary empty": (lambda f: (f / "summary.json").write_text(""), "damaged", "not JSON"),
    "summary binary": (
        lambda f: (f / "summary.json").write_bytes(b"\xff\xfe\x00"), "damaged", "not UTF-8",
    ),
    "summary a list": (lambda f: (f / "summary.json").write_text("[]"), "foreign", "not one of"),
    "summary deep": (
        lambda f: (f / "summary.json").write_text("[" * 100_000), "damaged", "recursion",
    ),
    "summary a folder": (
        lambda f: ((f / "summary.json").unlink(), (f / "summary.json").mkdir()), "damaged", "",
    ),
    "status unknown": (
        lambda f: (f / "summary.json").write_text('{"status": ["x"]}'), "damaged", "unknown status",
    ),
    "summary gone": (lambda f: (f / "summary.json").unlink(), "damaged", "summary.json is missing"),
    "summary and metrics gone": (
        lambda f: ((f / "summary.json").unlink(), (f / "metrics.csv").unlink()), "empty", "nothing",
    ),
    "config cut off": (
        lambda f: (f / "config.yaml").write_text("model: [1, 2"), "damaged", "config.yaml: line",
    ),
    "config gone": (lambda f: (f / "config.yaml").unlink(), "damaged", "config.yaml: missing"),
    "config a bomb": (
        lambda f: (f / "config.yaml").write_text("a: !!python/name:os.system x"), "damaged", "",
    ),
    "somebody else's": (
        lambda f: ((f / "summary.json").write_text('{"loss": 1}'),), "foreign", "not one of ours",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGE)
def test_states_of_a_folder_that_was_tampered_with(runs, what):
    tamper, status, remark = DAMAGE[what]
    folder = runs.add("run")
    tamper(folder)
    run = load_run(folder)
    assert run.status == status
    assert remark in run.problem
    assert len(run.problem.splitlines()) <= 1


@pytest.mark.parametrize(
    "status", ["finished", "stopped_early", "interrupted", "diverged", "failed"]
)
def test_states_that_a_run_writes_itself(runs, status):
    folder = runs.add("run", status=status, summary={"message": "why\nso"})
    run = load_run(folder)
    assert run.status == status
    complete = status in ("finished", "stopped_early")
    assert run.problem == ("" if complete else "why so")
    assert run.config["optim.lr"] == 0.001


def test_running_or_killed_is_told_by_the_lock(runs):
    folder = runs.add("run", status="running")
    assert load_run(folder, is_running=lambda path: path == folder).status == "running"
    assert load_run(folder, is_running=lambda path: False).status == "killed"


def test_running_or_killed_without_a_lock_is_told_by_the_time(runs):
    folder = runs.add("run", status="running")
    assert load_run(folder).status == "running"
    long_ago = time.time() - 3600
    for file in [folder, *folder.iterdir()]:
        os.utime(file, (long_ago, long_ago))
    assert load_run(folder).status == "killed"


def test_metrics_of_a_running_run_come_from_its_metrics_file(runs):
    folder = runs.add("run", level=0.9, status="running")
    text = (
        (folder / "metrics.csv").read_text().replace("0.9,1.0,2.0", "0.5,1.0,2.0")
    )  # epoch 5 worse
    (folder / "metrics.csv").write_text(text + "6,60,0.00")  # being written
    run = load_run(folder)
    assert run.metric("epoch", "final") == 5
    assert run.metric("epoch", "best") == 4
    assert run.metric("val_accuracy", "final") == 0.5
    assert run.metric("val_accuracy") > 0.85
    assert run.metric("test_accuracy") is None


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("val_accuracy", "best", 0.9),
        ("epoch", "final", 7),
        ("test_accuracy", "best", 0.88),
        ("test_accuracy", "final", 0.87),
        ("timings.total_seconds", "best", 12.5),
        ("parameters", "best", 101770),
        ("best", "best", None),
        ("name", "best", None),
        ("git.dirty", "best", None),
        ("val_f1", "best", None),
        ("huge", "best", None),
    ],
)
def test_metric(runs, name, at, value):
    summary = {
        "best": {"epoch": 3, "val_accuracy": 0.9},
        "final": {"epoch": 7, "val_accuracy": 0.8},
        "test": {"best": {"accuracy": 0.88}, "last": {"accuracy": 0.87}},
        "timings": {"total_seconds": 12.5},
        "parameters": 101770,
        "git": {"dirty": True},
        "huge": 10**400,
    }
    assert load_run(runs.add("run", summary=summary)).metric(name, at) == value


@pytest.mark.parametrize("odd", [[], "x", 3, None, {"epoch": "x"}, {"epoch": []}])
def test_odd_contents_of_a_summary_are_no_metrics(runs, odd):
    summary = {"best": odd, "final": odd, "test": odd, "timings": odd, "monitor": odd}
    run = load_run(runs.add("run", summary=summary))
    for name in ("val_accuracy", "test_accuracy", "timings.total_seconds"):
        run.metric(name)
        run.metric(name, "final")
    assert run.metric("test_accuracy") is None


def test_find_runs_in_natural_order_and_nothing_else(runs):
    for name in ("sweep/10", "sweep/2", "sweep/1", "2026-01-01/a", "2026-01-01/b"):
        runs.add(name)
    (runs.root / "sweep" / "multirun.yaml").touch()
    (runs.root / "sweep" / "1" / "checkpoints" / "config.yaml").touch()
    (runs.root / "notes").mkdir()
    (runs.root / "notes" / "todo.txt").touch()
    (runs.root / ".cache").mkdir()
    (runs.root / "2026-01-02").mkdir()  # claimed, or left over
    found = [path.relative_to(runs.root).as_posix() for path in find_runs(runs.root)]
    assert found == ["2026-01-01/a", "2026-01-01/b", "2026-01-02", "sweep/1", "sweep/2", "sweep/10"]


def test_find_runs_takes_folders_globs_and_runs_and_finds_each_once(runs, monkeypatch):
    for name in ("a1", "a2", "b"):
        runs.add(name)
    monkeypatch.chdir(runs.root)
    assert [p.name for p in find_runs(["a*", "a1", runs.root / "b", "b/summary.json"])] == [
        *("a1", "a2", "b"),
    ]  # fmt: skip
    assert [p.name for p in find_runs("[ab]*")] == ["a1", "a2", "b"]


@pytest.mark.parametrize(
    ("path", "says"), [("nowhere", "no such folder"), ("no*", "no folder match")]
)
def test_a_path_that_does_not_exist(runs, monkeypatch, path, says):
    monkeypatch.chdir(runs.root)
    with pytest.raises(RunError, match=says):
        find_runs(path)


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs links")
def test_links_are_followed_but_not_in_circles(runs):
    folder = runs.add("a")
    (runs.root / "again").symlink_to(folder)
    (runs.root / "up").symlink_to(runs.root)
    assert len(find_runs(runs.root)) == 1


def test_a_folder_that_cannot_be_listed_is_damaged(runs, monkeypatch):
    folder = runs.add("a")
    scandir, listdir = os.scandir, os.listdir

    def refuse(path):
        if str(path) == str(folder):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(os, "listdir", lambda p: [e.name for e in refuse(p)] or listdir(p))
    (run,) = read_runs(runs.root)
    assert (run.status, run.problem) == ("damaged", "cannot be read (Permission denied)")


def test_a_copy_is_a_duplicate_and_a_rerun_is_not(runs):
    original = runs.add("a")
    runs.add("rerun")  # the same config, another wall time
    shutil.copytree(original, runs.root / "b copy")
    by_name = {run.path.name: run for run in read_runs(runs.root)}
    assert {name: run.status for name, run in by_name.items()} == {
        "a": "finished", "rerun": "finished", "b copy": "duplicate",
    }  # fmt: skip
    assert str(original) in by_name["b copy"].problem


def test_short_labels(tmp_path):
    def labels(*paths):
        return short_labels([tmp_path / path for path in paths])

    assert labels("x/2026/a", "x/2026/b") == ["a", "b"]
    assert labels("x/1/a", "x/2/a") == ["1/a", "2/a"]
    assert labels("x/a") == ["a"]
    assert labels("x", "x/a") == ["x", "x/a"]
    assert labels() == []


def test_load_runs_as_a_frame(runs):
    runs.add("a", level=0.9, optim__lr=0.1, name="mine")
    runs.add("b", level=0.8, model__layers=[4, 2])
    runs.add("c", status="failed", summary={"message": "no data"})
    (runs.root / "c" / "config.yaml").write_text("[")
    frame = load_runs(runs.root)
    assert frame["run"].tolist() == ["a", "b", "c"]
    assert frame["status"].tolist() == ["finished", "finished", "damaged"]
    assert frame["optim.lr"].tolist()[:2] == [0.1, 0.001]
    assert frame["best.val_accuracy"].tolist()[:2] == pytest.approx([0.9, 0.8])
    assert frame["test.last.accuracy"].tolist()[:2] == pytest.approx([0.89, 0.79])
    assert frame["model.layers"].iloc[1] == (4, 2)
    assert frame["name"].iloc[0] == "mine"
    assert np.isnan(frame["optim.lr"].iloc[2])


def test_load_runs_of_an_empty_folder(tmp_path):
    (tmp_path / "notes.txt").touch()
    assert load_runs(tmp_path).empty


def test_history_as_a_frame(runs):
    run = load_run(runs.add("a", level=0.9, epochs=4))
    assert run.history["epoch"].tolist() == [1, 2, 3, 4]
    assert run.history["val_accuracy"].iloc[-1] == pytest.approx(0.9)


def test_reading_runs_imports_neither_pandas_nor_matplotlib(runs):
    runs.add("a")
    code = """
import sys
from mlp_scratch.runs.reader import read_runs
assert read_runs(sys.argv[1])[0].metric("val_accuracy")
print([m for m in ("pandas", "matplotlib", "hydra", "omegaconf") if m in sys.modules])
"""
    out = subprocess.run(
        [sys.executable, "-c", code, str(runs.root)], capture_output=True, text=True
    )
    assert out.stdout.strip() == "[]", out.stderr


def test_a_foreign_hydra_app_and_other_tools(tmp_path):
    (tmp_path / "hydra_app" / ".hydra").mkdir(parents=True)
    (tmp_path / "hydra_app" / "main.log").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "metrics.csv").write_text("step,reward\n1,2\n")
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "summary.json").write_text(json.dumps({"_wandb": {"runtime": 3}}))
    found = read_runs(tmp_path)
    assert [(run.label, run.status) for run in found] == [
        ("hydra_app", "foreign"), ("other", "foreign"), ("third", "foreign"),
    ]  # fmt: skip
