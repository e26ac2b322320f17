"""The gradient of one batch: rows in, ``network.parameters.grads`` out.

A batch that fits the cache goes through at once. A larger one goes in blocks of rows whose
gradients simply add up, because the loss divides by the size of the whole batch: full-batch descent
needs no more memory than a block, and several threads can share the blocks.
"""

import copy
from functools import partial
from typing import Any

import numpy as np

from mlp_scratch.engine.feed import AugmentedFeed, Feed
from mlp_scratch.engine.partner import Partner
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network

_ADVERSARY_STREAM = 0xAD  # sets this generator apart from the others of a seed


SHARED_ROWS = 256  # a thread with fewer rows of a batch would hardly be worth the call


class BatchGradient:
    """After ``start_epoch``, calls write the gradient of the mean loss over a batch.

    batch_rows: most rows of a call. label_smoothing: of the loss. augmentation, seed: see ``Feed``.
    adversary: an entry of ``ADVERSARIES``, or None; its generator is made anew for every batch from
    ``seed``, as the augmentation's is.
    """

    def __init__(
        self,
        network: Network,
        train: Rows,
        batch_rows: int,
        label_smoothing: float,
        augmentation: Any | None,
        seed: int,
        adversary: Any | None = None,
    ) -> None:
        self._network = network
        self._train = train
        self._batch_rows = batch_rows
        self._label_smoothing = label_smoothing
        self._augmentation = augmentation
        self._adversary = adversary
        self._seed = seed
        # batch normalization needs the statistics of the whole batch
        self._block_rows = batch_rows if network.buffers else min(batch_rows, BLOCK_ROWS)
        self._lanes = [self._lane(network, every=1)]
        self._partners: list[Partner[tuple[float, int]]] = []  # one for each lane but the first

    def share(self, threads: int, small_product: int = 0) -> int:
        """Let ``threads`` threads share the blocks of a batch, if there are any to share.

        Each thread has a twin of the network and every so-manieth block, and their sums are added
        in one order: the bits depend on the number of threads and on nothing else. (An augmentation
        draws anew for every block, and blocks depend on the threads as well.) Returns how many
        threads are left for each matrix product: one, or all where there is nothing to share. With
        one, products go in tiles if BLAS has a ``small_product`` (see ``nn/products.py``).
        """
        lanes = min(threads, self._batch_rows // SHARED_ROWS)
        if lanes > 1 and self._network.separable:
            self._block_rows = min(self._block_rows, -(-self._batch_rows // lanes))
            networks = [self._network, *(self._network.twin() for _ in range(lanes - 1))]
            self._lanes = [self._lane(network, every=lanes) for network in networks]
            threads = 1
        if threads == 1:
            for lane in self._lanes:
                lane.network.tile_products(small_product)
        return threads

    def start_epoch(self, epoch: int, order: np.ndarray) -> None:
        """Take the epoch's number, from 0, and its row numbers of the data in their order."""
        for lane in self._lanes:
            lane.feed.start_epoch(epoch, order)

    def __call__(self, batch: int, start: int, stop: int) -> tuple[float, int]:
        """Write the gradient of the rows from ``start`` to ``stop`` in the epoch's order.

        batch: its number in the epoch, from 0. Returns the rows' mean loss, without penalties, and
        how many the network got right.
        """
        if stop - start <= self._block_rows:
            return self._lanes[0].block(batch, 0, start, stop, stop - start)
        own, *others = self._lanes
        extent = (batch, start, stop, self._block_rows)
        if not self._partners:
            self._partners = [Partner() for _ in others]
        for k, partner in enumerate(self._partners, 1):
            partner.begin(partial(others[k - 1].blocks, *extent, first=k, every=len(self._lanes)))
        try:
            done = [own.blocks(*extent, first=0, every=len(self._lanes))]
        finally:
            for partner in self._partners:
                partner.wait()
        done += [partner.result() for partner in self._partners]
        grads = self._network.parameters.grads
        for lane in others:
            grads += lane.network.parameters.grads
        return sum(loss for loss, _ in done), sum(correct for _, correct in done)

    def _lane(self, network: Network, every: int) -> "_Lane":
        loss = SoftmaxCrossEntropy(self._label_smoothing)
        # these may have buffers of their own too
        augmentation, adversary = copy.deepcopy((self._augmentation, self._adversary))
        source = (self._train, self._block_rows, network.dtype)
        feed: Feed | AugmentedFeed = (
            Feed(*source)
            if augmentation is None
            else AugmentedFeed(*source, augmentation, self._seed, self._batch_rows, every)
        )
        return _Lane(network, loss, feed, adversary, self._seed)


class _Lane:
    """What one thread works with."""

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
        self._earlier = np.empty(0, network.dtype)  # the sum of the gradients of earlier blocks

    def block(
        self, batch: int, block: int, start: int, stop: int, batch_size: int
    ) -> tuple[float, int]:
        """The rows' share of the loss and gradient of a batch of ``batch_size``."""
        x, labels = self.feed(start, stop, batch, block)
        if self._adversary is not None:
            key = (_ADVERSARY_STREAM, self.feed.epoch, batch, block)
            rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))
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
