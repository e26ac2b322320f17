"""Watching a training that has no folder: lines on the screen, and the best epoch's state."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.runs.console import Console, log
from mlp_scratch.runs.recorder import snapshot, with_recomputed_statistics


class Watcher:
    """Watches a training; remembers the best epoch where that is asked for."""

    def __init__(self, experiment: Experiment, meta: dict[str, Any], verbose: bool) -> None:
        training = experiment.config.training
        self._trainer: Trainer = experiment.trainer
        self._meta, self._constants = meta, experiment.normalizer.arrays()
        self._keeps_best = training.early_stopping.patience is not None
        self._best: Checkpoint | None = None
        self._console = Console(training.epochs) if verbose else None

    def on_batch(self, epoch: int, batches_done: int, n_batches: int, mean_loss: float) -> None:
        if self._console is not None:
            self._console.batch(epoch, batches_done, n_batches, mean_loss)

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        if self._console is not None:
            self._console.epoch(row, is_best)
        if is_best and self._keeps_best:
            self._best = self._snapshot()

    def on_step_checkpoint(self) -> None:
        pass  # there is no folder to save in

    def checkpoint(self) -> Checkpoint:
        """The state to keep, once the training is over."""
        if self._console is not None:
            self._console.close()
        if self._best is None:
            return self._snapshot()
        if self._trainer.kept.before_recompute:
            return with_recomputed_statistics(self._best, self._trainer)
        return self._best

    def _snapshot(self) -> Checkpoint:
        return snapshot(self._trainer, self._meta, self._constants, copy=True)


@contextmanager
def printing(verbose: bool) -> Iterator[None]:
    """Let the console's lines appear on standard output."""
    if not verbose:
        yield
        return
    handler = logging.StreamHandler(sys.stdout)
    level, propagate = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagate
