"""How wrong the network is, and which way its outputs should move.

Softmax turns the outputs of a row into probabilities, cross-entropy is the surprise at the label;
taken together their gradient is simply "probabilities minus targets". Those for numbers are in
``regression_losses.py``; ``LOSSES`` has all of them by name.

Every loss is called with ``(outputs, targets, divisor, weights)`` and returns ``(loss, doutputs)``;
outputs (batch, n_outputs) are only read. The mean over the batch is taken here, only here, and it
is a weighted one, as PyTorch's and scikit-learn's:

    loss = 1/D sum over rows of w l,   doutputs = w/D dl/doutputs,   D = sum of w over the batch

weights: w (batch,), or None: all 1. divisor: D, or None: found from what is there. Pass the whole
batch's when a large batch goes through in blocks of rows: the blocks' losses and gradients then
simply add up.
"""

from typing import Any

import numpy as np

from mlp_scratch.nn.hyperparameters import in_interval
from mlp_scratch.nn.regression_losses import SquaredError, weighted_mean


class SoftmaxCrossEntropy:
    """l = - sum over classes of q log p, with p = softmax(logits), targets q.

    q = (1 - label_smoothing) onehot(label) + label_smoothing / classes, so without smoothing what
    is left of a row is log p at its label; dl/dlogits = p - q. Label smoothing: Szegedy et al.
    2016, section 7; the formula is PyTorch's and Keras'. (With weights of classes PyTorch weighs
    each part of a smoothed target by its own class, here a row has the weight of its label's.)

    Shapes: logits (batch, classes), labels (batch,) integers in [0, classes), dlogits as logits.

    Attributes:
        correct: of the last call's rows, how many have their largest logit at the label (of equal
            logits the first counts).
    """

    task = "classification"
    smooths_labels = True

    def __init__(self, label_smoothing: float = 0.0):
        self.label_smoothing = in_interval("label_smoothing", label_smoothing, "[0, 1)")
        self.correct = 0

    def __call__(
        self,
        logits: np.ndarray,
        labels: np.ndarray,
        divisor: float | None = None,
        weights: np.ndarray | None = None,
    ) -> tuple[float, np.ndarray]:
        """Return (loss, dlogits)."""
        rows, classes = logits.shape
        shifted = logits - logits.max(axis=1, keepdims=True)  # so that exp cannot overflow
        exponentials = np.exp(shifted)
        sums = exponentials.sum(axis=1, keepdims=True)
        probabilities = exponentials / sums
        log_probabilities = shifted - np.log(sums)

        targets = np.full_like(logits, self.label_smoothing / classes)
        targets[np.arange(rows), labels] += 1.0 - self.label_smoothing
        loss = -np.sum(targets * log_probabilities, axis=1)
        self.correct = count_correct(logits, labels)
        return weighted_mean(loss, probabilities - targets, divisor, weights)

    def predictions(self, logits: np.ndarray) -> np.ndarray:
        """Probabilities (batch, classes)."""
        return softmax(logits)


def count_correct(logits: np.ndarray, labels: np.ndarray) -> int:
    """How many rows have their largest logit at the label; of equal logits the first counts."""
    return int(np.count_nonzero(np.argmax(logits, axis=1) == labels))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (batch, classes), exp(z) / sum exp(z) of each row, in a new array."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


LOSSES: dict[str, Any] = {
    "cross_entropy": SoftmaxCrossEntropy,
    "squared_error": SquaredError,
}
