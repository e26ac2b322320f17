"""A training from its first epoch to its last: steps, looks at the validation rows, when to stop.

A ``Trainer`` owns nothing but the position: network, optimizer and learning rate are handed in.
It prints nothing and writes nothing; observers are told what happens. Its ``state`` is all that is
needed to go on from any step with the same bits. The steps themselves are in ``loop.py``.
"""

import copy
import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp_scratch.data.batches import batches_per_epoch, epoch_order
from mlp_scratch.engine import training_state
from mlp_scratch.engine.early_stopping import Monitor
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.engine.feed import AugmentedFeed, Feed
from mlp_scratch.engine.kept_weights import KeptWeights
from mlp_scratch.engine.learning_rate import LearningRate
from mlp_scratch.engine.loop import Backpropagation, GradientDescent
from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.nn.batch_statistics import recomputed_statistics
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.regularizers import norm

PROGRESS_EVERY = 16  # batches between two calls of on_batch
SHARED_ROWS = 16  # a worker with fewer rows of a batch would hardly be worth the wait


class Diverged(Exception):
    """The loss or a weight is no longer a finite number."""

    def __init__(self, what: str, epoch: int, step: int) -> None:
        super().__init__(f"{what} in epoch {epoch}, step {step}")
        self.what, self.epoch, self.step = what, epoch, step


class Trainer:
    """Trains ``network`` on ``train`` rows, looking at ``validation`` rows between epochs.

    augmentation, average, adversary: entries of their registries, or None.

    Attributes:
        epoch, batch, step: epochs done, batches done in the one under way, steps done in all.
        history: a row of metrics for each epoch.
        stop_requested: set from outside, to stop after the step under way.
        enough: set by an observer who wants no further epoch.
    """

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
        self.network, self.optimizer, self.learning_rate = network, optimizer, learning_rate
        self.train, self.validation = train, validation
        self.settings, self.monitor = settings, monitor
        self.kept = KeptWeights(network, average)
        self.batch_size = settings.batch_size or len(train)
        self.n_batches = batches_per_epoch(len(train), settings.batch_size, settings.drop_last)
        self.history: list[dict[str, float]] = []
        self.epoch = self.batch = self.step = 0
        self.stop_requested = self.enough = False
        self.loss_sum = 0.0  # over the rows of the epoch so far
        self.correct = self.seen = 0
        self._seconds = 0.0  # of the epoch under way, before an interruption
        self._augmentation, self._adversary = augmentation, adversary
        self._batch_rows = min(self.batch_size, len(train))
        # batch normalization needs the statistics of the whole batch
        rows = min(self._batch_rows, BLOCK_ROWS) if network.separable else self._batch_rows
        self._backpropagation = self._backpropagation_of(network, rows, workers=1)
        self._descent = GradientDescent(self._backpropagation, optimizer, settings, average)
        self._workers: Any = None  # of ``engine.parallel``, where they share each step

    def _backpropagation_of(self, network: Network, block_rows: int, workers: int) -> Any:
        """Of one worker. augmentation and adversary may have buffers of their own: copies."""
        augmentation, adversary = copy.deepcopy((self._augmentation, self._adversary))
        source, seed = (self.train, block_rows, network.dtype), self.settings.seed
        feed: Feed | AugmentedFeed = (
            Feed(*source, self._batch_rows)
            if augmentation is None
            else AugmentedFeed(*source, augmentation, seed, self._batch_rows, workers)
        )
        loss = network.kernels.SoftmaxCrossEntropy(self.settings.label_smoothing)
        return Backpropagation(network, loss, feed, block_rows, adversary, seed)

    def share(self, threads: int, small_product: int = 0) -> int:
        """Train with so many threads; returns how many of them each matrix product should use.

        Call it once, before ``run``. Where the batches have rows enough, and rows pass without heed
        of each other, each batch is shared by workers, and products use one. (An augmentation draws
        anew for every block of rows, so its draws depend on the number of workers.) One thread's
        products go in tiles if BLAS has a ``small_product``, in multiplications (0: it has none).
        The plain kernels do all by themselves.
        """
        if self.network.kernels.name == "plain":
            return threads
        from mlp_scratch.nn.fast.replica import replica, tile_products  # may have been deleted

        workers, parts = min(threads, self._batch_rows // SHARED_ROWS), [self._backpropagation]
        if workers > 1 and self.network.separable:
            from mlp_scratch.engine.parallel.shared_step import SharedStep

            rows = min(self._backpropagation.block_rows, -(-self._batch_rows // workers))
            networks = [self.network, *(replica(self.network) for _ in range(workers - 1))]
            parts = [self._backpropagation_of(network, rows, workers) for network in networks]
            settings = self.settings
            penalized = bool(settings.l1 or settings.l2 or settings.clip_norm is not None)
            self._workers = SharedStep(parts, self.optimizer, len(self.train), penalized)
            self._descent.share(self._workers)
            threads = 1
        if threads == 1:
            for part in parts:
                tile_products(part.network, small_product)
        return threads

    def close(self) -> None:
        """End the processes that share the steps, if there are any; ``run`` would call new ones."""
        if self._workers is not None:
            self._workers.close()

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
    def run(self, observers: Sequence[Observer] = ()) -> str:
        """Train until done; return "finished", "stopped_early" or "interrupted".

        observers: told of everything, in their order.
        Raises Diverged when the loss or the weights are no longer finite.
        """
        self.kept.forget_recomputed()
        while self.epoch < self.settings.epochs and not self._is_enough:
            if not self._run_epoch(observers):
                return "interrupted"
        if self.settings.bn_recompute:
            self.kept.recompute(self.recomputed_statistics(self.state()[0]))
        early = self._is_enough and self.epoch < self.settings.epochs
        return "stopped_early" if early else "finished"

    @property
    def _is_enough(self) -> bool:
        return self.enough or (self.monitor is not None and self.monitor.exhausted)

    def _run_epoch(self, observers: Sequence[Observer]) -> bool:
        """One epoch, or the rest of one; False when a stop was requested before its end."""
        started = time.perf_counter()
        epoch, every = self.epoch + 1, self.settings.checkpoint_every_steps
        self._descent.start_epoch(self.epoch, self._order())
        while self.batch < self.n_batches:
            if self.stop_requested:
                self._seconds += time.perf_counter() - started
                return False
            start = self.batch * self.batch_size
            stop = min(start + self.batch_size, len(self.train))
            loss, correct = self._descent.step(
                self.batch, start, stop, self.learning_rate(self.step)
            )
            self.loss_sum += loss * (stop - start)
            self.correct += correct
            self.seen += stop - start
            self.batch += 1
            self.step += 1
            if not math.isfinite(loss):
                raise Diverged(f"the loss became {loss}", epoch, self.step)
            if self.batch % PROGRESS_EVERY == 0:
                for observer in observers:
                    observer.on_batch(epoch, self.batch, self.n_batches, self.loss_sum / self.seen)
            if every is not None and self.step % every == 0 and self.batch < self.n_batches:
                for observer in observers:
                    observer.on_step_checkpoint()
        self._seconds += time.perf_counter() - started
        self._finish_epoch(observers)
        return True

    def _order(self) -> np.ndarray:
        """Row numbers in the order of this epoch; full-batch descent needs no shuffling."""
        numbers, n = self.train.numbers, len(self.train)
        if self.settings.batch_size is None:
            return np.arange(n) if numbers is None else numbers
        order = epoch_order(self.settings.seed, self.epoch, n)
        return order if numbers is None else numbers[order]

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
            "train_loss": self.loss_sum / self.seen,
            "train_accuracy": self.correct / self.seen,
        }
        is_best = False
        with self.kept.in_place():
            if settings.eval_train:
                row["train_eval_loss"], row["train_eval_accuracy"] = evaluate(
                    self.network, self.train
                )
            if self.validation is not None:
                is_best = self._validate(row)
        row["grad_norm"], row["weight_norm"] = norm(parameters.grads), weight_norm
        row["seconds"] = self._seconds
        row["samples_per_second"] = self.seen / max(self._seconds, 1e-9)
        self.history.append(row)
        self.epoch += 1
        self.batch = self.correct = self.seen = 0
        self.loss_sum = self._seconds = 0.0
        for observer in observers:
            observer.on_epoch(row, is_best)

    def _validate(self, row: dict[str, float]) -> bool:
        """Look at the validation rows if it is time to; whether the epoch is the best so far."""
        epoch, settings = int(row["epoch"]), self.settings
        if epoch % settings.eval_every and epoch != settings.epochs:
            row["val_loss"] = row["val_accuracy"] = math.nan
            return False
        assert self.validation is not None
        row["val_loss"], row["val_accuracy"] = evaluate(self.network, self.validation)
        if self.monitor is None:
            return False
        value = row[self.monitor.metric]
        self.learning_rate.observe(value, self.monitor.mode)
        return self.monitor.observe(value, epoch)

    def recomputed_statistics(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Batch normalization's, over all training rows, for the parameters of a ``state``.

        In the order of the first epoch: as stored, neighbours may be of one class.
        """
        order = epoch_order(self.settings.seed, 0, len(self.train))
        blocks = self.train.part(order).blocks(self.network.dtype)
        return recomputed_statistics(self.network, arrays, (x for _, x in blocks))

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """All that is needed to go on from here; see ``training_state.py``."""
        return training_state.arrays_of(self), training_state.values_of(self)

    def load(
        self,
        arrays: dict[str, np.ndarray],
        values: dict[str, Any],
        history: list[dict[str, float]],
    ) -> None:
        """Go on from a saved ``state`` and the rows of the epochs before it."""
        training_state.load(self, arrays, values, history)
