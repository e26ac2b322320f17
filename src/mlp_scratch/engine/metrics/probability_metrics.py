"""How good probabilities are, before anything is decided: sharp, honest, in the right order.

Shapes as in ``class_metrics.py``. With two classes the curves take the second as the one to be
found. The mean over classes ("macro", one against the rest) is over those that can be judged, where
scikit-learn warns or refuses; NaN if there are none. A NaN among the probabilities gives NaN.
"""

from collections.abc import Iterator

import numpy as np

BINS = 15  # of calibration_error


def log_loss(probabilities, labels, weights=None) -> float:
    """Mean of -log of the probability of the true class.

    Probabilities are kept one rounding away from 0 and 1, as in scikit-learn: a row costs at most
    15.9 in float32 and 36.0 in float64.
    """
    eps = np.finfo(probabilities.dtype).eps
    picked = np.clip(probabilities[np.arange(len(labels)), labels], eps, 1 - eps)
    return float(np.average(-np.log(picked), weights=weights))


def brier(probabilities, labels, weights=None) -> float:
    """Mean squared distance of a row's probabilities from 1 at its class and 0 elsewhere.

    From 0 to 2; with two classes half of it, which is the squared error of the one probability:
    scikit-learn's ``brier_score_loss`` with ``scale_by_half="auto"``. Brier 1950.
    """
    errors = probabilities.astype(np.float64)
    errors[np.arange(len(labels)), labels] -= 1.0
    scores = np.einsum("ij,ij->i", errors, errors)
    return float(np.average(scores, weights=weights)) / (2 if errors.shape[1] == 2 else 1)


def calibration_error(probabilities, labels, weights=None) -> float:
    """Expected calibration error: of what was said with 80 % confidence, 80 % should be right.

    Rows are put into BINS bins of equal width by the probability of their likeliest class, the
    first from 0 to 1/15 inclusive. The error is the mean over rows of their bin's
    |share right - mean confidence|. Guo, Pleiss, Sun & Weinberger 2017, equation 3.
    """
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities[np.arange(len(labels)), predicted].astype(np.float64)
    if np.isnan(confidence).any():
        return np.nan
    w = np.ones(len(labels)) if weights is None else weights
    surplus = w * ((predicted == labels) - confidence)
    bins = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence)
    return float(np.abs(np.bincount(bins, surplus, BINS)).sum() / w.sum())


def roc_auc(probabilities, targets, weights=None) -> float:
    """Probability that of two rows, one of the class and one not, the one of it scores higher.

    Equal scores count one half. The mean over classes and labels that some rows have and some lack.
    """
    areas = []
    for hits, alarms in _curves(probabilities, targets, weights):
        if hits[-1] > 0 and alarms[-1] > 0:
            heights = hits - np.diff(hits, prepend=0.0) / 2  # of trapezoids: equal scores
            area = np.sum(np.diff(alarms, prepend=0.0) * heights)
            areas.append(area / hits[-1] / alarms[-1])
    return float(np.mean(areas)) if areas else np.nan


def average_precision(probabilities, targets, weights=None) -> float:
    """Precision at every threshold, weighted by the recall that it adds.

    AP = sum over thresholds of (R_n - R_(n-1)) P_n; nothing is interpolated. The mean over classes
    and labels that some rows have (scikit-learn counts those without as 0).
    """
    areas = []
    for hits, alarms in _curves(probabilities, targets, weights):
        if hits[-1] > 0:
            precision = hits / np.where(hits > 0, hits + alarms, 1.0)
            areas.append(np.sum(np.diff(hits, prepend=0.0) * precision) / hits[-1])
    return float(np.mean(areas)) if areas else np.nan


def _curves(
    probabilities: np.ndarray, targets: np.ndarray, weights: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """``_curve`` of each label, or of each class against the rest."""
    columns, of_labels = range(probabilities.shape[1]), targets.ndim == 2
    for j in columns if of_labels or len(columns) != 2 else [1]:
        positive = targets[:, j] > 0.5 if of_labels else targets == j
        yield _curve(positive, probabilities[:, j], weights)


def _curve(
    positive: np.ndarray, scores: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Weight of hits and of false alarms among the rows from each score up, highest score first.

    Rows with equal scores come in together: one point for each different score.
    """
    scores = np.ascontiguousarray(scores)
    order = np.argsort(scores)[::-1]
    scores = scores[order]
    if np.isnan(scores[:1]).any():  # sorted to the end
        return np.array([np.nan]), np.array([np.nan])
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    if weights is None:
        hits = np.cumsum(positive[order])[ends]
        return hits, ends + 1.0 - hits
    w = np.asarray(weights, np.float64)[order]
    found = positive[order]
    return np.cumsum(np.where(found, w, 0.0))[ends], np.cumsum(np.where(found, 0.0, w))[ends]
