"""Training on inputs that are moved a little in the worst direction.

Each class has ``gradient(...)``: it writes the gradient of its loss for one batch into the
network's ``parameters.grads`` and returns the clean loss and the number of rows that were right.
The moved inputs are constants: no gradient flows through the way they were found.

All randomness comes from the generator passed in. Batch normalization takes the statistics of each
moved batch but its running statistics learn from the clean rows alone.
"""

from typing import Any

import numpy as np

from mlp_scratch.nn.losses import softmax
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.parameters import restored
from mlp_scratch.nn.range_checks import in_interval, whole


class Adversarial:
    """J = w J(x) + (1 - w) J(x + r), r the step of size epsilon that raises the loss most.

    linf: r = epsilon sign(dJ/dx), every input moved by as much. l2: r = epsilon g / |g| a row, with
    g = dJ/dx. Goodfellow, Shlens & Szegedy 2015, section 6, with w = 0.5; inputs are not clipped.
    """

    def __init__(self, norm: str, epsilon: float, clean_weight: float):
        self._norm = norm
        self.epsilon = in_interval("epsilon", epsilon, "[0, inf)")
        self.clean_weight = in_interval("clean_weight", clean_weight, "[0, 1]")

    def gradient(self, network, loss, x, labels, divisor, rng, weights=None):
        """x (rows, features), labels (rows,); divisor and weights are the loss's."""
        grads, w = network.parameters.grads, self.clean_weight
        clean, dlogits = loss(network.forward(x, training=True), labels, divisor, weights)
        correct = loss.correct
        dx = network.backward(dlogits, need_dx=True)
        clean_grads = w * grads
        step = np.sign(dx) if self._norm == "linf" else _unit_rows(dx)
        with restored(network.buffers):  # the running statistics
            moved = x + self.epsilon * step
            _, dlogits = loss(network.forward(moved, training=True), labels, divisor, weights)
            network.backward(dlogits)
        grads *= 1.0 - w
        grads += clean_grads
        return clean, correct


class VirtualAdversarial:
    """J = J(x) + weight KL(p(x) || p(x + r)), r of length epsilon changing the prediction most.

    No label is needed for r. KL has its minimum 0 at r = 0, so it is the curvature there that
    decides, and r points along the Hessian's first eigenvector: power iteration finds it, the
    product of Hessian and direction d being the gradient of KL at xi d, a finite difference. In
    float32 xi must be large enough to be seen; 0.1 serves inputs between 0 and 1 (the paper's 1e-6
    is lost). Miyato, Maeda, Koyama & Ishii 2018, algorithm 1.
    """

    def __init__(self, *, epsilon: float, weight: float, xi: float, power_iterations: int):
        self.epsilon = in_interval("epsilon", epsilon, "[0, inf)")
        self.weight = in_interval("weight", weight, "[0, inf)")
        self.xi = in_interval("xi", xi, "(0, inf)")
        self.power_iterations = whole("power_iterations", power_iterations, 1)

    def gradient(self, network, loss, x, labels, divisor, rng, weights=None):
        """x (rows, features), labels (rows,); divisor and weights are the loss's."""
        grads = network.parameters.grads
        logits = network.forward(x, training=True)
        p = softmax(logits)
        clean, dlogits = loss(logits, labels, divisor, weights)
        correct = loss.correct
        network.backward(dlogits)
        clean_grads = grads.copy()
        with restored(network.buffers):  # the running statistics
            d = _unit_rows(rng.standard_normal(x.shape, x.dtype))
            for _ in range(self.power_iterations):
                d = _unit_rows(self._backward_kl(network, x + self.xi * d, p, divisor, weights))
            self._backward_kl(network, x + self.epsilon * d, p, divisor, weights)
        grads *= self.weight
        grads += clean_grads
        return clean, correct

    @staticmethod
    def _backward_kl(
        network: Network, x: np.ndarray, p: np.ndarray, divisor: float, weights: np.ndarray | None
    ) -> Any:
        """Gradients of KL(p || softmax(logits(x))) / divisor: written to grads, dx returned."""
        dlogits = (softmax(network.forward(x, training=True)) - p) / x.dtype.type(divisor)
        if weights is not None:
            dlogits *= weights[:, None]
        return network.backward(dlogits, need_dx=True)


def _unit_rows(rows: np.ndarray) -> np.ndarray:
    """Each row scaled to length 1; a row of zeros stays."""
    # to about 1 first, exactly, by a power of two: squares of faint rows would vanish
    exponents = np.frexp(np.abs(rows).max(axis=1, keepdims=True))[1]
    rows = np.ldexp(rows, -exponents)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return rows / np.maximum(lengths, np.finfo(rows.dtype).tiny)[:, None]


def none() -> None:
    """Clean rows only."""


def linf(*, epsilon: float, clean_weight: float) -> Adversarial:
    """Adversarial training within a cube: the fast gradient sign method."""
    return Adversarial("linf", epsilon, clean_weight)


def l2(*, epsilon: float, clean_weight: float) -> Adversarial:
    """Adversarial training within a ball."""
    return Adversarial("l2", epsilon, clean_weight)


ADVERSARIES = {"none": none, "linf": linf, "l2": l2, "vat": VirtualAdversarial}
