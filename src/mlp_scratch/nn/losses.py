"""How wrong the network is, and which way its outputs should move.

Softmax turns the outputs of a row into probabilities, cross-entropy is the surprise at the label;
taken together their gradient is simply "probabilities minus targets". Those for numbers are in
``regression_losses.py`` and ``distribution_losses.py``; ``LOSSES`` has all of them by name.

Every loss is called with ``(outputs, targets, divisor, weights)`` and returns ``(loss, doutputs)``;
outputs (batch, n_outputs) are only read. The mean over the batch is taken in the loss, only there
(``weighted_mean.py``), and it is a weighted one, as PyTorch's and scikit-learn's:

    loss = 1/D sum over rows of w l,   doutputs = w/D dl/doutputs,   D = sum of w over the batch

weights: w (batch,), or None: all 1. divisor: D, or None: found from what is there. Pass the whole
batch's when a large batch goes through in blocks of rows: the blocks' losses and gradients then
simply add up.
"""

from typing import Any

import numpy as np

from mlp_scratch.nn.distribution_losses import GaussianNLL, Pinball
from mlp_scratch.nn.range_checks import in_interval
from mlp_scratch.nn.regression_losses import AbsoluteError, Huber, Poisson, SquaredError
from mlp_scratch.nn.weighted_mean import weighted_mean


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

    def __call__(self, logits, labels, divisor=None, weights=None):
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


class SoftmaxFocal:
    """l = - (1 - p)^gamma log p of the probability p = softmax(logits) at the label.

    Rows that are nearly right weigh little, so that many easy ones do not drown the few hard ones;
    gamma = 0 is cross-entropy. With e = onehot(label) and P all the probabilities

        dl/dlogits = ((1 - p)^gamma - gamma p (1 - p)^(gamma - 1) log p) (P - e)

    Lin, Goyal, Girshick, He & Dollar 2017, equation 4, with softmax for their sigmoid. Their alpha
    is a weight of classes, and so of rows.

    Shapes and ``correct``: as ``SoftmaxCrossEntropy``.
    """

    task = "classification"
    smooths_labels = False

    def __init__(self, *, gamma: float):
        self.gamma = in_interval("gamma", gamma, "[0, inf)")
        self.correct = 0

    def __call__(self, logits, labels, divisor=None, weights=None):
        """Return (loss, dlogits)."""
        at_label = np.arange(len(logits)), labels
        shifted = logits - logits.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        sums = exponentials.sum(axis=1)
        surprise = np.log(sums) - shifted[at_label]  # -log p
        rest = -np.expm1(-surprise)  # 1 - p, exact near 0 too
        modulation = rest**self.gamma
        # -log p / (1 - p) goes to 1 as p does
        ratio = np.divide(surprise, rest, out=np.ones_like(rest), where=rest > 0)
        factor = modulation * (1 + self.gamma * (1 - rest) * ratio)

        dlogits = exponentials / sums[:, None]
        dlogits[at_label] = -rest
        dlogits *= factor[:, None]
        self.correct = count_correct(logits, labels)
        return weighted_mean(modulation * surprise, dlogits, divisor, weights)

    def predictions(self, logits: np.ndarray) -> np.ndarray:
        """Probabilities (batch, classes)."""
        return softmax(logits)


class BinaryCrossEntropy:
    """l = - mean over labels of t log p + (1 - t) log(1 - p), with p = sigmoid(logits).

    Any number of labels may be right at once. Written as max(z, 0) - z t + log(1 + exp(-|z|)),
    which cannot overflow; dl/dz = (p - t) / labels: PyTorch's ``BCEWithLogitsLoss``.

    Shapes: logits z (batch, labels), targets t (batch, labels) of 0 and 1, dlogits as logits.

    Attributes:
        correct: of the last call's rows, how many have all labels right: z > 0 where t is 1, and
            nowhere else.
    """

    task = "multilabel"
    smooths_labels = False

    def __init__(self) -> None:
        self.correct = 0

    def __call__(self, logits, targets, divisor=None, weights=None):
        """Return (loss, dlogits)."""
        labels = logits.shape[1]
        t = targets.astype(logits.dtype, copy=False)
        loss = np.maximum(logits, 0) - logits * t + np.log1p(np.exp(-np.abs(logits)))
        self.correct = int(np.count_nonzero(((logits > 0) == (t > 0.5)).all(axis=1)))
        slopes = (sigmoid(logits) - t) / labels
        return weighted_mean(loss.sum(axis=1) / labels, slopes, divisor, weights)

    def predictions(self, logits: np.ndarray) -> np.ndarray:
        """Probability of each label by itself, (batch, labels)."""
        return sigmoid(logits)


def count_correct(logits: np.ndarray, labels: np.ndarray) -> int:
    """How many rows have their largest logit at the label; of equal logits the first counts."""
    return int(np.count_nonzero(np.argmax(logits, axis=1) == labels))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (batch, classes), exp(z) / sum exp(z) of each row, in a new array."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)) of each logit, in a new array; exp cannot overflow."""
    small = np.exp(-np.abs(logits))
    return np.where(logits > 0, 1, small) / (1 + small)


LOSSES: dict[str, Any] = {
    "cross_entropy": SoftmaxCrossEntropy,
    "focal": SoftmaxFocal,
    "binary_cross_entropy": BinaryCrossEntropy,
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "poisson": Poisson,
    "gaussian_nll": GaussianNLL,
    "pinball": Pinball,
}
