"""The training loop: batches through the network, gradients into the optimizer, epochs into rows.

A ``Trainer`` owns nothing but the position: network, optimizer and learning rate are handed in.
It prints nothing and writes nothing; an ``Observer`` is told what happens. Its ``state`` is all
that is needed to go on from any step with the same bits.
"""

import contextlib
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from mlp_scratch.data.batches import batches_per_epoch, epoch_order
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.engine.learning_rate import LearningRate
from mlp_scratch.engine.monitor import Monitor
from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.step import TrainingStep
from mlp_scratch.nn.batch_statistics import recomputed_statistics
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.regularizers import add_l1, add_l2, clip_norm, max_norm, norm


class Diverged(Exception):
    """The loss or a weight is no longer a finite number."""

    def __init__(self, what: str, epoch: int, step: int) -> None:
        super().__init__(f"{what} in epoch {epoch}, step {step}")
        self.what, self.epoch, self.step = what, epoch, step


PROGRESS_EVERY = 16  # batches between two calls of on_batch


class Trainer:
    """Trains ``network`` on ``train`` rows, looking at ``validation`` rows between epochs."""

    def __init__(
        self,
        network: Network,
        optimizer: Any,
        learning_rate: LearningRate,
        train: Rows,
        validation: Rows | None,
        settings: Settings,
        monitor: Monitor | None,
        augmentation: Any | None = None,
        average: Any | None = None,
        adversary: Any | None = None,
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.train = train
        self.validation = validation
        self.settings = settings
        self.monitor = monitor
        self.average = average  # an entry of AVERAGES, or None
        self.batch_size = settings.batch_size or len(train)
        self.n_batches = batches_per_epoch(len(train), settings.batch_size, settings.drop_last)
        self.history: list[dict[str, float]] = []
        self.epoch = 0  # epochs completed
        self.batch = 0  # batches done in the epoch under way
        self.step = 0  # steps done in all
        self.stop_requested = False  # set from outside, by a signal handler
        self._loss_sum = 0.0  # over the rows of the epoch so far
        self._correct = self._seen = 0
        self._seconds = 0.0  # of the epoch under way, before an interruption
        self._grad_norm = math.nan
        self.before_recompute: dict[str, np.ndarray] = {}  # buffers; empty until the end
        self._n_train = len(train)
        batch_rows = min(self.batch_size, self._n_train)
        self._training_step = TrainingStep(
            network,
            optimizer,
            train,
            batch_rows,
            settings.label_smoothing,
            augmentation,
            settings.seed,
            adversary,
        )
        parameters = network.parameters
        self._weight_matrices = [parameters.value(n) for n in parameters.names if n[0] == "W"]

    def share(self, threads: int, small_product: int = 0) -> int:
        """Train with so many threads; returns how many of them each matrix product should use.

        Call it once, before ``run``: the threads, or processes, share each batch where they can.
        small_product: what BLAS counts as a small product, in multiplications (0: nothing).
        """
        return self._training_step.share(threads, small_product)

    def close(self) -> None:
        """End the processes that share the steps, if there are any; ``run`` would call new ones."""
        self._training_step.close()

    @property
    def columns(self) -> list[str]:
        """Names of an epoch's metrics, in the order of a row."""
        names = ["epoch", "step", "lr", "train_loss", "train_accuracy"]
        if self.settings.eval_train:
            names += ["train_eval_loss", "train_eval_accuracy"]
        if self.validation is not None:
            names += ["val_loss", "val_accuracy"]
        return [*names, "grad_norm", "weight_norm", "seconds", "samples_per_second"]

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # Diverged says it better
    def run(self, observer: Observer) -> str:
        """Train until done; return "finished", "stopped_early" or "interrupted".

        Raises Diverged when the loss or the weights are no longer finite.
        """
        for name, running in self.before_recompute.items():
            self.network.buffers[name][...] = running
        self.before_recompute = {}
        while self.epoch < self.settings.epochs:
            if self.monitor is not None and self.monitor.exhausted:
                break
            if not self._run_epoch(observer):
                return "interrupted"
        if self.settings.bn_recompute:
            statistics = self.recomputed_statistics(self.state()[0])
            for name, live in self.network.buffers.items():
                self.before_recompute[name] = live.copy()
                live[...] = statistics[name]
        exhausted = self.monitor is not None and self.monitor.exhausted
        return "stopped_early" if exhausted and self.epoch < self.settings.epochs else "finished"

    def _run_epoch(self, observer: Observer) -> bool:
        """One epoch, or the rest of one; False when a stop was requested before its end."""
        started = time.perf_counter()
        epoch, every = self.epoch + 1, self.settings.checkpoint_every_steps
        self._training_step.start_epoch(self.epoch, self._order())
        while self.batch < self.n_batches:
            if self.stop_requested:
                self._seconds += time.perf_counter() - started
                return False
            loss = self._train_step()
            self.batch += 1
            self.step += 1
            if not math.isfinite(loss):
                raise Diverged(f"the loss became {loss}", epoch, self.step)
            if self.batch % PROGRESS_EVERY == 0:
                observer.on_batch(epoch, self.batch, self.n_batches, self._loss_sum / self._seen)
            if every is not None and self.step % every == 0 and self.batch < self.n_batches:
                observer.on_step_checkpoint()
        self._seconds += time.perf_counter() - started
        self._finish_epoch(observer)
        return True

    def _order(self) -> np.ndarray:
        """Row numbers in the order of this epoch; full-batch descent needs no shuffling."""
        numbers, n = self.train.numbers, len(self.train)
        if self.settings.batch_size is None:
            return np.arange(n) if numbers is None else numbers
        order = epoch_order(self.settings.seed, self.epoch, n)
        return order if numbers is None else numbers[order]

    def _train_step(self) -> float:
        """One step on the epoch's next rows; returns their mean loss (without penalties)."""
        settings, parameters = self.settings, self.network.parameters
        start = self.batch * self.batch_size
        stop = min(start + self.batch_size, self._n_train)
        loss, correct = self._training_step.gradient(self.batch, start, stop)
        self._loss_sum += loss * (stop - start)
        self._correct += correct
        self._seen += stop - start
        is_last = self.batch == self.n_batches - 1
        if settings.l2 or settings.l1 or settings.clip_norm is not None or is_last:
            self._training_step.combine()
        if settings.l2:
            self.network.kernels.of(add_l2)(parameters, settings.l2)
        if settings.l1:
            self.network.kernels.of(add_l1)(parameters, settings.l1)
        if settings.clip_norm is not None:
            clip_norm(parameters.grads, settings.clip_norm)
        if is_last:
            self._grad_norm = norm(parameters.grads)
        self._training_step.update(self.learning_rate(self.step))
        if settings.max_norm is not None:
            for weights in self._weight_matrices:
                max_norm(weights, settings.max_norm)
        if self.average is not None:
            self.average.after_step(parameters.values)
        return loss

    def _finish_epoch(self, observer: Observer) -> None:
        """Metrics of the epoch just done; validation, learning rate and monitor move on."""
        settings, weight_norm = self.settings, norm(self.network.parameters.weights)
        if not math.isfinite(weight_norm):
            raise Diverged("a weight became infinite", self.epoch + 1, self.step)
        if self.average is not None:
            self.average.after_epoch(self.network.parameters.values, self.epoch + 1)
        row: dict[str, float] = {
            "epoch": self.epoch + 1,
            "step": self.step,
            "lr": self.learning_rate(self.step - 1),
            "train_loss": self._loss_sum / self._seen,
            "train_accuracy": self._correct / self._seen,
        }
        if settings.eval_train:
            row["train_eval_loss"], row["train_eval_accuracy"] = self._evaluate(self.train)
        is_best = False
        if self.validation is not None:
            looks = row["epoch"] % settings.eval_every == 0 or row["epoch"] == settings.epochs
            row["val_loss"], row["val_accuracy"] = (
                self._evaluate(self.validation) if looks else (math.nan, math.nan)
            )
            if looks and self.monitor is not None:
                value = row[self.monitor.metric]
                is_best = self.monitor.observe(value, int(row["epoch"]))
                self.learning_rate.observe(value, self.monitor.mode)
        row["grad_norm"], row["weight_norm"] = self._grad_norm, weight_norm
        row["seconds"] = self._seconds
        row["samples_per_second"] = self._seen / max(self._seconds, 1e-9)
        self.history.append(row)
        self.epoch += 1
        self._start_epoch()
        observer.on_epoch(row, is_best)

    def _evaluate(self, rows: Rows) -> tuple[float, float]:
        with self.averaged():
            return evaluate(self.network, rows)

    def recomputed_statistics(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Batch normalization's, over all training rows, for the parameters of a ``state``.

        In the order of the first epoch: as stored, neighbours may be of one class.
        """
        order = epoch_order(self.settings.seed, 0, len(self.train))
        blocks = self.train.part(order).blocks(self.network.dtype)
        return recomputed_statistics(self.network, arrays, (x for _, x in blocks))

    @property
    def _has_average(self) -> bool:
        return self.average is not None and self.average.t > 0

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """While entered, the network has the averaged weights, where there is an average."""
        if not self._has_average:
            yield
            return
        values = self.network.parameters.values
        kept = values.copy()
        values[:] = self.average.values  # type: ignore[union-attr]
        try:
            yield
        finally:
            values[:] = kept

    def adopt_average(self) -> None:
        """When the training is over and saved: leave the averaged weights in the network."""
        if self._has_average:
            self.network.parameters.values[:] = self.average.values  # type: ignore[union-attr]

    def _start_epoch(self) -> None:
        self.batch = self._correct = self._seen = 0
        self._loss_sum = self._seconds = 0.0
        self._grad_norm = math.nan

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """All that is needed to go on from here: live arrays by name, and plain values.

        The arrays are views of what trains: copy or write them before the next step. With an
        average, that is what bears the parameters' names; the optimizer's weights are beside it, as
        are running statistics beside those that were computed anew.
        """
        parameters = self.network.parameters
        arrays = parameters.arrays(self.average.values if self._has_average else parameters.values)  # type: ignore[union-attr]
        if self.average is not None:
            arrays["optimized_values"] = parameters.values
        arrays.update(self.network.buffers)
        if self.settings.bn_recompute:  # the same arrays until the end: ``load`` leaves the latter
            running = self.before_recompute or self.network.buffers
            arrays.update({f"trained_{name}": a for name, a in running.items()})
        arrays.update({f"optim_{name}": a for name, a in self.optimizer.state.items()})
        values = {
            "epoch": self.epoch,
            "batch": self.batch,
            "step": self.step,
            "loss_sum": self._loss_sum,
            "correct": self._correct,
            "seen": self._seen,
            "optimizer_steps": self.optimizer.t,
            "average_updates": 0 if self.average is None else self.average.t,
            "learning_rate": self.learning_rate.state(),
            "monitor": None if self.monitor is None else self.monitor.state(),
        }
        return arrays, values

    def load(
        self,
        arrays: dict[str, np.ndarray],
        values: dict[str, Any],
        history: list[dict[str, float]],
    ) -> None:
        """Go on from a saved ``state`` and the rows of the epochs before it."""
        self.close()
        self.before_recompute = {}
        if self.average is not None:
            self.average.t = int(values["average_updates"])
        for name, live in self.state()[0].items():
            live[...] = arrays[name]
        self.epoch, self.batch, self.step = (int(values[k]) for k in ("epoch", "batch", "step"))
        self._loss_sum = float(values["loss_sum"])
        self._correct, self._seen = int(values["correct"]), int(values["seen"])
        self.optimizer.t = int(values["optimizer_steps"])
        self.learning_rate.load(values["learning_rate"])
        if self.monitor is not None:
            self.monitor.load(values["monitor"])
        self.history = list(history)
