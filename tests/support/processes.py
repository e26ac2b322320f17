"""Training processes of their own, small and quick, to be killed, signalled and raced."""

import os
import signal
import subprocess
import time
from pathlib import Path

from forked import start_command

SMALL = (
    *("data=npz", "model.layers=[null,6,null]", "training.batch_size=16"),
    *("training.validation_fraction=0.2", "training.epochs=30"),
    *("training.checkpoint_every_steps=3", "regularization.dropout=0.2"),
    *("schedule=cosine", "augment=affine", "training.early_stopping.metric=val_loss"),
)


def words_for(data: Path, run: Path | str, *more: str) -> list[str]:
    """What to type after ``train`` for a run of some 200 steps in the folder ``run``."""
    places = [f"data.path={data}", f"data.cache_dir={data.parent / 'cache'}"]
    return [*SMALL, *places, f"hydra.run.dir={run}", *more]


def start(folder: Path, command: str, *words: str) -> subprocess.Popen[str]:
    """Start ``python -m mlp_scratch.COMMAND`` in a process group of its own."""
    return start_command(
        folder, command, words, stderr=subprocess.PIPE, start_new_session=os.name != "nt"
    )


def finish(process: subprocess.Popen[str], timeout: float = 300) -> tuple[int, str, str]:
    """(exit status, standard output, standard error)."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"still running after {timeout} s: {out}{err}") from None
    return process.returncode, out, err


def run(folder: Path, command: str, *words: str) -> tuple[int, str, str]:
    """Start and wait."""
    return finish(start(folder, command, *words))


def wait_for(path: Path, process: subprocess.Popen[str], timeout: float = 120) -> None:
    """Wait until ``path`` exists; fail when the process ends first."""
    deadline = time.monotonic() + timeout
    while not path.exists():
        if process.poll() is not None:
            raise AssertionError(f"ended before {path} was there: {finish(process)}")
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.005)


def kill(process: subprocess.Popen[str]) -> bool:
    """SIGKILL; whether it was still running."""
    process.kill()
    finish(process)
    return process.returncode == -getattr(signal, "SIGKILL", 9) or os.name == "nt"
