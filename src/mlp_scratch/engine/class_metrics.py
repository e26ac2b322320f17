"""How good predicted classes and probabilities are.

Classes: probabilities (n, classes) against labels (n,) of 0..k-1. Several labels: probabilities
(n, labels) against 0 or 1 (n, labels). weights (n,) of the rows, or None: all alike. Each function
gives what scikit-learn's of that name gives.
"""

import numpy as np


def accuracy(
    probabilities: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Share of the rows whose likeliest class is the true one; of equal ones the first counts."""
    return float(np.average(probabilities.argmax(axis=1) == labels, weights=weights))
