"""Writes a run down while it goes on: a row of metrics an epoch, and checkpoints.

Checkpoints are written at most about once a second where epochs
are shorter; ``best.npz`` always before ``last.npz``, so that whatever moment a process is killed
at, the best checkpoint on disk is at least as new as the last one knows of.
"""

import time
from collections.abc import Sequence

from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, write_checkpoints
from mlp_scratch.engine.checkpoint.checkpointer import Checkpointer
from mlp_scratch.engine.observer import Observer
from mlp_scratch.files import remove_leftovers
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.metrics_file import MetricsFile

CHECKPOINT_SECONDS = 1.0  # shortest time between two checkpoints at the end of epochs


class Recorder(Observer):
    """The observer that writes a run's training down.

    Attributes:
        companions: who is told before a checkpoint is written, ``on_save``; they must be told of an
            epoch before the recorder is.
        training_seconds: that the epochs before this session took, by ``metrics.csv``.
    """

    def __init__(self, folder: RunFolder, checkpointer: Checkpointer) -> None:
        self._folder, self._checkpointer = folder, checkpointer
        self._best: Checkpoint | None = None  # the best so far, when it is not on disk yet
        self._saved_at = time.monotonic()
        self.checkpoint_seconds = 0.0
        self.companions: Sequence[Observer] = ()
        folder.checkpoints.mkdir(exist_ok=True)
        remove_leftovers(folder.path)
        remove_leftovers(folder.checkpoints)
        trainer = checkpointer.trainer
        self._metrics = MetricsFile(folder.metrics, trainer.columns, trainer.history)
        self.training_seconds = self._metrics.earlier_seconds

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        self._metrics.append(row)
        due = time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS
        if is_best:
            self._best = self._checkpointer.take(copy=not due)
        if due:
            self.save()

    def on_step_checkpoint(self) -> None:
        self.save()

    def save(self) -> None:
        """Write what is not yet written: the best checkpoint, then the last. Raises OSError."""
        started = time.monotonic()
        self._tell_companions()
        pending = [(self._folder.last, self._checkpointer.take(copy=False))]
        if self._best is not None:
            pending.insert(0, (self._folder.best, self._best))
        write_checkpoints(pending)
        self._best = None
        self._saved_at = time.monotonic()
        self.checkpoint_seconds += self._saved_at - started

    def save_best(self) -> None:
        """Write the best checkpoint if it is not on disk yet. Raises OSError."""
        self._tell_companions()
        if self._best is not None:
            write_checkpoints([(self._folder.best, self._best)])
            self._best = None

    def finish(self) -> None:
        """Save at the end. Without validation rows the last state is also the best.

        Raises OSError, or CheckpointError when the best checkpoint is no longer whole.
        """
        trainer = self._checkpointer.trainer
        if trainer.monitor is None or trainer.monitor.best_epoch == 0:
            self._best = self._checkpointer.take(copy=False)
        elif trainer.kept.before_recompute:
            best = self._best or read_checkpoint(self._folder.best)
            self._best = self._checkpointer.with_recomputed_statistics(best)
        self.save()

    def _tell_companions(self) -> None:
        for companion in self.companions:
            companion.on_save()
