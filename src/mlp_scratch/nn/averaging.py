"""Averages of the weights over the course of training, which often generalize better than the last.

The optimizer goes on with its own weights; the average is what is evaluated and kept. With batch
normalization the running statistics belong to the optimizer's weights and are best recomputed for
the average at the end (``model.bn_recompute``).
"""

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.range_checks import in_interval, whole


class EMA:
    """Exponential moving average, a step at a time: a <- d a + (1 - d) w.

    d = min(decay, (1 + t) / (10 + t)) after t steps, so that the first weights are soon forgotten;
    the ramp is that of TensorFlow's ``ExponentialMovingAverage`` with ``num_updates``. Polyak &
    Juditsky 1992 average all iterates evenly.

    ``values`` (size,) is the average; ``t`` counts its updates. Both are saved and restored.
    """

    def __init__(self, size: int, dtype: DTypeLike, *, decay: float):
        self.decay = in_interval("decay", decay, "[0, 1)")
        self.values = np.zeros(size, dtype)
        self.t = 0

    def after_step(self, weights: np.ndarray) -> None:
        """Take in the weights (size,) after a step of the optimizer."""
        d = self.next_decay()
        self.values += (1.0 - d) * (weights - self.values)  # d a + (1 - d) w

    def next_decay(self) -> float:
        """d of the update to come, which it counts."""
        d = min(self.decay, (1 + self.t) / (10 + self.t)) if self.t else 0.0
        self.t += 1
        return d

    def after_epoch(self, weights: np.ndarray, epoch: int) -> None:
        """Nothing: the average moves at every step."""


class SWA:
    """Stochastic weight averaging: the plain mean of the weights at the ends of late epochs.

    a <- a + (w - a) / t, from epoch ``start_epoch`` on. Izmailov et al. 2018, "Averaging weights
    leads to wider optima", algorithm 1 with a cycle of one epoch; as PyTorch's ``AveragedModel``.

    ``values`` (size,) is the mean, ``t`` how many epochs are in it; before the first, none.
    """

    def __init__(self, size: int, dtype: DTypeLike, *, start_epoch: int):
        self.start_epoch = whole("start_epoch", start_epoch, 1)
        self.values = np.zeros(size, dtype)
        self.t = 0

    def after_step(self, weights: np.ndarray) -> None:
        """Nothing: the mean moves at the end of an epoch."""

    def after_epoch(self, weights: np.ndarray, epoch: int) -> None:
        """Take in the weights (size,) at the end of ``epoch`` (from 1)."""
        if epoch < self.start_epoch:
            return
        self.t += 1
        self.values += (weights - self.values) / self.t


def none(size: int, dtype: DTypeLike) -> None:
    """No average: the optimizer's weights are the network's."""


AVERAGES = {"none": none, "ema": EMA, "swa": SWA}
