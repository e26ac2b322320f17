import contextlib
import errno
import io
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from mlp_scratch.compare import main
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import load_run, load_runs, read_runs
from mlp_scratch.sweep.summary import summary_text
from mlp_scratch.sweep.sweep_folder import Entry, Plan, SweepFolder, SweepTable

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
        lambda f: (f / "summary.json").write_text("[" * 100_000), "damaged", "nested too deeply",
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


def states_told(root):
    """The state of the one run below ``root``, as each of those that tell it says."""
    (run,) = read_runs(root)
    sweep = SweepFolder(root)
    entry = Entry(run.path.name, "0", [])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main([str(root), "--status", "--json"]) == 0
    return {
        "load_run": load_run(run.path).status,
        "read_runs": run.status,
        "load_runs": load_runs(root)["status"].iloc[0],
        "compare": json.loads(out.getvalue())[0]["status"],
        "page": page_data([run])["runs"][0]["status"],
        "sweep": SweepTable(sweep, Plan([], [entry])).runs[entry.folder].status,
        "sweep's summary": summary_text([run]).split()[3],
    }


@pytest.mark.parametrize("old", [False, True], ids=["just now", "an hour ago"])
@pytest.mark.parametrize("locked", [False, True], ids=["killed", "running"])
def test_running_or_killed_is_told_by_the_lock_alone(runs, locked, old):
    folder = runs.add("run", status="running")
    if old:
        for file in [*folder.iterdir(), folder]:
            os.utime(file, (time.time() - 3600, time.time() - 3600))
    with RunFolder(folder).locked() if locked else contextlib.nullcontext():
        told = states_told(runs.root)
    assert set(told.values()) == {"running" if locked else "killed"}, told


@pytest.mark.skipif(os.name == "nt", reason="fcntl")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_without_locks_nobody_knows(runs, number, monkeypatch, capsys):
    """... whether it is running, and nothing says that it was killed."""

    def no_locks(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", no_locks)
    folder = runs.add("run", status="running")
    (folder / ".lock").touch()
    assert set(states_told(runs.root).values()) == {"unknown"}
    assert "running or killed" in load_run(folder).problem
    for status in ("finished", "interrupted", "failed"):
        assert load_run(runs.add(status, status=status)).status == status
    with RunFolder(folder).locked(), RunFolder(folder).locked():  # as today, but not in silence
        assert "its file system has no locks" in capsys.readouterr().err


def test_a_run_that_has_just_begun_is_told_from_a_folder_that_was_left(runs):
    folder = runs.root / "run"
    (folder / ".hydra").mkdir(parents=True)
    with RunFolder(folder).locked():
        assert load_run(folder).status == "running"
    assert load_run(folder).status == "empty"


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_a_run_may_end_before_it_has_a_config(runs, status):
    folder = runs.add("run", status=status, summary={"message": "too large"})
    (folder / "config.yaml").unlink()
    run = load_run(folder)
    assert (run.status, run.problem, run.config) == (status, "too large", {})


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
        "huge": 10**200,
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


def test_what_a_summary_says(runs):
    run = load_run(runs.add("a", summary={"data": {"classes": ["x"]}, "test": 3}))
    assert run.told("data", "classes") == ["x"]
    assert run.told("data", "classes", "x") is run.told("test", "best") is run.told("no") is None


def test_columns_that_cannot_be_read_are_none_and_named(runs):
    run = load_run(runs.add("a", level=0.9, epochs=4))
    assert len(run.columns_if_any()["epoch"]) == 4
    broken = load_run(runs.add("b"))
    (broken.path / "metrics.csv").unlink()
    assert broken.columns_if_any() == {}
    assert broken.problem.startswith("metrics.csv: ")


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
