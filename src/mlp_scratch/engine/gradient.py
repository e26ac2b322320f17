"""The gradient of one batch: rows in, ``network.parameters.grads`` out.

A batch that fits the cache goes through at once. A larger one goes in blocks of rows whose
gradients simply add up, because the loss divides by the size of the whole batch: full-batch descent
needs no more memory than a block.
"""

from typing import Any

import numpy as np

from mlp_scratch.engine.feed import Feed
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network


class BatchGradient:
    """Calls write the gradient of the mean loss over some rows of ``train``.

    batch_rows: most rows of a call. label_smoothing: of the loss. augmentation, seed: see ``Feed``.
    """

    def __init__(
        self,
        network: Network,
        train: Rows,
        batch_rows: int,
        label_smoothing: float,
        augmentation: Any | None,
        seed: int,
    ) -> None:
        self._network = network
        self._loss = SoftmaxCrossEntropy(label_smoothing)
        # batch normalization needs the statistics of the whole batch
        self._block_rows = batch_rows if network.buffers else min(batch_rows, BLOCK_ROWS)
        self._feed = Feed(train, self._block_rows, network.dtype, augmentation, seed)
        self._sum: np.ndarray | None = None
        if batch_rows > self._block_rows:
            self._sum = np.empty_like(network.parameters.grads)

    def __call__(self, rows: np.ndarray, epoch: int, batch: int) -> tuple[float, int]:
        """Write the gradient of ``rows`` (row numbers of the data); epoch and batch count from 0.

        Returns their mean loss, without penalties, and how many the network got right.
        """
        if len(rows) <= self._block_rows:
            return self._block(rows, len(rows), epoch, batch, 0)
        grads, total = self._network.parameters.grads, self._sum
        assert total is not None
        total.fill(0)
        loss, correct = 0.0, 0
        for block, start in enumerate(range(0, len(rows), self._block_rows)):
            part = rows[start : start + self._block_rows]
            part_loss, part_correct = self._block(part, len(rows), epoch, batch, block)
            loss += part_loss
            correct += part_correct
            total += grads
        grads[:] = total
        return loss, correct

    def _block(
        self, rows: np.ndarray, batch_size: int, epoch: int, batch: int, block: int
    ) -> tuple[float, int]:
        """The rows' share of the loss and gradient of a batch of ``batch_size``."""
        x, labels = self._feed(rows, epoch, batch, block)
        logits = self._network.forward(x, training=True)
        loss, dlogits = self._loss(logits, labels, batch_size)
        self._network.backward(dlogits)
        return loss, self._loss.correct
