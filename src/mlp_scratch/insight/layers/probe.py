"""What a network does with a few fixed training rows: activations, gradients, and its last step.

The rows are drawn once from the seed. A look at them is one forward and one backward pass through a
plain copy of the network (``plain_copy.py``):

- dropout is off, so that two looks differ by what was learned and not by what was drawn;
- batch normalization takes the statistics of these rows, as in a training step, and the gradient
  flows through them; the running statistics are not touched;
- the loss is that of the training, with label smoothing and the rows' weights; penalties,
  augmentation and adversarial moves are left out.

With an average of the weights, the weights that are looked at are the optimizer's own.
"""

import math
from typing import NamedTuple

import numpy as np

from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.insight.layers.flat_ends import flat_ends
from mlp_scratch.insight.layers.plain_copy import plain_copy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.regularizers import norm

PROBE_ROWS = 256
BINS = 40
COUNTED = 4096  # values, in about, that a histogram is made of: more take time and show no more
WIDE = 4.0  # deviations from the mean, up to which a histogram reaches
_STREAM = 0x1A  # keeps these random numbers apart from others of the seed


class LayerState(NamedTuple):
    """One layer, an affine map with what stands around it, at one look.

    z is what goes into the activation, a what comes out of it, before dropout and before what a
    residual adds; where there is no activation, as in the last layer, a is z. Means and deviations
    are over all rows and units. dead, saturated: shares of the units, see ``flat_ends.py``.

    The norms are of the weights W alone, biases aside: weight_norm = |W|, grad_norm = |dL/dW| on
    the probe, update_norm = |W after - W before| of the training step just made, with all that
    belongs to it (decay, momentum, clipping, max_norm, an L-BFGS line search), update_ratio =
    update_norm / weight_norm. Its rule of thumb is 1e-3: Karpathy, CS231n notes, "Neural Networks
    Part 3", ratio of weights:updates. NaN before the first step. A frozen layer has an update of 0.
    """

    z_mean: float
    z_std: float
    a_mean: float
    a_std: float
    dead: float
    saturated: float
    weight_norm: float
    grad_norm: float
    update_norm: float
    update_ratio: float


class Histogram(NamedTuple):
    """counts (BINS,) of values from low to high; the outermost bins hold what is beyond too. Of
    many more than ``COUNTED`` values every k-th is counted, of all units and rows alike."""

    low: float
    high: float
    counts: np.ndarray


class Look(NamedTuple):
    """What a look saw of each layer, from the first to the output."""

    states: list[LayerState]
    z: list[Histogram]
    a: list[Histogram]


class Probe:
    """Looks at ``network`` on ``PROBE_ROWS`` of ``train``, or on all where there are fewer.

    Nothing of the network is changed. The rows are held, and an array of its parameters' size.
    """

    def __init__(self, network: Network, train: Rows, task: Task, seed: int) -> None:
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,)))
        n = len(train)
        self.positions = np.sort(rng.choice(n, min(PROBE_ROWS, n), replace=False, shuffle=False))
        rows = train.part(self.positions)
        ((_, self._x),) = rows.blocks(network.dtype)  # so few rows are one block
        self._targets = self._x if task.reconstructs else rows.labels
        self._weights, self._loss = rows.weights, task.new_loss(training=True)
        self._ends = [flat_ends(block.activation, network.dtype) for block in network.blocks]
        self._plain, self._live = plain_copy(network), network.parameters
        self._stepping = False

    def before_step(self) -> None:
        """Keep the parameters, so that the next look can tell what the step between changed."""
        self._plain.parameters.grads[:] = self._live.values  # the look itself will write there
        self._stepping = True

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def look(self) -> Look:
        """Look now: one forward, one backward."""
        plain = self._plain
        updates = [math.nan] * len(plain.blocks)
        if self._stepping:
            before = plain.parameters.grads
            np.subtract(self._live.values, before, out=before)
            updates = [_norm(block.dense.dW) for block in plain.blocks]
            self._stepping = False
        self._backpropagate()
        look = Look([], [], [])
        for block, ends, update in zip(plain.blocks, self._ends, updates, strict=True):
            z, a = block.activation.z, block.activation.a
            of_z = _distribution(z)
            of_a = of_z if a is z else _distribution(a)
            weights, gradient = _norm(block.dense.W), _norm(block.dense.dW)
            norms = weights, gradient, update, update / weights if weights else math.nan
            lost = ends.dead(a), ends.saturated(z)
            look.states.append(LayerState(*of_z[:2], *of_a[:2], *lost, *norms))
            look.z.append(of_z[2])
            look.a.append(of_a[2])
        return look

    def _backpropagate(self) -> None:
        weights = self._weights
        divisor = None if weights is None else float(weights.sum()) or 1.0
        outputs = self._plain.forward(self._x, batch_statistics=True)
        _, doutputs = self._loss(outputs, self._targets, divisor, weights)
        self._plain.backward(doutputs)


def _norm(array: np.ndarray) -> float:
    return norm(array.reshape(-1))


def _distribution(values: np.ndarray) -> tuple[float, float, Histogram]:
    """Mean, deviation and histogram of all values."""
    flat = values.reshape(-1)
    mean = float(np.add.reduce(flat)) / len(flat)
    centred = flat - flat.dtype.type(mean)
    std = math.sqrt(float(np.dot(centred, centred)) / len(flat))
    low = max(float(np.minimum.reduce(centred)), -WIDE * std)
    high = min(float(np.maximum.reduce(centred)), WIDE * std)
    if not low < high or not math.isfinite(high - low):
        counts = np.zeros(BINS, np.int64)  # one value, which has the bin in the middle, or none
        counts[BINS // 2] = len(flat) if math.isfinite(std) else 0
        return mean, std, Histogram(mean, mean, counts)
    every = max(1, len(flat) // COUNTED)
    while math.gcd(every, values.shape[1]) > 1:
        every += 1
    counted = flat[::every] - flat.dtype.type(mean + low)
    counted *= BINS / (high - low)
    np.maximum(counted, 0, out=counted)
    np.minimum(counted, BINS - 1, out=counted)
    counts = np.bincount(counted.astype(np.intp), minlength=BINS)
    return mean, std, Histogram(mean + low, mean + high, counts)
