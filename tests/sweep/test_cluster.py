"""Sweeps through submitit and Ray: the bits of this machine; preempted jobs that come back."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sweeps import start, sweep, table, wait_for, words, write_data

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import ConfigError
from mlp_scratch.lab import sweep_cluster
from mlp_scratch.lab.sweep_cluster import check_cluster


def _needs(module: str, extra: str) -> pytest.MarkDecorator:
    missing = sweep_cluster.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"pip install 'mlp-scratch[{extra}]'")


submitit = _needs("submitit", "slurm")
CLUSTERS = [
    pytest.param("local", marks=submitit),
    pytest.param("ray", marks=[_needs("ray", "ray"), pytest.mark.slow]),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def test_an_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    check_cluster(None)
    monkeypatch.setattr(sweep_cluster, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"submitit-launcher: pip install 'mlp-scratch\[slurm\]'"):
        check_cluster("slurm")
    with pytest.raises(ConfigError, match=r"ray-launcher: pip install 'mlp-scratch\[ray\]'"):
        check_cluster("ray")
    with pytest.raises(ConfigError, match="cluster=sun: not one of slurm, local, ray"):
        check_cluster("sun")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_cluster_gives_the_bits_of_the_default_launcher(
    data: Path, tmp_path: Path, cluster: str
) -> None:
    asked = words(
        data, "optim=sgd,adam", "regularization.dropout=0.2", "training.batch_size=32,5000"
    )
    status, text = sweep(tmp_path / "far", *asked, f"cluster={cluster}")
    assert status == 1, text  # a batch of 5000 does not fit
    status, _ = sweep(tmp_path / "here", *asked, "training.threads=1")
    assert status == 1
    far, here = table(tmp_path / "far"), table(tmp_path / "here")
    for name, row in here.items():
        row.pop("training.threads")
        assert row == far[name]
        if row["status"] == "finished":
            ours, theirs = (
                read_checkpoint(tmp_path / where / name / "checkpoints" / "last.npz").arrays
                for where in ("here", "far")
            )
            assert all(np.array_equal(ours[key], theirs[key]) for key in ours)
    assert sorted(row["status"] for row in here.values()) == ["failed"] * 2 + ["finished"] * 2
    status, text = sweep(tmp_path / "far", *asked)  # here, what was begun there
    assert "4 of them done before" in text


@submitit
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_preempted_job_goes_on_when_it_is_requeued(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    asked = words(data, "training.epochs=1500", "cluster=local", "seed=7")
    process = start(folder, *asked)
    wait_for(lambda: list(folder.glob("*/checkpoints/last.npz")), process)
    run = next(folder.glob("*/checkpoints/last.npz")).parent.parent
    os.kill(json.loads((run / "summary.json").read_text())["host"]["pid"], signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert json.loads((run / "summary.json").read_text())["status"] == "interrupted"
    assert [row["status"] for row in table(folder).values()] == ["interrupted"]

    pickled = next(folder.glob(".submitit/*/*_submitted.pkl"))  # what Slurm starts once more
    number = pickled.name.partition("_")[0]
    requeued = subprocess.run(
        [sys.executable, "-m", "submitit.core._submit", str(pickled.parent)],
        env={**os.environ, "SUBMITIT_EXECUTOR": "local", "SUBMITIT_LOCAL_JOB_ID": number},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert requeued.returncode == 0, requeued.stderr
    assert json.loads((run / "summary.json").read_text())["status"] == "finished"
    log = (run / "train.log").read_text()
    assert "interrupted; go on with" in log
    assert "resumed after epoch" in log
    status, text = sweep(folder, *asked)
    assert status == 0
    assert "1 of them done before" in text
