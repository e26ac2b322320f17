"""A training from its first epoch to its last: steps, looks at the validation rows, when to stop.

A ``Trainer`` owns nothing but the position: what makes the steps, and their rate, are handed in.
It prints nothing and writes nothing; observers are told what happens. The steps themselves are in
``loop.py``, what must be saved to go on with the same bits is in ``training_state.py``.
"""

import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from mlp_scratch import blas
from mlp_scratch.data.batches import batches_per_epoch
from mlp_scratch.engine.checkpoint.training_state import arrays_of
from mlp_scratch.engine.early_stopping import Monitor
from mlp_scratch.engine.epoch_sums import EpochSums, columns
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.engine.kept_weights import KeptWeights
from mlp_scratch.engine.learning_rate import LearningRate
from mlp_scratch.engine.loop import GradientDescent
from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.step_workers import share, shareable, thread_count
from mlp_scratch.nn.regularizers import norm

PROGRESS_EVERY = 16  # batches between two calls of on_batch


class Diverged(Exception):
    """The loss or a weight is no longer a finite number."""

    def __init__(self, what: str, epoch: int, step: int) -> None:
        super().__init__(f"{what} in epoch {epoch}, step {step}")
        self.what, self.epoch, self.step = what, epoch, step


class Trainer:
    """Trains by the steps of ``descent``, looking at ``validation`` rows between epochs.

    Attributes:
        epoch, batch, step: epochs done, batches done in the one under way, steps done in all.
        history: a row of metrics for each epoch.
        stop_requested: set from outside, to stop after the step under way.
        enough: set by an observer who wants no further epoch.
    """

    def __init__(
        self,
        descent: GradientDescent,
        learning_rate: LearningRate,
        validation: Rows | None,
        monitor: Monitor | None,
    ) -> None:
        self.descent, self.learning_rate = descent, learning_rate
        self.network, self.optimizer = descent.network, descent.optimizer
        self.train, self.validation = descent.train, validation
        self.task, self.settings, self.monitor = descent.task, descent.settings, monitor
        train, settings = self.train, self.settings
        self.kept = KeptWeights(self.network, descent.average, train, settings.seed)
        self.batch_size = settings.batch_size or len(train)
        self.n_batches = batches_per_epoch(len(train), settings.batch_size, settings.drop_last)
        self.history: list[dict[str, float]] = []
        self.epoch = self.batch = self.step = 0
        self.stop_requested = self.enough = False
        self.sums = EpochSums()
        self.columns = columns(self.task, settings.eval_train, validation is not None)

    def share(self, setting: int | str) -> AbstractContextManager[Any]:
        """Train with as many threads as ``training.threads`` says: ``step_workers.share``.

        Call it once, before ``run``. Afterwards ``threads`` is their number. What BLAS may use of
        them holds until the context that is returned is left, or for good.
        """
        network = self.network
        size, can_share = network.parameters.size, shareable(network)
        self.threads = thread_count(setting, self.batch_size, size, can_share)
        return blas.limit_threads(share(self.descent, self.threads))

    def close(self) -> None:
        """End the processes that share the steps, if there are any; ``run`` would call new ones."""
        self.descent.workers.close()

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # Diverged says it better
    def run(self, observers: Sequence[Observer] = ()) -> str:
        """Train until done; return "finished", "stopped_early" or "interrupted".

        observers: told in their order. Raises Diverged: the loss or a weight is not finite.
        """
        self.kept.forget_recomputed()
        while self.epoch < self.settings.epochs and not self._is_enough:
            if not self._run_epoch(observers):
                return "interrupted"
        if self.settings.bn_recompute:
            self.kept.recompute(arrays_of(self))
        return "stopped_early" if self.epoch < self.settings.epochs else "finished"

    @property
    def _is_enough(self) -> bool:
        return self.enough or (self.monitor is not None and self.monitor.exhausted)

    def _run_epoch(self, observers: Sequence[Observer]) -> bool:
        """One epoch, or the rest of one; False when a stop was requested before its end."""
        started = time.perf_counter()
        settings, weights = self.settings, self.train.all_weights
        epoch, every = self.epoch + 1, settings.checkpoint_every_steps
        close = [observer for observer in observers if observer.each_step]
        order = self.train.in_order(settings.order_seed, self.epoch, settings.balanced)
        self.descent.workers.start_epoch(self.epoch, order)
        while self.batch < self.n_batches:
            if self.stop_requested:
                self.sums.seconds += time.perf_counter() - started
                return False
            batch, start = self.batch, self.batch * self.batch_size
            stop = min(start + self.batch_size, len(self.train))
            if batch == self.n_batches - 1:
                for observer in observers:
                    observer.before_last_step(epoch)
            loss, correct = self.descent.step(batch, start, stop, self.learning_rate(self.step))
            weight = None if weights is None else float(weights[order[start:stop]].sum())
            self.sums.add(loss, correct, stop - start, weight)
            self.batch += 1
            self.step += 1
            if not math.isfinite(loss):
                raise Diverged(f"the loss became {loss}", epoch, self.step)
            if self.batch % PROGRESS_EVERY == 0:
                for observer in observers:
                    observer.on_batch(epoch, self.batch, self.n_batches, self.sums.mean_loss)
            if self.batch < self.n_batches:
                for observer in close:
                    observer.on_step(self.step)
                if every is not None and self.step % every == 0:
                    for observer in observers:
                        observer.on_step_checkpoint()
        self.sums.seconds += time.perf_counter() - started
        self._finish_epoch(observers)
        return True

    def _finish_epoch(self, observers: Sequence[Observer]) -> None:
        """Metrics of the epoch just done; validation, learning rate and monitor move on."""
        settings, parameters = self.settings, self.network.parameters
        weight_norm = norm(parameters.weights)
        if not math.isfinite(weight_norm):
            raise Diverged("a weight became infinite", self.epoch + 1, self.step)
        if self.kept.average is not None:
            self.kept.average.after_epoch(parameters.values, self.epoch + 1)
        row: dict[str, float] = {
            "epoch": self.epoch + 1,
            "step": self.step,
            "lr": self.learning_rate(self.step - 1),
            "train_loss": self.sums.mean_loss,
        }
        if self.task.counted:
            row[f"train_{self.task.counted}"] = self.sums.correct / self.sums.seen
        with self.kept.in_place():
            if settings.eval_train:
                row |= self._look("train_eval", self.train)
            is_best = self._validate(row)
        row["grad_norm"], row["weight_norm"] = norm(parameters.grads), weight_norm
        row["seconds"] = self.sums.seconds
        row["samples_per_second"] = self.sums.seen / max(self.sums.seconds, 1e-9)
        self.history.append(row)
        self.epoch, self.batch, self.sums = self.epoch + 1, 0, EpochSums()
        for observer in observers:
            observer.on_epoch(row, is_best)

    def _look(self, at: str, rows: Rows) -> dict[str, float]:
        return {f"{at}_{k}": v for k, v in evaluate(self.network, rows, self.task).items()}

    def _validate(self, row: dict[str, float]) -> bool:
        """Look at the validation rows if it is time to; whether the epoch is the best so far."""
        epoch, settings = int(row["epoch"]), self.settings
        if self.validation is None:
            return False
        if epoch % settings.eval_every and epoch != settings.epochs:
            row |= {f"val_{name}": math.nan for name in ("loss", *self.task.metrics)}
            return False
        row |= self._look("val", self.validation)
        if self.monitor is None:
            return False
        value = row[self.monitor.metric]
        if plateau := self.learning_rate.plateau:
            plateau.observe(value, self.monitor.mode)
        return self.monitor.observe(value, epoch)
