"""A batch through the network: rows in, ``network.parameters.grads`` out.

A batch that fits the cache goes through at once. A larger one goes in blocks of rows whose
gradients simply add up, because the loss divides by the size of the whole batch: full-batch descent
needs no more memory than a block, and several lanes can share the blocks.
"""

from typing import Any

import numpy as np

from mlp_scratch.engine.feed import AugmentedFeed, Feed
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network

_ADVERSARY_STREAM, _DROPOUT_STREAM = 0xAD, 0xD0  # set generators apart from others of a seed


class Lane:
    """A network, what feeds it and what it is taught by: all that one worker needs.

    adversary: an entry of ``ADVERSARIES``, or None. Its generator and the one of dropout are made
    anew for every block from (seed, epoch, batch, block), as the augmentation's is: any block can
    be taken without those before it, and no generator has a state to be saved.
    """

    def __init__(
        self,
        network: Network,
        loss: SoftmaxCrossEntropy,
        feed: Feed | AugmentedFeed,
        adversary: Any | None,
        seed: int,
    ) -> None:
        self.network, self._loss, self.feed = network, loss, feed
        self._adversary, self._seed = adversary, seed
        self._has_dropout = network.has_dropout
        self._earlier = np.empty(0, network.dtype)  # the sum of the gradients of earlier blocks

    def block(
        self, batch: int, block: int, start: int, stop: int, batch_size: int
    ) -> tuple[float, int]:
        """The rows' share of the loss and gradient of a batch of ``batch_size``."""
        x, labels = self.feed(start, stop, batch, block)
        if self._has_dropout:
            self.network.draw_from(self._generator(_DROPOUT_STREAM, batch, block))
        if self._adversary is not None:
            rng = self._generator(_ADVERSARY_STREAM, batch, block)
            return self._adversary.gradient(self.network, self._loss, x, labels, batch_size, rng)
        logits = self.network.forward(x, training=True)
        loss, dlogits = self._loss(logits, labels, batch_size)
        self.network.backward(dlogits)
        return loss, self._loss.correct

    def blocks(
        self, batch: int, start: int, stop: int, rows: int, first: int, every: int
    ) -> tuple[float, int]:
        """Blocks first, first + every, ... of a batch; the gradients add up in the network's."""
        grads = self.network.parameters.grads
        starts = range(start, stop, rows)
        mine = range(first, len(starts), every)
        if len(mine) > 1 and self._earlier.size == 0:
            self._earlier = np.empty_like(grads)
        loss, correct = 0.0, 0
        for block in mine:
            if block == first + every:
                self._earlier[:] = grads
            elif block > first:
                self._earlier += grads
            at = starts[block]
            part = self.block(batch, block, at, min(at + rows, stop), stop - start)
            loss += part[0]
            correct += part[1]
        if len(mine) > 1:
            grads += self._earlier
        elif not mine:
            grads.fill(0)
        return loss, correct

    def _generator(self, stream: int, batch: int, block: int) -> np.random.Generator:
        key = (stream, self.feed.epoch, batch, block)
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))
