"""Where the weight of a row enters a loss: the mean over a batch, and its slopes."""

import numpy as np


def weighted_mean(
    losses: np.ndarray, slopes: np.ndarray, divisor: float | None, weights: np.ndarray | None
) -> tuple[float, np.ndarray]:
    """(sum of w l / D, w slopes / D) of rows' losses l (batch,) and slopes dl/doutputs.

    The slopes keep their dtype, whatever that of the weights.
    """
    if weights is None:
        D = divisor or len(losses)
        return float(np.sum(losses) / D), slopes / D
    D = divisor or float(weights.sum()) or 1.0  # rows of no weight at all: loss and slope 0
    shares = (weights / D).astype(slopes.dtype, copy=False)
    return float(weights @ losses / D), slopes * shares[:, None]
