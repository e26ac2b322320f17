"""Predictions that are hard on metrics: ties, classes that never occur, weights of 0."""

import numpy as np

WEIGHTINGS = ("none", "weights", "zeros")
MISSING = {"none": (), "last": (3,), "first and last": (0, 3)}  # classes that never occur


def weights_of(weighting: str, rows: int) -> np.ndarray | None:
    if weighting == "none":
        return None
    weights = np.random.default_rng(1).uniform(0.1, 3.0, rows)
    if weighting == "zeros":
        weights[::3] = 0.0
    return weights


def classes(
    rows: int = 300, n_classes: int = 4, missing: str = "none", coarse: bool = False, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that know something of the labels; ``coarse``: in tenths, with many ties."""
    rng = np.random.default_rng(seed)
    allowed = [c for c in range(n_classes) if c not in MISSING[missing]]
    labels = rng.choice(allowed, rows)
    scores = rng.gamma(1.0, size=(rows, n_classes))
    scores[np.arange(rows), labels] += rng.gamma(1.0, size=rows)
    if coarse:
        scores = rng.multinomial(10, scores / scores.sum(axis=1, keepdims=True)) * 1.0
    return scores / scores.sum(axis=1, keepdims=True), labels


def labels_of(
    rows: int = 300, n_labels: int = 3, coarse: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (rows, n_labels) and several labels of 0 and 1."""
    rng = np.random.default_rng(2)
    targets = (rng.random((rows, n_labels)) < [0.5, 0.2, 0.7][:n_labels]).astype(np.int8)
    probabilities = rng.beta(1 + 1.5 * targets, 2)
    return (np.round(probabilities, 1) if coarse else probabilities), targets
