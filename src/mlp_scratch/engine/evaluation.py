"""Looks at a network from outside: loss, metrics and predictions on rows it does not train on.

The rows go through in blocks that stay in cache, so memory does not grow with their number.
"""

import numpy as np

from mlp_scratch.engine.metrics import METRICS
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.nn.network import Network

DENSE_CLASSES = 300  # up to here a confusion matrix is kept whole: 1 MB of a summary


def evaluate(
    network: Network, rows: Rows, task: Task, metrics: tuple[str, ...] | None = None
) -> dict[str, float]:
    """Mean loss (no smoothing, no penalties) and ``metrics`` of ``network`` on ``rows``.

    metrics: names in ``METRICS``; None for the task's. Where rows have weights all of it is
    weighted.
    """
    names = task.metrics if metrics is None else metrics
    loss, labels, weights = task.new_loss(network.kernels), rows.labels, rows.weights
    only_counted = weights is None and set(names) <= {"accuracy"}  # no need to keep anything
    total, correct, predictions = 0.0, 0, []
    for part, x in rows.blocks(network.dtype):
        outputs = network.forward(x)
        targets = x if task.reconstructs else labels[part]
        w = None if weights is None else weights[part]
        size = part.stop - part.start if w is None else float(w.sum())
        total += loss(outputs, targets, None, w)[0] * size
        correct += loss.correct
        if not only_counted:
            predictions.append(task.point(task.predictions(outputs)))
    scores = {"loss": total / (len(rows) if weights is None else float(weights.sum()))}
    if only_counted:
        return scores | {name: correct / len(rows) for name in names}
    return scores | score(np.concatenate(predictions), task.truth(labels), weights, names)


def score(
    predictions: np.ndarray, truth: np.ndarray, weights: np.ndarray | None, metrics: tuple[str, ...]
) -> dict[str, float]:
    """Metrics of predictions already made, ``Task.point``'s, in the target's own units."""
    return {name: METRICS[name].function(predictions, truth, weights) for name in metrics}


def predict(network: Network, rows: Rows, task: Task) -> np.ndarray:
    """``Task.predictions`` of all rows, a fresh array."""
    blocks = rows.blocks(network.dtype)
    return np.concatenate([task.predictions(network.forward(x)) for _, x in blocks])


def mean_cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Of probabilities (n, classes) already computed.

    A row costs no more than -log of the smallest number of their type, 87.3 in float32, even where
    ``evaluate``, which sees logits, knows it to be worse.
    """
    picked = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    tiny = np.finfo(probabilities.dtype).tiny
    return float(-np.log(np.maximum(picked, tiny)).mean())


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes): row = true class, column = predicted class."""
    counts = np.bincount(true * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes)


def confusion_counts(
    true: np.ndarray, predicted: np.ndarray, classes: int
) -> list[list[int]] | dict[str, list[int]]:
    """The confusion matrix as a summary keeps it: up to DENSE_CLASSES its rows, above it only what
    is not zero, as ``{"true": [...], "predicted": [...], "count": [...]}``, in order."""
    if classes <= DENSE_CLASSES:
        return confusion_matrix(true, predicted, classes).tolist()
    cells, counts = np.unique(true * classes + predicted, return_counts=True)
    rows, columns = np.divmod(cells, classes)
    return {"true": rows.tolist(), "predicted": columns.tolist(), "count": counts.tolist()}
