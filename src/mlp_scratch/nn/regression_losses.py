"""Losses of numbers to predict; ``losses.py`` says how a loss is called.

Targets (batch, k) mostly come standardized. The network has ``per_target`` outputs for each, those
of one target side by side. These here have one; ``distribution_losses.py`` has those with more,
which say how sure they are.
"""

import numpy as np

from mlp_scratch.nn.range_checks import HyperparameterError, in_interval
from mlp_scratch.nn.weighted_mean import weighted_mean


class NumberLoss:
    """What all losses of numbers share: k targets, alike and apart, in units of their own.

    A row's loss is the mean over its targets, as PyTorch's ``reduction="mean"`` has it, and what is
    predicted of a target can be put back into the unit that it was measured in. A loss of numbers
    adds ``terms``: the loss of one target and its slopes.

    Attributes:
        per_target: outputs for each target.
        point: which of the ``per_target`` predictions is the one to compare with the truth.
        columns: what each of them is called in a table, after the target's name.
        scaling: how targets are to be scaled: "standardize" (mean 0, deviation 1), or "mean" (only
            divided by their mean, so that what is positive stays so).
        correct: a number is never right or wrong: 0.
    """

    task = "regression"
    smooths_labels = False
    per_target = 1
    point = 0
    columns: tuple[str, ...] = ("",)
    scaling = "standardize"
    correct = 0

    def __call__(self, outputs, targets, divisor=None, weights=None):
        """outputs (batch, k * per_target), targets (batch, k) of their dtype -> (loss, doutputs).

        Raises ValueError where there are not ``per_target`` outputs for each target.
        """
        rows, k = targets.shape
        y = outputs.reshape(rows, k, self.per_target)
        losses, slopes = self.terms(y, targets[:, :, None])
        slopes = slopes.reshape(outputs.shape) / k
        return weighted_mean(losses.sum(axis=(1, 2)) / k, slopes, divisor, weights)

    def terms(self, y: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """y (batch, k, per_target), t (batch, k, 1) -> a target's loss and dl/dy, shaped as y.

        The loss may come in parts (batch, k, any), which are summed.
        """
        raise NotImplementedError

    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """What the outputs predict, (batch, k, per_target), in the targets' scaled unit.

        A view of the outputs where nothing has to be computed.
        """
        return self._by_target(outputs)

    def in_units(self, predictions: np.ndarray, shift: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Predictions (batch, k, per_target) of (target - shift) / scale in the target's own unit.

        shift, scale: (k,).
        """
        return predictions * scale[:, None] + shift[:, None]

    def interval(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Of predictions (batch, k, per_target) the two ends (batch, k) between which the truth
        mostly is; None where the loss does not tell."""
        return None

    def _by_target(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.reshape(len(outputs), -1, self.per_target)


class SquaredError(NumberLoss):
    """l = (y - t)^2, dl/dy = 2 (y - t): PyTorch's ``MSELoss``. Predicts the mean."""

    def terms(self, y, t):
        error = y - t
        return error**2, 2 * error


class AbsoluteError(NumberLoss):
    """l = |y - t|, dl/dy = sign(y - t): PyTorch's ``L1Loss``. Predicts the median."""

    def terms(self, y, t):
        error = y - t
        return np.abs(error), np.sign(error)


class Huber(NumberLoss):
    """l = (y - t)^2 / 2 up to |y - t| = delta, beyond it the straight line that goes on there,
    delta (|y - t| - delta / 2): an outlier pulls no harder than delta.

    dl/dy = y - t, cut at -delta and delta. Huber 1964; PyTorch's ``HuberLoss``
    (``SmoothL1Loss`` is 1/delta of it).
    """

    def __init__(self, *, delta: float):
        self.delta = in_interval("delta", delta, "(0, inf)")

    def terms(self, y, t):
        error = y - t
        slope = np.clip(error, -self.delta, self.delta)
        return slope * (error - slope / 2), slope  # |slope| is |error|, or delta


class Poisson(NumberLoss):
    """l = exp(z) - t z, dl/dz = exp(z) - t, of the logarithm z of the mean of a Poisson law.

    What of -log p(t) does not change with z, log t!, is left out: PyTorch's
    ``PoissonNLLLoss(log_input=True, full=False)``. For counts, and for other targets from 0 up.
    """

    scaling = "mean"

    def terms(self, y, t):
        mean = np.exp(y)
        return mean - t * y, mean - t

    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """The mean exp(z), (batch, k, 1)."""
        return np.exp(self._by_target(outputs))

    def check_targets(self, targets: np.ndarray) -> None:
        """Raise HyperparameterError for targets (n, k) below 0, or one that is 0 everywhere."""
        if targets.min() < 0:
            raise HyperparameterError(
                "targets", "at least 0 for the loss poisson", float(targets.min())
            )
        if not targets.any(axis=0).all():
            raise HyperparameterError("targets", "above 0 somewhere for the loss poisson", 0.0)
