"""Workers that die, are stopped, or are stuck."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from sweeps import alive, kill, start, table, wait_for, words, workers_of, write_data

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def summary(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text())


@pytest.mark.slow
@linux
def test_a_killed_worker_costs_its_job_only(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    process = start(
        folder, *words(data, "training.epochs=3,3000000", "seed=0,1"), "hydra.launcher.workers=2"
    )
    long = [folder / f"training.epochs=3000000,seed={seed}" for seed in (0, 1)]
    wait_for(lambda: all((run / "metrics.csv").exists() for run in long), process)
    for worker in workers_of(process.pid):
        os.kill(worker, signal.SIGKILL)
    text = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    rows = table(folder)
    assert [row["status"] for row in rows.values()] == ["finished"] * 2 + ["failed"] * 2
    assert text.count("killed by SIGKILL") >= 2
    assert all(summary(run)["status"] == "failed" for run in long)


@pytest.mark.slow
@linux
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_stop_every_job_and_leave_nothing(
    data: Path, tmp_path: Path, number: int, status: int
) -> None:
    folder = tmp_path / "sweep"
    process = start(
        folder, *words(data, "training.epochs=3000000", "seed=range(3)"), "hydra.launcher.workers=2"
    )
    wait_for(lambda: all((folder / f"seed={s}" / "metrics.csv").exists() for s in (0, 1)), process)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    kill(process, number)
    assert process.returncode == status
    assert not any(alive(worker) for worker in workers)
    for seed in (0, 1):
        run = folder / f"seed={seed}"
        assert summary(run)["status"] == "interrupted"
        assert (run / "checkpoints" / "last.npz").is_file()
    assert not (folder / "seed=2").exists()
    assert table(folder)["seed=2"]["status"] == "waiting"


STUCK = """
import sys, time
class Stuck:
    def find_spec(self, name, *_):
        if name == "numpy" and "mlp_scratch.sweep" in sys.orig_argv:
            open("stuck", "w").close()
            time.sleep(600)
sys.meta_path.insert(0, Stuck())
"""


@pytest.mark.slow
@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_that_are_stuck_at_their_start_end_with_the_sweep(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """... as in an import from a disk that does not answer."""
    (tmp_path / "sitecustomize.py").write_text(STUCK)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    process = start(tmp_path / "sweep", *words(data, "seed=0,1"), "hydra.launcher.workers=2")
    wait_for(lambda: (tmp_path / "stuck").exists(), process)
    wait_for(lambda: (tmp_path / "sweep" / "sweep.csv").exists(), process)
    workers = workers_of(process.pid)
    assert workers
    began = time.monotonic()
    kill(process, number)
    while any(map(alive, workers)) and time.monotonic() < began + 20:
        time.sleep(0.05)
    assert not any(map(alive, workers))
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert time.monotonic() - began < 20
