"""A step of gradient descent shared by several workers.

Each worker, a process where the system has fork and a thread elsewhere, takes some blocks of the
batch to a gradient and then updates some of the parameters. Which worker does what is fixed, and
sums are taken in one order: the bits depend on the number of workers and on nothing else.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from mlp_scratch.engine.background import BackgroundThread
from mlp_scratch.engine.loop import Backpropagation
from mlp_scratch.engine.parallel.forked_worker import ForkedWorker
from mlp_scratch.nn.fast.buffers import is_shared, shared_zeros

_CACHE_LINE = 64  # bytes; no two workers write to the same one

EPOCH, GRADIENT, UPDATE = range(3)  # the kinds of work


class SharedStep:
    """Stands in the place of ``OneProcess``.

    parts: one for each worker, whose networks are replicas of the first one's; the first worker is
    this process. n_rows: of the training data. needs_gradient: whether somebody wants to see, or
    change, the whole gradient before the update; else each worker adds up its part of it.
    """

    def __init__(
        self, parts: Sequence[Backpropagation], optimizer: Any, n_rows: int, needs_gradient: bool
    ) -> None:
        self._parts, self._optimizer = parts, optimizer
        self._needs_gradient = needs_gradient
        self._network = parts[0].network
        self._order = shared_zeros(n_rows, np.intp)
        self._others: list[ForkedWorker | _ThreadWorker] = []  # all workers but the first
        self._shards: list[_Shard] = []  # of the parameters: one for each worker
        self._shares_update = False

    def start_epoch(self, epoch: int, order: np.ndarray) -> None:
        """Take the epoch's number, from 0, and its row numbers of the data in their order."""
        self._order[:] = order
        if not self._others:
            self._start()
        self._all(EPOCH, epoch)

    def gradient(self, batch: int, start: int, stop: int) -> tuple[float, int]:
        """As ``Backpropagation.gradient``. The gradient is whole if that was asked for."""
        if not self._others:
            raise RuntimeError("start_epoch comes first")
        done = self._all(GRADIENT, batch, start, stop)
        if self._needs_gradient or not self._shares_update:
            for shard in self._shards:
                shard.add_up()
        return sum(loss for loss, _ in done), int(sum(correct for _, correct in done))

    def update(self, values: np.ndarray, grads: np.ndarray, lr: float, *asked: Any) -> None:
        """The optimizer's step, after which the gradient is whole in any case."""
        if self._shares_update:
            self._all(UPDATE, lr)
            self._optimizer.t = self._shards[0].optimizer.t
        else:
            self._optimizer.step(values, grads, lr, *asked)

    def close(self) -> None:
        """End the other workers; the next epoch would start them again."""
        for worker in self._others:
            worker.close()
        self._others, self._shares_update = [], False

    def _start(self) -> None:
        """Give every worker its shard of the optimizer, and start all but the first."""
        n, parameters = len(self._parts), self._network.parameters
        # in vars: a subclass must say so anew, it may look at all parameters together
        self._shares_update = vars(type(self._optimizer)).get("elementwise", False)
        line = _CACHE_LINE // self._network.dtype.itemsize
        cuts = [parameters.size * k // n // line * line for k in range(n)]
        self._shards = [
            _Shard(
                parameters.values[start:stop],
                [part.network.parameters.grads[start:stop] for part in self._parts],
                optimizer_for(self._optimizer, start, stop) if self._shares_update else None,
            )
            for start, stop in pairwise([*cuts, parameters.size])
        ]
        arrays = [parameters.values, *(part.network.parameters.grads for part in self._parts)]
        if self._shares_update:
            arrays += self._optimizer.state.values()
        works = [partial(self._work, k) for k in range(1, n)]
        try:
            if not all(map(is_shared, arrays)):
                raise OSError("an array is in memory of this process alone")
            self._others = [ForkedWorker(work) for work in works]
        except OSError:
            self._others = [_ThreadWorker(work) for work in works]

    def _all(self, *numbers: float) -> list[tuple[float, ...]]:
        """Every worker does its share; returns what they have to say."""
        try:
            for worker in self._others:
                worker.begin(*numbers)
            done = [self._work(0, *numbers)]
            for worker in self._others:
                worker.wait()
            return done + [worker.result()[:2] for worker in self._others]
        except BaseException:
            self.close()
            raise

    def _work(self, k: int, kind: float, *numbers: float) -> tuple[float, ...]:
        """Worker k's share; returns loss and number of correct rows, if any."""
        part = self._parts[k]
        if kind == GRADIENT:
            batch, start, stop = int(numbers[0]), int(numbers[1]), int(numbers[2])
            return part.gradient(batch, start, stop, slice(k, None, len(self._parts)))
        if kind == UPDATE:
            self._shards[k].update(numbers[0], add_up=not self._needs_gradient)
        else:
            part.start_epoch(int(numbers[0]), self._order)
        return (0.0, 0.0)


@dataclass
class _Shard:
    """Some of the parameters, which one worker updates.

    values: a view. gradients: each worker's. optimizer: of this shard.
    """

    values: np.ndarray
    gradients: list[np.ndarray]
    optimizer: Any

    def add_up(self) -> None:
        """Add to the first worker's gradient those of the others."""
        whole, *others = self.gradients
        for gradient in others:
            whole += gradient

    def update(self, lr: float, add_up: bool) -> None:
        if add_up:
            self.add_up()
        self.optimizer.step(self.values, self.gradients[0], lr)


def optimizer_for(optimizer: Any, start: int, stop: int) -> Any:
    """An optimizer for parameters start to stop, with views of the state of an elementwise one.

    It goes on from that one's ``t``, which it does not move.
    """
    shard = copy.copy(optimizer)
    for name, value in vars(optimizer).items():
        if isinstance(value, np.ndarray):
            setattr(shard, name, value[start:stop])
    shard.state = {name: array[start:stop] for name, array in optimizer.state.items()}
    if hasattr(optimizer, "n_weights"):
        shard.n_weights = min(max(optimizer.n_weights - start, 0), stop - start)
    return shard


class _ThreadWorker:
    """A ``BackgroundThread`` with the interface of a ``ForkedWorker``."""

    def __init__(self, work: Any) -> None:
        self._work, self._thread = work, BackgroundThread[tuple[float, ...]]()
        self._busy = False

    def begin(self, *numbers: float) -> None:
        self._busy = True
        self._thread.begin(partial(self._work, *numbers))

    def wait(self) -> None:
        self._thread.wait()
        self._busy = False

    def result(self) -> tuple[float, ...]:
        return self._thread.result()

    def close(self) -> None:
        """Wait for what it has begun; the thread ends with its owner."""
        if self._busy:
            self.wait()
