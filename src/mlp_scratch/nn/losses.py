"""How wrong the network is, and which way its logits should move.

Softmax turns the logits of a row into probabilities, cross-entropy is the surprise at the label;
taken together their gradient is simply "probabilities minus targets". The mean over the batch is
taken in the loss.
"""

import numpy as np

from mlp_scratch.nn.hyperparameters import in_interval


class SoftmaxCrossEntropy:
    """loss = - 1/B sum over rows and classes of q log p, with p = softmax(logits), targets q.

    q = (1 - label_smoothing) onehot(label) + label_smoothing / classes, so without smoothing what
    is left of a row is log p at its label; dlogits = (p - q) / B. Label smoothing: Szegedy et al.
    2016, section 7; the formula is PyTorch's and Keras'.

    Shapes: logits (batch, classes), labels (batch,) integers in [0, classes), dlogits as logits.
    B is ``batch_size``, or the number of rows. Pass the whole batch's size when a large batch goes
    through in blocks of rows: the blocks' losses and gradients then simply add up.

    Attributes:
        correct: of the last call's rows, how many have their largest logit at the label (of equal
            logits the first counts).
    """

    def __init__(self, label_smoothing: float = 0.0):
        self.label_smoothing = in_interval("label_smoothing", label_smoothing, "[0, 1)")
        self.correct = 0

    def __call__(
        self, logits: np.ndarray, labels: np.ndarray, batch_size: int | None = None
    ) -> tuple[float, np.ndarray]:
        """Return (loss, dlogits); logits are only read."""
        rows, classes = logits.shape
        B = batch_size or rows
        shifted = logits - logits.max(axis=1, keepdims=True)  # so that exp cannot overflow
        exponentials = np.exp(shifted)
        sums = exponentials.sum(axis=1, keepdims=True)
        probabilities = exponentials / sums
        log_probabilities = shifted - np.log(sums)

        targets = np.full_like(logits, self.label_smoothing / classes)
        targets[np.arange(rows), labels] += 1.0 - self.label_smoothing
        loss = -np.sum(targets * log_probabilities) / B
        dlogits = (probabilities - targets) / B
        self.correct = count_correct(logits, labels)
        return float(loss), dlogits


def count_correct(logits: np.ndarray, labels: np.ndarray) -> int:
    """How many rows have their largest logit at the label; of equal logits the first counts."""
    return int(np.count_nonzero(np.argmax(logits, axis=1) == labels))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (batch, classes), exp(z) / sum exp(z) of each row, in a new array."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
