"""Writes a run down while it goes on: a row of metrics an epoch, and checkpoints.

``metrics.csv`` only ever grows. Checkpoints are written at most about once a second where epochs
are shorter; ``best.npz`` always before ``last.npz``, so that whatever moment a process is killed
at, the best checkpoint on disk is at least as new as the last one knows of.
"""

import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.engine.checkpoint import FORMAT, Checkpoint, history_array, write_checkpoint
from mlp_scratch.engine.files import remove_leftovers, write_text_atomically
from mlp_scratch.engine.loop import Trainer
from mlp_scratch.lab.console import Console
from mlp_scratch.lab.run_folder import RunFolder

CHECKPOINT_SECONDS = 1.0  # shortest time between two checkpoints at the end of epochs


class Recorder:
    """The observer of a run's training.

    identity: what a checkpoint must say beside the trainer's state (data, classes, normalization).
    """

    def __init__(
        self,
        folder: RunFolder,
        trainer: Trainer,
        console: Console,
        identity: dict[str, Any],
        constants: dict[str, np.ndarray],
    ) -> None:
        self._folder = folder
        self._trainer = trainer
        self._console = console
        self._identity = identity
        self._constants = constants
        self._best: Checkpoint | None = None  # the best so far, when it is not on disk yet
        self._saved_at = time.monotonic()
        self.checkpoint_seconds = 0.0
        folder.checkpoints.mkdir(exist_ok=True)
        remove_leftovers(folder.path)
        remove_leftovers(folder.checkpoints)
        self._start_metrics()

    def on_batch(self, epoch: int, batches_done: int, n_batches: int, mean_loss: float) -> None:
        self._console.batch(epoch, batches_done, n_batches, mean_loss)

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        self._append(self._line(row))
        self._console.epoch(row, is_best)
        due = time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS
        if is_best:
            self._best = self._snapshot(copy=not due)
        if due:
            self.save()

    def on_step_checkpoint(self) -> None:
        self.save()

    def save(self) -> None:
        """Write what is not yet written: the best checkpoint, then the last. Raises OSError."""
        started = time.monotonic()
        if self._best is not None:
            write_checkpoint(self._folder.best, self._best)
            self._best = None
        write_checkpoint(self._folder.last, self._snapshot(copy=False))
        self._saved_at = time.monotonic()
        self.checkpoint_seconds += self._saved_at - started

    def finish(self) -> None:
        """Save at the end. Without validation rows the last state is also the best."""
        if self._trainer.monitor is None or self._trainer.monitor.best_epoch == 0:
            self._best = self._snapshot(copy=False)
        self.save()

    def _snapshot(self, *, copy: bool) -> Checkpoint:
        return snapshot(self._trainer, self._identity, self._constants, copy=copy)

    def _start_metrics(self) -> None:
        """Begin ``metrics.csv``, or cut it back to the epochs that the checkpoint knows."""
        path, history = self._folder.metrics, self._trainer.history
        lines = whole_rows(path, len(history)) if history and path.exists() else []
        if len(lines) != len(history):  # rows went with the disk: the checkpoint has the values
            lines = [self._line(row) for row in history]
        text = "\n".join([",".join(self._trainer.columns), *lines, ""])
        write_text_atomically(path, text)

    def _line(self, row: dict[str, float]) -> str:
        return ",".join(_cell(row.get(column, math.nan)) for column in self._trainer.columns)

    def _append(self, line: str) -> None:
        with open(self._folder.metrics, "a", encoding="utf-8", newline="\n") as file:
            file.write(line + "\n")


def snapshot(
    trainer: Trainer, identity: dict[str, Any], constants: dict[str, np.ndarray], *, copy: bool
) -> Checkpoint:
    """The trainer's state as a checkpoint; without ``copy`` its arrays change with the next step.

    identity, constants: what it must say, and the arrays it must hold, beside that state.
    """
    arrays, state = trainer.state()
    if copy:
        arrays = {name: array.copy() for name, array in arrays.items()}
    history, columns = history_array(trainer.history, trainer.columns)
    meta = {"format": FORMAT, **identity, "history_columns": columns, "trainer": state}
    return Checkpoint({**arrays, **constants, "history": history}, meta)


def whole_rows(path: Path, epochs: int) -> list[str]:
    """The whole lines of a ``metrics.csv`` that belong to the epochs 1..epochs, header left out."""
    header, *lines = path.read_text("utf-8", errors="replace").split("\n")[:-1] or [""]
    kept = [line for line in lines if line.count(",") == header.count(",")]
    numbers = [line.partition(",")[0] for line in kept]
    return [
        line
        for line, number in zip(kept, numbers, strict=True)
        if number.isdecimal() and int(number) <= epochs
    ]


def _cell(value: float) -> str:
    """A number as text that reads back exactly; nothing where there was no look."""
    return "" if math.isnan(value) else repr(value)
