"""``train`` and ``rerun`` from outside: what a run's folder holds, repeatability, exit status."""

import csv
import json
import os
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import yaml
from running import Command, runs_in

from mlp_scratch import __version__
from mlp_scratch.__main__ import COMMANDS

FILES = {
    ".hydra",
    ".lock",
    "checkpoints",
    "config.yaml",
    "confusion_matrix.png",
    "curves.png",
    "metrics.csv",
    "layers.csv",
    "histograms.npz",
    "misclassified.npz",
    "misclassified.png",
    "summary.json",
    "train.log",
    "weights.png",
}
TIMINGS = ("seconds", "samples_per_second")


def metrics(run: Path) -> list[dict[str, str]]:
    with open(run / "metrics.csv", newline="") as file:
        return [{k: v for k, v in row.items() if k not in TIMINGS} for row in csv.DictReader(file)]


def summary(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text("utf-8"))


def test_a_run_explains_itself(run_command: Command, tmp_path: Path) -> None:
    done = run_command("train", "name=first try", "optim=momentum", fresh=True)
    assert done.returncode == 0, done.stderr
    (run,) = runs_in(tmp_path)
    assert run.name.endswith("_first-try")
    assert {path.name for path in run.iterdir()} == FILES
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"best.npz", "last.npz"}
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert config["data"]["name"] == "digits"
    assert config["model"]["layers"] == [784, 16, 10]
    assert config["optim"]["name"] == "momentum"
    rows = metrics(run)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    said = summary(run)
    assert said["status"] == "finished"
    assert said["name"] == "first try"
    assert said["final"]["val_accuracy"] == float(rows[-1]["val_accuracy"])
    best = max(rows, key=lambda row: float(row["val_accuracy"]))
    assert said["best"]["epoch"] == int(best["epoch"])
    assert set(said["test"]) >= {"best", "last", "confusion_matrix"}
    assert np.sum(said["test"]["confusion_matrix"]) == said["data"]["n_test"]
    assert len(said["data"]["digest"]) == 64
    assert {"library", "kernel", "threads"} <= set(said["blas"])
    # one line an epoch, no bar and no control characters when nobody watches
    lines = done.stdout.splitlines()
    assert sum(line.startswith("epoch ") for line in lines) == 2
    assert "\r" not in done.stdout + done.stderr
    assert done.stderr == ""
    assert str(run.relative_to(tmp_path)) in lines[-1]
    assert "mlp_scratch.compare outputs" in lines[-1]
    assert "epoch 2/2" in (run / "train.log").read_text()


@pytest.mark.slow
def test_same_config_same_bits(run_command: Command, tmp_path: Path) -> None:
    words = ["regularization.dropout=0.2", "augment=affine"]
    for command in (["train", *words], ["train", *words], ["rerun", "latest"]):
        done = run_command(*command, fresh=command[0] == "rerun")
        assert done.returncode == 0, done.stderr
    done = run_command("rerun", "latest", "seed=1")
    assert done.returncode == 0, done.stderr
    first, second, third, other = runs_in(tmp_path)
    for run in (second, third):
        assert metrics(run) == metrics(first)
        for name in ("best.npz", "last.npz"):
            bits = (run / "checkpoints" / name).read_bytes()
            assert bits == (first / "checkpoints" / name).read_bytes(), name
    assert metrics(other) != metrics(first)


@pytest.mark.slow
def test_auto_says_what_it_took(run_command: Command, tmp_path: Path) -> None:
    done = run_command("train", "data=auto", "training.epochs=1")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "data=mnist" in line]
    assert "digits" in line
    (run,) = runs_in(tmp_path)
    assert yaml.safe_load((run / "config.yaml").read_text())["data"]["name"] == "digits"


def one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system cannot pin processes")
def test_more_threads_than_cores_are_warned_of(run_command: Command, tmp_path: Path) -> None:
    sharing = ("training.threads=2", "training.batch_size=full")
    done = run_command("train", *sharing, before=one_core)
    assert done.returncode == 0, done.stderr
    assert "training.threads=2 will be slow: cores to run on: 1" in done.stdout + done.stderr
    done = run_command("train", "training.threads=1")
    assert "slow" not in done.stdout + done.stderr


@pytest.mark.slow
def test_without_validation_the_last_is_the_best(run_command: Command, tmp_path: Path) -> None:
    done = run_command("train", "training.validation_fraction=0", "training.batch_size=full")
    assert done.returncode == 0, done.stderr
    (run,) = runs_in(tmp_path)
    assert not [column for column in metrics(run)[0] if column.startswith("val_")]
    best, last = ((run / "checkpoints" / f"{name}.npz").read_bytes() for name in ("best", "last"))
    assert best == last
    assert summary(run)["test"]["best"] == summary(run)["test"]["last"]


def test_divergence(run_command: Command, tmp_path: Path) -> None:
    done = run_command("train", "optim=sgd", "optim.lr=1e30")
    assert done.returncode == 1
    assert "diverged" in done.stderr
    assert "epoch 1, step" in done.stderr
    assert "optim.lr" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    (run,) = runs_in(tmp_path)
    assert summary(run)["status"] == "diverged"
    assert (run / "curves.png").exists()


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    ("words", "status", "part"),
    [
        (["optim=adm"], 2, "adam"),
        (["model.layers=[783,16,10]"], 2, "[784,16,10]"),
        (["training.batch_size=0"], 2, "training.batch_size"),
        (["data=npz", "data.path=nothing.npz"], 1, "nothing.npz"),
        (["data=mnist", "data.download=false"], 1, "data"),
        (["model.init_from=nothing"], 1, "nothing"),
        (["model.layers=[null,3000000,3000000,null]"], 1, "the memory does not suffice"),
    ],
)
def test_mistakes_cost_two_lines_and_no_folder(
    run_command: Command, tmp_path: Path, words: list[str], status: int, part: str
) -> None:
    done = run_command("train", *words)
    assert done.returncode == status, done.stderr
    assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    assert not list(tmp_path.glob("outputs/*"))


@pytest.mark.slow
def test_what_fails_before_the_first_step_is_not_the_latest(
    run_command: Command, tmp_path: Path
) -> None:
    assert run_command("train", "training.epochs=1", "name=good").returncode == 0
    (good,) = runs_in(tmp_path)
    (tmp_path / "tensorboardX.py").write_text("raise ImportError")  # a missing extra
    for words in (
        ["train", "data=csv", "data.path=nothing.csv"],
        ["train", "tracking=tensorboard"],
        ["rerun", "good", "data=csv", "data.path=nothing.csv"],
    ):
        done = run_command(*words)
        assert done.returncode in (1, 2), done.stdout
        assert len(done.stderr.splitlines()) == 1, done.stderr
    assert list(tmp_path.glob("outputs/*/*")) == [good]
    done = run_command("evaluate", "latest")
    assert str(good.relative_to(tmp_path)) in done.stdout
    # the record of a sweep's job stays, and the latest is still the one that has trained
    done = run_command("train", "-m", "tracking=tensorboard", "seed=0,1")
    assert done.returncode == 1, done.stdout
    (sweep,) = (path.parent for path in tmp_path.glob("outputs/*/*/sweep.yaml"))
    assert {summary(path)["status"] for path in sweep.glob("seed=*")} == {"failed"}
    assert run_command("evaluate", "latest").stdout.startswith(str(good.relative_to(tmp_path)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["007", "true"])
def test_a_name_is_what_was_typed(run_command: Command, tmp_path: Path, name: str) -> None:
    done = run_command("train", "training.epochs=0", f"name={name}")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    (run,) = runs_in(tmp_path)
    assert run.name.endswith(f"_{name}")
    assert summary(run)["name"] == name
    assert yaml.safe_load((run / "config.yaml").read_text())["name"] == name
    done = run_command("rerun", "latest", f"name={name}")
    assert done.returncode == 0, done.stderr
    assert {summary(run)["name"] for run in runs_in(tmp_path)} == {name}


@pytest.mark.slow
def test_a_sweep_with_a_number_for_a_name(run_command: Command, tmp_path: Path) -> None:
    done = run_command("train", "-m", "training.epochs=0", "name=7", "seed=0,1")
    assert done.returncode == 0, done.stderr
    assert [summary(run)["name"] for run in runs_in(tmp_path)] == ["7", "7"]
    done = run_command("train", "-m", "training.epochs=0", "name=007,7", "hydra.sweep.dir=names")
    assert done.returncode == 0, done.stderr
    names = {path.name: summary(path)["name"] for path in (tmp_path / "names").glob("name=*")}
    assert names == {"name=7": "7", "name=007": "007"}


@pytest.mark.slow
def test_starts_under_one_numeric_name_share_no_folder(
    run_command: Command, tmp_path: Path
) -> None:
    words = ("train", "training.epochs=0", "name=7")
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: run_command(*words), range(3)))
    assert [one.returncode for one in done] == [0] * 3, done
    assert len(runs_in(tmp_path)) == 3


def test_the_version(run_command: Command, tmp_path: Path) -> None:
    for module in ("mlp_scratch", "mlp_scratch.train"):
        command = [sys.executable, "-m", module, "--version"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.stdout == f"mlp_scratch {__version__}\n", done.stderr
    told = subprocess.run([sys.executable, "-m", "mlp_scratch"], capture_output=True, text=True)
    assert told.returncode == 0
    assert told.stdout.startswith(f"mlp_scratch {__version__}")
    for name in re.findall(r"python -m (mlp_scratch\.\w+)", told.stdout):
        assert find_spec(name) is not None
    with open(Path(__file__).parents[2] / "pyproject.toml", "rb") as file:
        scripts = tomllib.load(file)["project"]["scripts"]
    assert {f"mlp-{name.replace('_', '-')}" for name in COMMANDS} == scripts.keys()
    wrong = subprocess.run(
        [sys.executable, "-m", "mlp_scratch", "trian"], capture_output=True, text=True
    )
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "trian: no such command (did you mean train?)" in wrong.stderr


@pytest.mark.slow
def test_a_used_folder_is_never_overwritten(run_command: Command, tmp_path: Path) -> None:
    words = ["hydra.run.dir=mine", "training.epochs=1"]
    assert run_command("train", *words).returncode == 0
    before = {p: p.read_bytes() for p in (tmp_path / "mine").rglob("*") if p.is_file()}
    again = run_command("train", *words, "seed=3")
    assert again.returncode == 1
    assert "already in use" in again.stderr
    after = {p: p.read_bytes() for p in (tmp_path / "mine").rglob("*") if p.is_file()}
    assert after == before


@pytest.mark.slow
def test_warm_start_begins_where_the_other_ended(run_command: Command, tmp_path: Path) -> None:
    assert run_command("train", "training.epochs=2", "name=teacher").returncode == 0
    done = run_command("train", "model.init_from=teacher", "training.epochs=1", "optim.lr=1e-9")
    assert done.returncode == 0, done.stderr
    teacher, pupil = runs_in(tmp_path)
    theirs, ours = metrics(teacher)[-1], metrics(pupil)[-1]
    assert float(ours["val_accuracy"]) == pytest.approx(float(theirs["val_accuracy"]), abs=2e-3)
    misfit = run_command("train", "model.init_from=teacher", "model.layers=[null,8,null]")
    assert misfit.returncode == 2
    assert "model.init_from=outputs" in misfit.stderr
    assert "teacher" in misfit.stderr


@pytest.mark.slow
def test_a_run_does_not_start_from_itself(run_command: Command, tmp_path: Path) -> None:
    words = ("training.epochs=1", "name=first", "model.batch_norm=true")
    assert run_command("train", *words).returncode == 0
    (first,) = runs_in(tmp_path)
    for name in ("latest", "first"):
        done = run_command("train", f"model.init_from={name}", "hydra.run.dir=outputs/" + name)
        assert done.returncode == 2, done.stdout
        assert "it has batch normalization, and the network has not" in done.stderr
        assert not (tmp_path / "outputs" / name).exists()
    done = run_command("train", *words, "model.init_from=latest")
    assert done.returncode == 0, done.stderr
    (second,) = set(runs_in(tmp_path)) - {first}
    config = yaml.safe_load((second / "config.yaml").read_text())
    assert tmp_path / config["model"]["init_from"] == first
    again = run_command("rerun", second.name, "name=again")
    assert again.returncode == 0, again.stderr
    (third,) = set(runs_in(tmp_path)) - {first, second}
    ours, theirs = (run / "checkpoints" / "last.npz" for run in (second, third))
    assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.slow
def test_an_average_that_never_begins_is_mentioned(run_command: Command) -> None:
    done = run_command("train", "average=swa", "training.epochs=2")
    assert done.returncode == 0
    assert "average.start_epoch=8: with 2 epochs nothing is averaged" in done.stderr + done.stdout


def test_help_and_cfg(run_command: Command, tmp_path: Path) -> None:
    told = run_command("train", "--help", small=False)
    assert told.returncode == 0
    for part in (
        "optim: adagrad, adam",
        "'model.layers=[784,128,64,10]'",
        "regularization.dropout",
    ):
        assert part in told.stdout
    assert told.stdout.count("\n") < 50
    shown = run_command("train", "--cfg", "job", "optim=sgd", small=False)
    assert yaml.safe_load(shown.stdout)["optim"]["name"] == "sgd"
    assert not (tmp_path / "outputs").exists()


@pytest.mark.slow
def test_a_configs_folder_of_ones_own(run_command: Command, tmp_path: Path) -> None:
    own = tmp_path / "own" / "experiment"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text("# @package _global_\nname: mine\ntraining:\n  epochs: 1\n")
    done = run_command(
        "train", "--config-dir", "own", "experiment=mine", "data=digits", small=False
    )
    assert done.returncode == 0, done.stderr
    (run,) = runs_in(tmp_path)
    assert len(metrics(run)) == 1
    assert run.name.endswith("_mine")
