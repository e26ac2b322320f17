"""Losses of numbers to predict; ``losses.py`` says how a loss is called.

Shapes: outputs (batch, targets), targets (batch, targets) of numbers, mostly standardized. Of
several targets a row's loss is the mean.
"""

import numpy as np


class SquaredError:
    """l = (y - t)^2, dl/dy = 2 (y - t), the mean over the targets: PyTorch's ``MSELoss``."""

    task = "regression"

    def __call__(
        self,
        outputs: np.ndarray,
        targets: np.ndarray,
        divisor: float | None = None,
        weights: np.ndarray | None = None,
    ) -> tuple[float, np.ndarray]:
        errors = outputs - targets
        return weighted_mean(
            (errors**2).mean(axis=1), 2 * errors / errors.shape[1], divisor, weights
        )

    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """The numbers themselves."""
        return outputs


def weighted_mean(
    losses: np.ndarray,
    slopes: np.ndarray,
    divisor: float | None,
    weights: np.ndarray | None,
) -> tuple[float, np.ndarray]:
    """(sum of w l / D, w slopes / D) of rows' losses l (batch,) and slopes dl/doutputs."""
    if weights is None:
        D = divisor or len(losses)
        return float(np.sum(losses) / D), slopes / D
    D = divisor or float(weights.sum()) or 1.0  # rows of no weight at all: loss and slope 0
    return float(weights @ losses / D), slopes * (weights / D)[:, None]
