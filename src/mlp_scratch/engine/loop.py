"""Gradient descent: this file is the algorithm.

    take the batch, forward, loss, backward, regularize, clip, update, average

(``max_norm``, a regularizer that works on the weights themselves, follows the update.)
``Backpropagation`` finds the gradient of a batch's mean loss, ``GradientDescent`` makes a step of
it. Epochs, validation and all that is remembered between them are the trainer's (``trainer.py``).
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp_scratch.engine.feed import AugmentedFeed, Feed
from mlp_scratch.engine.frozen_layers import FrozenLayers
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.task import Task
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.regularizers import add_l1, add_l2, clip_norm, max_norm, penalty

_ADVERSARY_STREAM, _DROPOUT_STREAM = 0xAD, 0xD0  # set generators apart from others of a seed


@dataclass(eq=False)
class Backpropagation:
    """Writes the gradient of a batch into ``network.parameters.grads``.

    A batch that fits the cache goes through at once. A larger one goes in blocks of rows, whose
    gradients simply add up, because the loss divides by the size of the whole batch: full-batch
    descent needs no more memory than a block.

    feed: gives the rows of a block. block_rows: at most so many. adversary: an entry of
    ``ADVERSARIES``, or None. Its generator and the one of dropout are made anew for every block
    from (seed, epoch, batch, block), as the augmentation's is: any block can be taken without those
    before it, and no generator has a state to be saved. weights: of the data's rows, or None.
    reconstructs: a row's target is the row itself.
    """

    network: Network
    loss: Any
    feed: Feed | AugmentedFeed
    block_rows: int
    adversary: Any | None
    seed: int
    weights: np.ndarray | None = None
    reconstructs: bool = False

    def start_epoch(self, epoch: int, order: np.ndarray) -> None:
        """Take the epoch's number, from 0, and its row numbers of the data in their order."""
        self.feed.start_epoch(epoch, order)
        self._weights = None if self.weights is None else self.weights[order]
        self._has_dropout = self.network.has_dropout

    def gradient(
        self, batch: int, start: int, stop: int, which: slice = slice(None)
    ) -> tuple[float, int]:
        """Find the gradient of batch number ``batch``: rows ``start`` to ``stop`` of the epoch.

        Returns the rows' mean loss, without penalties, and how many of them the network got right.
        which: the blocks of the batch that are meant, for a worker that does some of them.
        """
        starts = range(start, stop, self.block_rows)
        blocks = range(len(starts))[which]
        weights = self._weights
        divisor = stop - start if weights is None else float(weights[start:stop].sum()) or 1.0
        if len(blocks) == 1:
            return self._block(batch, blocks[0], starts[blocks[0]], stop, divisor)
        grads = self.network.parameters.grads
        total, loss, correct = np.zeros_like(grads), 0.0, 0
        for block in blocks:
            block_loss, block_correct = self._block(batch, block, starts[block], stop, divisor)
            total += grads
            loss += block_loss
            correct += block_correct
        grads[:] = total
        return loss, correct

    def _block(
        self, batch: int, block: int, start: int, stop: int, divisor: float
    ) -> tuple[float, int]:
        """The block's share of loss and gradient: forward, loss, backward."""
        stop = min(start + self.block_rows, stop)
        x, labels = self.feed(start, stop, batch, block)
        labels = x if self.reconstructs else labels
        weights = None if self._weights is None else self._weights[start:stop]
        if self._has_dropout:
            self.network.draw_from(self._generator(_DROPOUT_STREAM, batch, block))
        if self.adversary is not None:  # forward, loss and backward at moved inputs too
            rng = self._generator(_ADVERSARY_STREAM, batch, block)
            batch_of = (x, labels, divisor, rng, weights)
            return self.adversary.gradient(self.network, self.loss, *batch_of)
        outputs = self.network.forward(x, training=True)
        loss, doutputs = self.loss(outputs, labels, divisor, weights)
        self.network.backward(doutputs)
        return loss, self.loss.correct

    def _generator(self, stream: int, batch: int, block: int) -> np.random.Generator:
        key = (stream, self.feed.epoch, batch, block)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


class OneProcess:
    """Who finds the gradient and makes the update: this process alone. Several may stand in its
    place, see ``engine/parallel``."""

    def __init__(self, backpropagation: Backpropagation, optimizer: Any) -> None:
        self.start_epoch = backpropagation.start_epoch
        self.gradient = backpropagation.gradient
        self.update = optimizer.step

    def close(self) -> None:
        """Nobody is to be sent home."""


@dataclass(eq=False)
class GradientDescent:
    """One step after the other down the slope of the loss.

    augmentation, average, adversary: entries of their registries, or None. workers: whoever does
    what takes long, see ``OneProcess``.
    """

    network: Network
    optimizer: Any
    train: Rows
    task: Task
    settings: Settings
    augmentation: Any | None = None
    average: Any | None = None
    adversary: Any | None = None

    def __post_init__(self) -> None:
        network, settings, train = self.network, self.settings, self.train
        self._add_l1, self._add_l2 = map(network.kernels.of, (add_l1, add_l2))
        self._asks_for_loss = getattr(self.optimizer, "asks_for_loss", False)
        self._frozen = FrozenLayers(network.parameters, settings.freeze)
        self._weights = [block.dense.W for block in network.blocks]
        self.batch_rows = min(settings.batch_size or len(train), len(train))
        # batch normalization needs the statistics of the whole batch
        rows = min(self.batch_rows, BLOCK_ROWS) if network.separable else self.batch_rows
        self.backpropagation = self.backpropagation_for(network, rows)
        self.workers: Any = OneProcess(self.backpropagation, self.optimizer)

    def step(self, batch: int, start: int, stop: int, lr: float) -> tuple[float, int]:
        """One step on the rows of a batch; returns what ``Backpropagation.gradient`` does."""
        params, settings = self.network.parameters, self.settings
        loss, correct = self.penalized_gradient(batch, start, stop)
        if settings.clip_norm is not None:
            clip_norm(params.grads, settings.clip_norm)
        asked = (self._objective(loss, batch, start, stop),) if self._asks_for_loss else ()
        self.workers.update(params.values, params.grads, lr, *asked)
        if settings.max_norm is not None:
            for W in self._weights:
                max_norm(W, settings.max_norm)
        if settings.freeze:
            self._frozen.put_back()
        if self.average is not None:
            self.average.after_step(params.values)
        return loss, correct

    def penalized_gradient(self, batch: int, start: int, stop: int) -> tuple[float, int]:
        """``Backpropagation.gradient`` with the penalties' added, and none for frozen layers."""
        params, settings = self.network.parameters, self.settings
        loss, correct = self.workers.gradient(batch, start, stop)
        if settings.l2:
            self._add_l2(params, settings.l2)
        if settings.l1:
            self._add_l1(params, settings.l1)
        if settings.freeze:
            self._frozen.hold()
        return loss, correct

    def _objective(self, loss: float, *rows: int) -> Callable[[], float]:
        """A function for an optimizer that asks for it: the loss of a batch, with its penalties, at
        the parameters as they are then; it writes the gradient into ``parameters.grads``.

        loss: without penalties, and rows, as ``penalized_gradient`` has just found it of them: the
        first call has it from there.
        """
        params, settings, known = self.network.parameters, self.settings, [loss]

        def objective() -> float:
            now = known.pop() if known else self.penalized_gradient(*rows)[0]
            return now + penalty(params, settings.l1, settings.l2)

        return objective

    def backpropagation_for(
        self, network: Network, block_rows: int, workers: int = 1
    ) -> Backpropagation:
        """What one of several workers needs; whatever has buffers of its own is a copy."""
        seed = self.settings.seed
        augmentation, adversary = copy.deepcopy((self.augmentation, self.adversary))
        source = (self.train, block_rows, network.dtype)
        feed: Feed | AugmentedFeed = (
            Feed(*source, self.batch_rows)
            if augmentation is None
            else AugmentedFeed(*source, augmentation, seed, self.batch_rows, workers)
        )
        loss = self.task.new_loss(network.kernels, training=True)
        more = (self.train.all_weights, self.task.reconstructs)
        return Backpropagation(network, loss, feed, block_rows, adversary, seed, *more)
