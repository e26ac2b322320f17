"""Losses of numbers that ask for more than one output a target: how sure the network is.

Either the deviation around the mean, or quantiles: the same network then answers "about 12" and
"between 9 and 16".
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np

from mlp_scratch.nn.range_checks import HyperparameterError, in_interval
from mlp_scratch.nn.regression_losses import NumberLoss


class GaussianNLL(NumberLoss):
    """l = (s + (y - t)^2 / v) / 2, -log of a normal law's density, with its mean y and the
    logarithm s of its variance v = exp(s), two outputs a target.

        dl/dy = (y - t) / v,   dl/ds = (1 - (y - t)^2 / v) / 2

    A v below ``eps`` counts as ``eps`` in l, s as log eps; dl/ds is then exp(s) / eps of what
    stands above, so that the way back stays open, small as it is: all as PyTorch's
    ``GaussianNLLLoss`` of exp(s), which leaves out log(2 pi) / 2, too. Nix & Weigend 1994.
    """

    per_target = 2
    columns = ("", "deviation")

    def __init__(self, *, eps: float):
        self.eps = in_interval("eps", eps, "(0, inf)")

    def terms(self, y, t):
        error = y[:, :, :1] - t
        lowest = math.log(self.eps)
        s = np.maximum(y[:, :, 1:], lowest)
        precision = np.exp(-s)  # 1/v
        surprise = error**2 * precision
        below = np.exp(np.minimum(y[:, :, 1:] - lowest, 0))  # 1 where s is not cut
        slopes = np.concatenate([error * precision, (1 - surprise) / 2 * below], axis=2)
        return (s + surprise) / 2, slopes

    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Mean and deviation sqrt(v) of each target, (batch, k, 2)."""
        y = self._by_target(outputs)
        s = np.maximum(y[:, :, 1:], math.log(self.eps))
        return np.concatenate([y[:, :, :1], np.exp(s / 2)], axis=2)

    def in_units(self, predictions: np.ndarray, shift: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """A deviation has no shift: only the mean moves by it."""
        moves = np.array([1.0, 0.0], predictions.dtype)
        return predictions * scale[:, None] + shift[:, None] * moves

    def interval(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Two deviations to both sides: 95 % of a normal law."""
        mean, deviation = predictions[:, :, 0], predictions[:, :, 1]
        return mean - 2 * deviation, mean + 2 * deviation


class Pinball(NumberLoss):
    """l = q (t - y) where the target lies above y, else (1 - q) (y - t): least where a share q of
    the targets lies below y. One output for each quantile q, the mean over them.

    Written as |y - t| / 2 + (q - 1/2) (t - y), so dl/dy = sign(y - t) / 2 + 1/2 - q. The median is
    half of the absolute error. Koenker & Bassett 1978; scikit-learn's
    ``mean_pinball_loss``. Nothing keeps the quantiles of a row from crossing.
    """

    def __init__(self, *, quantiles: Sequence[float]):
        rule = "a list of rising numbers between 0 and 1"
        given = list(quantiles) if isinstance(quantiles, Sequence) else []
        if not given or isinstance(quantiles, str):
            raise HyperparameterError("quantiles", rule, quantiles)
        levels = [in_interval("quantiles", q, "(0, 1)") for q in given]
        if any(a >= b for a, b in itertools.pairwise(levels)):
            raise HyperparameterError("quantiles", rule, given)
        self.quantiles = levels
        self.per_target = len(levels)
        self.point = min(range(len(levels)), key=lambda i: abs(levels[i] - 0.5))
        self.columns = tuple(f"q{q:g}" for q in levels)

    def terms(self, y, t):
        error = y - t
        tilt = np.array([0.5 - q for q in self.quantiles], y.dtype)
        losses, slopes = np.abs(error) / 2 + tilt * error, np.sign(error) / 2 + tilt
        return losses / self.per_target, slopes / self.per_target

    def interval(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """From the first quantile to the last."""
        return (predictions[:, :, 0], predictions[:, :, -1]) if self.per_target > 1 else None
