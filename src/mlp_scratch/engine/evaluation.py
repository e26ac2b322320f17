"""Looks at a network from outside: loss, accuracy and probabilities on rows it does not train on.

The rows go through in blocks that stay in cache, so memory does not grow with their number.
"""

import numpy as np

from mlp_scratch.engine.rows import Rows
from mlp_scratch.nn.losses import SoftmaxCrossEntropy, softmax
from mlp_scratch.nn.network import Network

DENSE_CLASSES = 300  # up to here a confusion matrix is kept whole: 1 MB of a summary


def evaluate(network: Network, rows: Rows) -> tuple[float, float]:
    """Mean cross-entropy (no smoothing, no penalties) and accuracy of ``network`` on ``rows``."""
    loss, labels = network.kernels.of(SoftmaxCrossEntropy)(), rows.labels
    total, correct = 0.0, 0
    for part, x in rows.blocks(network.dtype):
        logits = network.forward(x, training=False)
        total += loss(logits, labels[part])[0] * (part.stop - part.start)
        correct += loss.correct
    return total / len(rows), correct / len(rows)


def predict_probabilities(network: Network, rows: Rows) -> np.ndarray:
    """Class probabilities (n, classes), a fresh array."""
    result = np.empty((len(rows), network.sizes[-1]), network.dtype)
    for part, x in rows.blocks(network.dtype):
        result[part] = softmax(network.forward(x, training=False))
    return result


def loss_and_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy and accuracy of probabilities (n, classes) already computed.

    A row costs no more than -log of the smallest number of their type, 87.3 in float32, even where
    ``evaluate``, which sees logits, knows it to be worse.
    """
    picked = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    tiny = np.finfo(probabilities.dtype).tiny
    correct = np.count_nonzero(probabilities.argmax(axis=1) == labels)
    return float(-np.log(np.maximum(picked, tiny)).mean()), correct / len(labels)


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
