"""How far predicted numbers are from the true ones.

Shapes: predictions and targets (n, targets), in the target's own unit; weights (n,) of the rows, or
None: all alike. With several targets each function is the plain mean over them, as scikit-learn's
``multioutput="uniform_average"``.
"""

import math

import numpy as np


def rmse(predictions, targets, weights=None) -> float:
    """Root of the mean squared error."""
    squared = np.average((predictions - targets) ** 2, axis=0, weights=weights)
    return float(np.sqrt(squared).mean())


def mae(predictions, targets, weights=None) -> float:
    """Mean absolute error."""
    return float(np.average(np.abs(predictions - targets), axis=0, weights=weights).mean())


def r2(predictions, targets, weights=None) -> float:
    """1 - squared error / squared distance from the (weighted) mean; the share explained.

    A target that never changes: 1 if it is predicted exactly, else 0. One row: NaN.
    """
    if len(targets) < 2:
        return math.nan
    error = np.average((predictions - targets) ** 2, axis=0, weights=weights)
    spread = np.average(
        (targets - np.average(targets, axis=0, weights=weights)) ** 2, axis=0, weights=weights
    )
    explained = 1 - error / np.where(spread > 0, spread, 1.0)
    return float(np.where(spread > 0, explained, error == 0).mean())


def poisson_deviance(predictions, targets, weights=None) -> float:
    """Mean of 2 (t log(t / y) - t + y): twice what the likelihood of counts t with means y lacks.

    scikit-learn's ``mean_poisson_deviance``. NaN where that refuses: a prediction that is not above
    0, a target below 0.
    """
    if not (predictions > 0).all() or not (targets >= 0).all():
        return math.nan
    y, t = predictions.astype(np.float64), targets.astype(np.float64)
    ratio = np.where(t > 0, t, y) / y  # 0 log 0 = 0
    lacking = 2 * (t * np.log(ratio) - t + y)
    return float(np.average(lacking, axis=0, weights=weights).mean())
