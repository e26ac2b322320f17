"""Snapshots of a network while it learns, on a log scale of steps, in a run's ``snapshots.npz``.

    0, 1, 2, 3, 4, 6, 9, 13, ..., the last step

Most happens in the first steps, so most snapshots are of them. Each holds the parameters that would
be evaluated at that moment (with an average of the weights the average) and batch normalization's
running statistics, as float32. The file is replaced whole before a checkpoint is written, so that a
run that is resumed from there has lost none.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mlp_scratch.config.ranges import MOST_SNAPSHOTS
from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.files import write_atomically
from mlp_scratch.nn.network import Network
from mlp_scratch.runs.array_file import read_arrays

LARGEST = 64 << 20  # bytes of all of them
_STEPS = 1 << 53  # more than anybody makes


@dataclass(frozen=True)
class Snapshots:
    """steps (n,) int64, done when each was taken; parameters (n, size) and buffers (n, m) float32,
    of ``Network.parameters.values`` and of all ``Network.buffers`` side by side. epoch_steps: steps
    an epoch."""

    steps: np.ndarray
    parameters: np.ndarray
    buffers: np.ndarray
    epoch_steps: int

    def put(self, i: int, network: Network) -> None:
        """Give ``network`` the parameters and statistics of snapshot ``i``."""
        network.parameters.values[...] = self.parameters[i]
        start = 0
        for live in network.buffers.values():
            live[...] = self.buffers[i, start : start + live.size]
            start += live.size


def steps_of(n: int, total: int) -> list[int]:
    """At most n steps from 0, before the first, to ``total``, each as many times the one before as
    the next is of it, rounded; fewer where there are not so many steps."""
    steps = [0]
    for left in range(n - 1, 0, -1):
        last = max(1, steps[-1])
        if steps[-1] >= total:
            break
        steps.append(min(total, max(steps[-1] + 1, round(last * (total / last) ** (1 / left)))))
    return steps


def room_for(network: Network) -> int:
    """How many snapshots of ``network`` there may be."""
    return LARGEST // (4 * (network.parameters.size + buffer_size(network)))


def buffer_size(network: Network) -> int:
    """How many numbers all running statistics are."""
    return sum(buffer.size for buffer in network.buffers.values())


def read_snapshots(path: Path, network: Network) -> Snapshots:
    """The snapshots of a run whose network is like ``network``; those that are not finite, as of a
    training that diverged, are left out. Raises OSError or ValueError."""
    names = ("steps", "parameters", "buffers", "epoch_steps")
    arrays = read_arrays(path, names, LARGEST + (1 << 20), exactly=True)
    steps, parameters, buffers, epoch_steps = arrays
    if steps.dtype != np.int64 or steps.ndim != 1 or not 1 <= len(steps) <= 2 * MOST_SNAPSHOTS:
        raise ValueError("no list of steps")
    if (np.diff(steps) <= 0).any() or steps[0] < 0 or steps[-1] > _STEPS:
        raise ValueError("steps must rise")
    if epoch_steps.dtype != np.int64 or epoch_steps.shape or not 1 <= epoch_steps <= _STEPS:
        raise ValueError("no number of steps an epoch")
    for array, width in ((parameters, network.parameters.size), (buffers, buffer_size(network))):
        if array.dtype != np.float32 or array.shape != (len(steps), width):
            raise ValueError("of another network")
    finite = np.isfinite(parameters).all(axis=1) & np.isfinite(buffers).all(axis=1)
    return Snapshots(steps[finite], parameters[finite], buffers[finite], int(epoch_steps))


class SnapshotWatch(Observer):
    """Takes ``n`` snapshots, at least 2; a run that is resumed goes on with its file.

    Where the training ends is known from its epochs. A run whose end is put off keeps what it has
    and takes those of the new scale from there on. Raises OSError.
    """

    each_step = True

    def __init__(self, path: Path, trainer: Trainer, n: int) -> None:
        self._path, self._trainer = path, trainer
        total = trainer.settings.epochs * trainer.n_batches
        self._coming = iter([step for step in steps_of(n, total) if step > trainer.step])
        self._steps: list[int] = []
        self._taken: list[tuple[np.ndarray, np.ndarray]] = []
        self._saved = 0
        if trainer.step > 0:
            self._keep_earlier()
        else:
            self._take()
        self._next = next(self._coming, None)

    def on_step(self, step: int) -> None:
        if step == self._next:
            self._take()
            self._next = next(self._coming, None)

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        self.on_step(int(row["step"]))

    def on_save(self) -> None:
        if len(self._steps) == self._saved:
            return
        parameters, buffers = zip(*self._taken, strict=True)
        arrays = {
            "steps": np.array(self._steps, np.int64),
            "parameters": np.array(parameters),
            "buffers": np.array(buffers),
            "epoch_steps": np.int64(self._trainer.n_batches),
        }
        save = partial(np.savez, **arrays)  # type: ignore[arg-type]
        write_atomically(self._path, save, durable=False)
        self._saved = len(self._steps)

    def _take(self) -> None:
        trainer = self._trainer
        buffers = [b.ravel() for b in trainer.network.buffers.values()] or [np.empty(0)]
        with np.errstate(over="ignore"):  # of float64, in a training that is about to diverge
            taken = trainer.kept.values, np.concatenate(buffers)
            self._taken.append((taken[0].astype(np.float32), taken[1].astype(np.float32)))
        self._steps.append(trainer.step)

    def _keep_earlier(self) -> None:
        """Those of the file that are not from after the checkpoint; a damaged file is lost."""
        try:
            there = read_snapshots(self._path, self._trainer.network)
        except (OSError, ValueError):
            return
        last = int(np.searchsorted(there.steps, self._trainer.step, side="right"))
        self._steps = there.steps[:last].tolist()[-MOST_SNAPSHOTS:]
        kept = zip(there.parameters[:last], there.buffers[:last], strict=True)
        self._taken = [*kept][-MOST_SNAPSHOTS:]
        if len(there.steps) == last and there.epoch_steps == self._trainer.n_batches:
            self._saved = len(self._steps)
