"""The losses of classes and labels in a few arrays, on the transposed logits.

(classes, batch): with ten classes and a hundred rows the long axis is then the fast one. ``Output``
lays its logits out in memory that way; any layout is accepted. ``SoftmaxFocal`` is not here: plain
it was within 3 % of a step as fast.
"""

from typing import Any

import numpy as np

from mlp_scratch.nn import losses as plain
from mlp_scratch.nn.fast.buffers import Buffer


class SoftmaxCrossEntropy(plain.SoftmaxCrossEntropy):
    """loss = 1/D sum over rows of w (log sum_j exp(z_j) - sum_j q_j z_j), with targets q.

    One array is in turn shifted logits, exponentials and gradient, and ``correct`` is found on the
    way, for a fraction of ``count_correct``. dlogits is overwritten by the next call.
    """

    def __init__(self, label_smoothing: float = 0.0):
        super().__init__(label_smoothing)
        self._shape: tuple[int, ...] = ()

    def __call__(self, logits, labels, divisor=None, weights=None):
        z = logits.T  # (classes, batch)
        if z.shape != self._shape or z.dtype != self._p.dtype:
            self._resize(z)
        n_classes, rows = z.shape
        p, flat_p, row = self._p, self._flat_p, self._row
        at_label, label_z = self._at_label, self._label_z
        scale: Any = 1.0 / (divisor or rows)  # w / D
        w, over = self._ones, scale
        if weights is not None:
            scale = w = shares(weights, divisor, z.dtype)
            over = 1.0
        np.multiply(labels, self._n_rows, out=at_label)
        at_label += self._columns

        np.maximum.reduce(z, axis=0, out=row)
        np.subtract(z, row, out=p)  # so that the largest is 0 and exp cannot overflow
        flat_p.take(at_label, out=label_z, mode="clip")
        self.correct = self._count_correct(labels)
        fit = (1.0 - self.label_smoothing) * float(w.dot(label_z))
        if self.label_smoothing:
            total = np.add.reduce(flat_p) if weights is None else w.dot(np.add.reduce(p))
            fit += self.label_smoothing / n_classes * float(total)
        np.exp(p, out=p)
        self._class_ones.dot(p, out=row)
        loss = over * (float(w.dot(np.log(row, out=label_z))) - fit)

        np.divide(scale, row, out=row)
        p *= row
        if self.label_smoothing:
            p -= scale * self.label_smoothing / n_classes
        flat_p[at_label] -= scale * (1.0 - self.label_smoothing)
        return loss, p.T

    def _count_correct(self, labels: np.ndarray) -> int:
        """From the shifted logits: right is who has 0 at the label, unless others are 0 too."""
        is_top = np.equal(self._p, self._zero, out=self._is_top)
        if np.count_nonzero(is_top) == len(labels):
            return len(labels) - int(np.count_nonzero(self._label_z))
        return plain.count_correct(self._p.T, labels)

    def _resize(self, z: np.ndarray) -> None:
        n_classes, rows = self._shape = z.shape
        self._p = np.empty((n_classes, rows), z.dtype)
        self._flat_p = self._p.reshape(-1)
        self._is_top = np.empty((n_classes, rows), np.bool_)
        self._row, self._label_z = np.empty((2, rows), z.dtype)
        self._ones, self._class_ones = np.ones(rows, z.dtype), np.ones(n_classes, z.dtype)
        self._zero = np.zeros((), z.dtype)
        self._n_rows, self._columns = np.array(rows), np.arange(rows)
        self._at_label = np.empty(rows, np.intp)  # where each row's label is in flat_p


class BinaryCrossEntropy(plain.BinaryCrossEntropy):
    """l = z (yes - t) + log(1 + e), with e = exp(-|z|) and yes = 1 where z > 0, so that each of exp
    and log is taken once; p is 1 / (1 + e) there and e / (1 + e) elsewhere. A label that costs less
    than a rounding of 1 costs nothing. dlogits is overwritten by the next call."""

    def __init__(self) -> None:
        super().__init__()
        self._e, self._p, self._t, self._loss = (Buffer() for _ in range(4))

    def __call__(self, logits, targets, divisor=None, weights=None):
        z = logits.T  # (labels, batch)
        labels, rows = z.shape
        e, p, t = self._e.like(z), self._p.like(z), self._t.like(z)
        np.copyto(t, targets.T)
        np.abs(z, out=e)
        np.negative(e, out=e)
        np.exp(e, out=e)
        np.add(e, 1, out=p)
        losses = np.log(p, out=self._loss.like(z))
        yes = z > 0
        np.copyto(e, 1, where=yes)
        np.divide(e, p, out=p)
        p -= t

        wrong = np.subtract(yes, t, out=e)
        self.correct = rows - int(np.count_nonzero(np.logical_or.reduce(wrong, axis=0)))
        wrong *= z
        losses += wrong
        if weights is None:
            scale = 1.0 / (labels * (divisor or rows))
            p *= scale
            return float(np.add.reduce(losses, axis=None)) * scale, p.T
        share = shares(weights, divisor, z.dtype)
        share /= labels
        p *= share
        return float(share.dot(np.add.reduce(losses, axis=0))), p.T


def shares(weights: np.ndarray, divisor: float | None, dtype: np.dtype) -> np.ndarray:
    """w / D of each row, in a new array of the type ``dtype``; see ``weighted_mean``."""
    return (weights / (divisor or float(weights.sum()) or 1.0)).astype(dtype, copy=False)
