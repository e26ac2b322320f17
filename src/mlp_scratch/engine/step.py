"""A training step: the gradient of a batch, and what the optimizer makes of it.

Alone, or shared: each lane, a process where the system has fork and a thread elsewhere, takes some
rows of the batch to a gradient and then updates some of the parameters. Which lane does what is
fixed, and sums are taken in one order: the bits depend on the number of lanes and on nothing else.
"""

import copy
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from mlp_scratch.engine.feed import AugmentedFeed, Feed
from mlp_scratch.engine.lane import Lane
from mlp_scratch.engine.partner import PartnerProcess, PartnerThread
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.nn.fast.buffers import is_shared, shared_zeros
from mlp_scratch.nn.fast.replica import replica, tile_products
from mlp_scratch.nn.network import Network

SHARED_ROWS = 16  # a lane with fewer rows of a batch would hardly be worth the wait
_CACHE_LINE = 64  # bytes; no two lanes write to the same one

EPOCH, GRADIENT, UPDATE = range(3)  # the orders that a lane takes


class TrainingStep:
    """``start_epoch``, then ``gradient`` and ``update`` for every batch.

    batch_rows: most rows of a call. label_smoothing: of the loss. augmentation, seed: see
    ``AugmentedFeed``. adversary: see ``Lane``.
    """

    def __init__(
        self,
        network: Network,
        optimizer: Any,
        train: Rows,
        batch_rows: int,
        label_smoothing: float,
        augmentation: Any | None,
        seed: int,
        adversary: Any | None = None,
    ) -> None:
        self._network, self._optimizer = network, optimizer
        self._train = train
        self._batch_rows = batch_rows
        self._label_smoothing = label_smoothing
        self._augmentation = augmentation
        self._adversary = adversary
        self._seed = seed
        # batch normalization needs the statistics of the whole batch
        self._block_rows = batch_rows if network.buffers else min(batch_rows, BLOCK_ROWS)
        self._lanes = [self._lane(network, 1)]
        self._order = np.empty(0, np.intp)
        self._combined = True  # whether the sum of the lanes' gradients is in the first one's
        self._partners: list[_ThreadForLane | PartnerProcess] = []  # for each lane but the first
        self._stretches: list[_Stretch] = []  # what each lane updates ...
        self._update_shared = False  # ... or the first one does all, where the optimizer must

    def share(self, threads: int, small_product: int = 0) -> int:
        """Let ``threads`` lanes share a batch, if it has rows enough and they can be separated.

        Each has a twin of the network, every so-manieth block of rows and a stretch of the
        parameters. (An augmentation draws anew for every block, so that its draws depend on the
        lanes as well.) Returns how many threads are left for each matrix product: one, or all where
        there is nothing to share. With one, products go in tiles if BLAS has a ``small_product``
        (see ``nn/fast/products.py``).
        """
        if self._network.kernels.name != "fast":
            return threads
        lanes = min(threads, self._batch_rows // SHARED_ROWS)
        if lanes > 1 and self._network.separable:
            self._block_rows = min(self._block_rows, -(-self._batch_rows // lanes))
            networks = [self._network, *(replica(self._network) for _ in range(lanes - 1))]
            self._lanes = [self._lane(network, lanes) for network in networks]
            self._order = shared_zeros(len(self._train), np.intp)
            threads = 1
        if threads == 1:
            for lane in self._lanes:
                tile_products(lane.network, small_product)
        return threads

    def start_epoch(self, epoch: int, order: np.ndarray) -> None:
        """Take the epoch's number, from 0, and its row numbers of the data in their order."""
        if len(self._lanes) == 1:
            self._order = order
        else:
            self._order[:] = order
            if not self._partners:
                self._start()
        self._all(EPOCH, epoch)

    def gradient(self, batch: int, start: int, stop: int) -> tuple[float, int]:
        """Find the gradient of the mean loss over rows ``start`` to ``stop`` in the epoch's order.

        batch: its number in the epoch, from 0. Returns the rows' mean loss, without penalties, and
        how many the network got right. The gradient is not whole before ``combine``.
        """
        if len(self._lanes) == 1 and stop - start <= self._block_rows:
            return self._lanes[0].block(batch, 0, start, stop, stop - start)
        if len(self._lanes) > 1 and not self._partners:
            raise RuntimeError("start_epoch comes first")
        done = self._all(GRADIENT, batch, start, stop)
        self._combined = len(self._lanes) == 1
        return sum(loss for loss, _ in done), int(sum(correct for _, correct in done))

    def combine(self) -> None:
        """Put the whole gradient into the network's ``grads``, for whoever has use for it."""
        if not self._combined:
            for stretch in self._stretches:
                stretch.add_up()
            self._combined = True

    def update(self, lr: float) -> None:
        """Let the optimizer make its step."""
        if self._update_shared:
            self._all(UPDATE, lr, self._combined)
            self._optimizer.t = self._stretches[0].optimizer.t
            self._combined = True
        else:
            self.combine()
            parameters = self._network.parameters
            self._optimizer.step(parameters.values, parameters.grads, lr)

    def close(self) -> None:
        """Let the other lanes go home; the next epoch would call them again."""
        for partner in self._partners:
            partner.close()
        self._partners, self._update_shared = [], False

    def _lane(self, network: Network, lanes: int) -> Lane:
        loss = network.kernels.SoftmaxCrossEntropy(self._label_smoothing)
        # these may have buffers of their own too
        augmentation, adversary = copy.deepcopy((self._augmentation, self._adversary))
        source = (self._train, self._block_rows, network.dtype)
        feed: Feed | AugmentedFeed = (
            Feed(*source, self._batch_rows)
            if augmentation is None
            else AugmentedFeed(*source, augmentation, self._seed, self._batch_rows, lanes)
        )
        return Lane(network, loss, feed, adversary, self._seed)

    def _start(self) -> None:
        """Give every lane its part of the optimizer, and every one but the first its partner."""
        lanes, parameters = len(self._lanes), self._network.parameters
        step = _CACHE_LINE // self._network.dtype.itemsize
        cuts = [parameters.size * k // lanes // step * step for k in range(lanes)]
        # in vars: a subclass must say so anew, it may look at all parameters together
        self._update_shared = vars(type(self._optimizer)).get("elementwise", False)
        self._stretches = [
            _Stretch(
                parameters.values[start:stop],
                [lane.network.parameters.grads[start:stop] for lane in self._lanes],
                part(self._optimizer, start, stop) if self._update_shared else None,
            )
            for start, stop in pairwise([*cuts, parameters.size])
        ]
        theirs = [partial(self._obey, k) for k in range(1, lanes)]
        arrays = [parameters.values, *(lane.network.parameters.grads for lane in self._lanes)]
        if self._update_shared:
            arrays += self._optimizer.state.values()
        try:
            if not all(map(is_shared, arrays)):
                raise OSError("an array is in memory of this process alone")
            self._partners = [PartnerProcess(work) for work in theirs]
        except OSError:
            self._partners = [_ThreadForLane(work) for work in theirs]

    def _all(self, *order: float) -> list[tuple[float, ...]]:
        """Every lane obeys the order; returns what they have to say."""
        try:
            for partner in self._partners:
                partner.begin(*order)
            done = [self._obey(0, *order)]
            for partner in self._partners:
                partner.wait()
            return done + [partner.result()[:2] for partner in self._partners]
        except BaseException:
            self.close()
            raise

    def _obey(self, k: int, kind: float, *numbers: float) -> tuple[float, ...]:
        """What lane k does when told; returns loss and number of correct rows, if any."""
        lane = self._lanes[k]
        if kind == GRADIENT:
            batch, start, stop = int(numbers[0]), int(numbers[1]), int(numbers[2])
            return lane.blocks(batch, start, stop, self._block_rows, k, len(self._lanes))
        if kind == UPDATE:
            lr, combined = numbers[0], numbers[1]
            self._stretches[k].update(lr, add_up=not combined)
        else:
            lane.feed.start_epoch(int(numbers[0]), self._order)
        return (0.0, 0.0)


@dataclass
class _Stretch:
    """Some of the parameters, which one lane updates.

    values, gradients: views; the gradient of each lane. optimizer: of this part.
    """

    values: np.ndarray
    gradients: list[np.ndarray]
    optimizer: Any

    def add_up(self) -> None:
        """Add to the gradient of the first lane those of the others."""
        whole, *others = self.gradients
        for gradient in others:
            whole += gradient

    def update(self, lr: float, add_up: bool) -> None:
        if add_up:
            self.add_up()
        self.optimizer.step(self.values, self.gradients[0], lr)


def part(optimizer: Any, start: int, stop: int) -> Any:
    """An optimizer for parameters start to stop, with views of the state of an elementwise one.

    It goes on from that one's ``t``, which it does not move.
    """
    mine = copy.copy(optimizer)
    for name, value in vars(optimizer).items():
        if isinstance(value, np.ndarray):
            setattr(mine, name, value[start:stop])
    mine.state = {name: array[start:stop] for name, array in optimizer.state.items()}
    if hasattr(optimizer, "n_weights"):
        mine.n_weights = min(max(optimizer.n_weights - start, 0), stop - start)
    return mine


class _ThreadForLane:
    """A ``PartnerThread`` with the interface of a ``PartnerProcess``."""

    def __init__(self, work: Any) -> None:
        self._work, self._thread = work, PartnerThread[tuple[float, ...]]()
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
