"""What the tests of sweeps share: small data, and sweeps as they are typed."""

import csv
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
from forked import start_command

TIMINGS = ("seconds",)


def write_data(folder: Path, rows: int = 600) -> Path:
    """A file of clusters that are easy to tell apart, 16 features and 4 classes."""
    rng = np.random.default_rng(0)
    y = np.arange(rows) % 4
    x = rng.normal(size=(rows, 16)).astype(np.float32)
    x[np.arange(rows), y] += 3
    path = folder / "clusters.npz"
    np.savez(path, x_train=x, y_train=y, x_test=x[:100], y_test=y[:100])
    return path


def words(data: Path, *more: str) -> list[str]:
    """Overrides of a small experiment."""
    cache = data.parent / "cache"
    return [
        "data=npz",
        f"data.path={data}",
        f"data.cache_dir={cache}",
        "model.layers=[null,8,null]",
        "training.epochs=2",
        *more,
    ]


def start(folder: Path, *overrides: str) -> subprocess.Popen[str]:
    """Start ``train -m`` with the sweep's folder at ``folder``."""
    asked = ["-m", *overrides, f"hydra.sweep.dir={folder}"]
    return start_command(folder.parent, "train", asked, stderr=subprocess.STDOUT)


def sweep(folder: Path, *overrides: str) -> tuple[int, str]:
    """Run a sweep to its end; exit status and what it printed."""
    process = start(folder, *overrides)
    text = process.communicate(timeout=120)[0]
    return process.returncode, text


def table(folder: Path) -> dict[str, dict[str, str]]:
    """``sweep.csv`` by job, without timings."""
    with open(folder / "sweep.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {r["job"]: {k: v for k, v in r.items() if k not in TIMINGS} for r in rows}


def children(pid: int) -> list[int]:
    """Process ids of a process's children (Linux)."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def workers_of(pid: int) -> list[int]:
    """Those of its children that are workers."""
    found = []
    for child in children(pid):
        line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ")
        if b"mlp_scratch.sweep" in line:
            found.append(child)
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_for(condition, process: subprocess.Popen, seconds: float = 60.0) -> None:
    """Wait until ``condition()`` holds; fail when it never does, or when the process has ended."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def kill(process: subprocess.Popen, number: int = signal.SIGKILL) -> None:
    """Send a signal and wait."""
    os.kill(process.pid, number)
    process.communicate(timeout=60)
