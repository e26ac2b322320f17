"""How wrong the network is, and which way its logits should move.

Softmax turns the logits of a row into probabilities, cross-entropy is the surprise at the label;
taken together their gradient is simply "probabilities minus target". The mean over the batch is
taken here and nowhere else.

Everything works on the transposed logits (classes, batch): with ten classes and a hundred rows the
long axis is then the fast one. ``Network`` lays its logits out in memory that way; any layout is
accepted.
"""

import numpy as np

from mlp_scratch.nn.buffers import Buffer
from mlp_scratch.nn.hyperparameters import in_interval


class SoftmaxCrossEntropy:
    """loss = 1/B sum over rows of (log sum_j exp(z_j) - sum_j q_j z_j), with targets q.

    q = (1 - label_smoothing) onehot(label) + label_smoothing / classes, so without smoothing the
    second term is the label's logit; dlogits = (softmax(z) - q) / B. Label smoothing: Szegedy et
    al. 2016, section 7; the formula is PyTorch's and Keras'.

    Shapes: logits (batch, classes), labels (batch,) integers in [0, classes), dlogits as logits.
    B is ``batch_size``, or the number of rows. Pass the whole batch's size when a large batch goes
    through in blocks of rows: the blocks' losses and gradients then simply add up.
    """

    def __init__(self, label_smoothing: float = 0.0):
        self.label_smoothing = in_interval("label_smoothing", label_smoothing, "[0, 1)")
        self._shape: tuple[int, int] = (0, 0)

    def __call__(
        self, logits: np.ndarray, labels: np.ndarray, batch_size: int | None = None
    ) -> tuple[float, np.ndarray]:
        """Return (loss, dlogits). dlogits is overwritten by the next call; logits are only read."""
        z = logits.T
        n_classes, rows = z.shape
        if z.shape != self._shape or z.dtype != self._p.dtype:
            self._resize(z)
        divisor = batch_size or rows
        p, row, flat_index = self._p, self._row, self._flat_index
        np.multiply(labels, rows, out=flat_index)
        flat_index += self._column  # where each row's label sits in the flat (classes, rows) array

        np.maximum.reduce(z, axis=0, out=row)
        np.subtract(z, row, out=p)  # shifted, so that the largest is 0: exp cannot overflow
        smoothing = self.label_smoothing
        total = (1.0 - smoothing) * float(p.ravel().take(flat_index).sum())
        if smoothing:
            total += smoothing / n_classes * float(p.sum())
        np.exp(p, out=p)
        np.add.reduce(p, axis=0, out=row)
        loss = (float(np.log(row).sum()) - total) / divisor

        np.divide(1.0 / divisor, row, out=row)
        p *= row
        if smoothing:
            p -= smoothing / (n_classes * divisor)
        p.ravel()[flat_index] -= (1.0 - smoothing) / divisor
        return loss, p.T

    def _resize(self, z: np.ndarray) -> None:
        n_classes, rows = self._shape = z.shape
        self._p = np.empty((n_classes, rows), z.dtype)
        self._row = np.empty(rows, z.dtype)
        self._column = np.arange(rows)
        self._flat_index = np.empty(rows, np.intp)


def count_correct(logits: np.ndarray, labels: np.ndarray) -> int:
    """How many rows have their largest logit at the label; of equal logits the first counts."""
    return int(np.count_nonzero(np.argmax(logits, axis=1) == labels))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (batch, classes) in a new array: exp(z) / sum exp(z), each row shifted first."""
    p = logits - logits.max(axis=1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=1, keepdims=True)
    return p
