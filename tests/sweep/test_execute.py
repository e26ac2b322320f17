"""Sweeps as a person starts them: from the plan to the table, failing and going on."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from sweeps import kill, start, sweep, table, wait_for, words, write_data

from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.sweep.execute import write_hydra_files
from mlp_scratch.sweep.sweep_folder import SweepFolder


def test_a_path_that_is_no_text_is_written(tmp_path: Path) -> None:
    write_hydra_files(RunFolder(tmp_path), {"x.yaml": {"dir": "a\udcff/é"}})
    assert yaml.safe_load((tmp_path / ".hydra" / "x.yaml").read_text("utf-8")) == {
        "dir": "a\\udcff/é"
    }


HUGE = "[null,3000000,3000000,null]"


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def summary(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text())


@pytest.mark.slow
def test_a_sweep_with_failures_and_its_continuation(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    asked = words(data, "optim=sgd", "optim.lr=0.1,1e+30")
    status, text = sweep(folder, *asked, f"model.layers=[null,8,null],{HUGE}")
    assert status == 1
    good = folder / "model.layers=null-8-null,optim.lr=0.1"
    rows = table(folder)
    assert {name: row["status"] for name, row in rows.items()} == {
        "model.layers=null-8-null,optim.lr=0.1": "finished",
        "model.layers=null-3000000-3000000-null,optim.lr=0.1": "failed",
        "model.layers=null-8-null,optim.lr=1e+30": "diverged",
        "model.layers=null-3000000-3000000-null,optim.lr=1e+30": "failed",
    }
    assert "no room for" in text
    bad = folder / "model.layers=null-3000000-3000000-null,optim.lr=0.1"
    assert "the memory does not suffice" in (bad / "train.log").read_text()
    assert summary(bad)["status"] == "failed"
    for name in ("config.yaml", "hydra.yaml", "overrides.yaml"):
        assert (good / ".hydra" / name).is_file()
    for name in ("summary.json", "metrics.csv", "curves.png", "config.yaml"):
        assert (good / name).is_file()
    assert (folder / "comparison.png").is_file()
    assert (folder / "summary.txt").read_text().rstrip() in text

    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/summary.json")}
    status, text = sweep(folder, *words(data, "optim=sgd", "optim.lr=0.1,0.2"))
    assert status == 0
    assert "2 jobs, 1 of them done before" in text
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert table(folder)["optim.lr=0.2"]["status"] == "finished"
    assert list(table(folder))[:4] == list(rows)

    status, text = sweep(folder, "hydra.launcher.retry_failed=true")
    assert status == 1
    assert "5 jobs, 2 of them done before" in text


def disturbed(folder: Path, asked: list[str], kills: int, rng: random.Random) -> None:
    """Kill a sweep at random moments, then let it come to its end."""
    for _ in range(kills):
        process = start(folder, *asked)
        wait_for(lambda: (folder / "sweep.csv").exists(), process)
        time.sleep(rng.uniform(0.0, 4.0))
        if process.poll() is None:
            kill(process, rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        else:
            process.communicate()
    status, text = sweep(folder, *asked)
    assert status == 0, text


LONG = ("training.epochs=80", "optim=sgd,adam", "seed=range(2)", "hydra.launcher.workers=2")


@pytest.mark.slow
@linux
@pytest.mark.parametrize("kills", [1, pytest.param(12, marks=pytest.mark.marathon)])
def test_a_disturbed_sweep_has_the_table_of_an_undisturbed_one(
    data: Path, tmp_path: Path, kills: int
) -> None:
    asked = words(data, *LONG)
    status, _ = sweep(tmp_path / "calm", *asked)
    assert status == 0
    disturbed(tmp_path / "disturbed", asked, kills, random.Random(kills))
    calm, other = table(tmp_path / "calm"), table(tmp_path / "disturbed")
    assert list(calm.values()) == list(other.values())
    assert len(calm) == 4


def test_two_sweeps_do_not_share_a_folder(data: Path, tmp_path: Path) -> None:
    (tmp_path / "sweep.yaml").write_text("asked: []\njobs: {}\n")
    with SweepFolder(tmp_path).locked():
        status, text = sweep(tmp_path, *words(data, "seed=0,1"))
    assert status == 1
    assert "another process is working on this sweep" in text


def test_a_refused_sweep_leaves_no_folder(data: Path, tmp_path: Path) -> None:
    status, text = sweep(tmp_path / "sweep", *words(data, "optim.lr=0.1,0.10"))
    assert (status, "duplicate job" in text) == (2, True)
    assert not (tmp_path / "sweep").exists()
    (tmp_path / "2026-01-31").mkdir()
    sweep(tmp_path / "2026-01-31" / "sweep", *words(data, "optim.lr=0.1,0.10"))
    assert not (tmp_path / "2026-01-31").exists()


FULL = """
import errno, os, sys
from mlp_scratch.sweep.sweep_folder import SweepTable
def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "sweep.csv")
SweepTable.update = full
from mlp_scratch.train import main
sys.exit(main())
"""


@pytest.mark.slow
def test_a_disk_that_fills_midway_is_a_line(data: Path, tmp_path: Path) -> None:
    sweep = f"hydra.sweep.dir={tmp_path / 's'}"
    done = subprocess.run(
        [sys.executable, "-c", FULL, "-m", *words(data), "seed=0,1", sweep],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: sweep.csv: No space left on device; go on with: ")
    assert len(done.stderr.splitlines()) == 1
