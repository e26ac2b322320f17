"""Long runs, large data and large networks in a bounded amount of memory.

    pytest -m slow tests/large -n 0 -s       with the figures

Anonymous memory (RssAnon) is what a process has taken for itself; pages of a mapped file do not
count, because the system can take them back at any time.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from processes import finish, run
from tiny_runs import write_data

from mlp_scratch.engine.checkpoint import read_checkpoint

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def anonymous(pid: int) -> float:
    """RssAnon in MiB; 0 when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in text.splitlines() if line.startswith("RssAnon")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def epochs_done(metrics: Path) -> int:
    return max(0, metrics.read_bytes().count(b"\n") - 1) if metrics.exists() else 0


@pytest.mark.slow
def test_two_thousand_epochs(tmp_path: Path) -> None:
    data = write_data(tmp_path)
    command = [sys.executable, "-m", "mlp_scratch.train"]
    command += [
        *("data=npz", f"data.path={data}", "data.cache_dir=cache", "model.layers=[null,6,null]"),
        *("training.epochs=2000", "training.batch_size=full", "training.validation_fraction=0.2"),
        *("training.early_stopping.metric=val_loss", "hydra.run.dir=run"),
    ]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    samples: list[tuple[int, float]] = []
    while process.poll() is None:
        samples.append((epochs_done(tmp_path / "run" / "metrics.csv"), anonymous(process.pid)))
        time.sleep(0.02)
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert epochs_done(tmp_path / "run" / "metrics.csv") == 2000
    inside = [(epoch, mib) for epoch, mib in samples if 200 <= epoch < 2000 and mib > 0]
    early = [mib for epoch, mib in inside if epoch < 700]
    late = [mib for epoch, mib in inside if epoch > 1500]
    assert early
    assert late
    print(f"\n2,000 epochs: {min(early):.1f} MiB at first, {max(late):.1f} MiB in the end")
    assert max(late) - min(early) < 12  # the rows of metrics themselves take some 2


@pytest.mark.marathon
@pytest.mark.slow
def test_data_larger_than_memory(tmp_path: Path) -> None:
    """Ten gigabytes of pictures that take no room on the disk; trained on for a minute or two."""
    rows, features = 3_400_000, 3072
    header = {"descr": "|u1", "fortran_order": False, "shape": (rows, features)}
    with open(tmp_path / "x.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + rows * features)
    np.save(tmp_path / "y.npy", (np.arange(rows) % 10).astype(np.uint8))
    assert (tmp_path / "x.npy").stat().st_size > 10e9
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "mlp_scratch.train", "data=npy", "data.path=x.npy"),
            *("data.cache_dir=cache", "model.layers=[null,16,null]", "training.epochs=1"),
            *("training.batch_size=256", "hydra.run.dir=run", "training.validation_fraction=0.001"),
            "training.checkpoint_every_steps=500",
        ],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    largest, began, asked = 0.0, time.monotonic(), False
    last = tmp_path / "run" / "checkpoints" / "last.npz"
    while process.poll() is None:
        largest = max(largest, anonymous(process.pid))
        time.sleep(0.05)
        if not asked and time.monotonic() - began > 240 and last.exists():
            process.send_signal(signal.SIGINT)
            asked = True
    _, err = finish(process)[1:]
    assert process.returncode in (0, 130), err
    done = read_checkpoint(last).meta["trainer"]["step"]
    seen = done * 256 * features / 1e9
    print(f"\n10.4 GB of data, {done} steps, {seen:.1f} GB read: at most {largest:.0f} MiB")
    assert done >= 500
    assert largest < 600  # of which labels and order of the rows: 8 bytes a row each


@pytest.mark.slow
def test_a_large_network(tmp_path: Path) -> None:
    """20 million parameters: trained, checkpointed, resumed, used."""
    data = tmp_path / "data.npz"
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (320, 28, 28)).astype(np.uint8)
    np.savez(
        data,
        x_train=x[:256],
        y_train=np.arange(256) % 10,
        x_test=x[256:],
        y_test=x[256:, 0, 0] % 10,
    )
    words = [f"data.path={data}", "data=npz", "data.cache_dir=cache", "hydra.run.dir=run"]
    words += ["model.layers=[784,4096,4096,10]", "training.epochs=1", "training.batch_size=128"]
    status, out, err = run(tmp_path, "train", *words)
    assert status == 0, err
    assert "20,037,642 parameters" in out
    status, _, err = run(tmp_path, "resume", "run", "training.epochs=2")
    assert status == 0, err
    status, out, err = run(tmp_path, "evaluate", "run")
    assert status == 0, err
    assert read_checkpoint(tmp_path / "run" / "checkpoints" / "last.npz").epoch == 2
