"""``rerun``: the same bits again, or with other words."""

import csv
import json
import os
from pathlib import Path

import pytest
import yaml
from running import Command, runs_in

from mlp_scratch.engine.step_workers import thread_count

TIMINGS = ("seconds", "samples_per_second")


def metrics(run: Path) -> list[dict[str, str]]:
    with open(run / "metrics.csv", newline="") as file:
        return [{k: v for k, v in row.items() if k not in TIMINGS} for row in csv.DictReader(file)]


def summary(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text("utf-8"))


def one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@pytest.mark.slow
def test_a_rerun_on_fewer_cores_has_the_same_bits(run_command: Command, tmp_path: Path) -> None:
    words = ("model.layers=[784,64,10]", "training.batch_size=256")
    threads = thread_count("auto", 256, 784 * 64)
    if threads == 1:
        pytest.skip("needs two cores to share a step")
    for command, before in ((["train", *words], None), (["rerun", "latest"], one_core)):
        done = run_command(*command, before=before)
        assert done.returncode == 0, done.stderr
    first, second = runs_in(tmp_path)
    for run in (first, second):
        assert summary(run)["threads"] == threads
        assert yaml.safe_load((run / "config.yaml").read_text())["training"]["threads"] == "auto"
    done = run_command("rerun", "latest", "training.batch_size=8")
    assert done.returncode == 0, done.stderr
    assert summary(runs_in(tmp_path)[-1])["threads"] == 1  # not worth sharing: auto again
    assert metrics(first) == metrics(second)
    last = Path("checkpoints", "last.npz")
    assert (first / last).read_bytes() == (second / last).read_bytes()


@pytest.mark.slow
def test_of_a_run_and_its_reruns_the_newest_is_meant(run_command: Command, tmp_path: Path) -> None:
    assert run_command("train", "training.epochs=0", "name=base").returncode == 0
    assert run_command("train", "training.epochs=0", "name=base-line").returncode == 0
    assert run_command("rerun", "base").stderr == ""  # though base-line holds the word
    newest = runs_in(tmp_path)[-1].relative_to(tmp_path)
    for command in ("evaluate", "resume", "rerun"):
        done = run_command(command, "base")
        assert done.returncode == 0, done.stderr
        assert done.stderr == f"note: base: 2 runs have this name; meant is {newest}\n"


@pytest.mark.slow
def test_a_rerun_may_choose_from_groups(run_command: Command, tmp_path: Path) -> None:
    assert run_command("train", "training.epochs=1", "hydra.run.dir=first").returncode == 0
    words = ("optim.lr=0.3", "optim=momentum", "augment=affine", "regularization=l2")
    done = run_command("rerun", "first", *words)
    assert done.returncode == 0, done.stderr
    (second,) = runs_in(tmp_path)
    config = yaml.safe_load((second / "config.yaml").read_text())
    assert config["optim"] == {
        "name": "momentum",
        "lr": 0.3,
        "momentum": 0.9,
        "dampening": 0.0,
    }
    assert config["augment"]["name"] == "affine"
    assert config["regularization"]["l2"] > 0
    wrong = run_command("rerun", "first", "optim=adm")
    assert wrong.returncode == 2
    assert "optim=adm: no such choice (did you mean adam?)" in wrong.stderr
    refused = run_command("resume", "first", "optim=sgd")
    assert refused.returncode == 2
    assert "would make this another experiment" in refused.stderr
