"""Softmax cross-entropy in one array, on the transposed logits.

(classes, batch): with ten classes and a hundred rows the long axis is then the fast one. ``Output``
lays its logits out in memory that way; any layout is accepted.
"""

import numpy as np

from mlp_scratch.nn import losses as plain


class SoftmaxCrossEntropy(plain.SoftmaxCrossEntropy):
    """loss = 1/B sum over rows of (log sum_j exp(z_j) - sum_j q_j z_j), with targets q.

    One array is in turn shifted logits, exponentials and gradient, and ``correct`` is found on the
    way, for a fraction of ``count_correct``. dlogits is overwritten by the next call.
    """

    def __init__(self, label_smoothing: float = 0.0):
        super().__init__(label_smoothing)
        self._shape: tuple[int, ...] = ()

    def __call__(
        self,
        logits: np.ndarray,
        labels: np.ndarray,
        divisor: float | None = None,
        weights: np.ndarray | None = None,
    ) -> tuple[float, np.ndarray]:
        if weights is not None:  # rare, and no slower there
            return super().__call__(logits, labels, divisor, weights)
        z = logits.T  # (classes, batch)
        if z.shape != self._shape or z.dtype != self._p.dtype:
            self._resize(z)
        n_classes, rows = z.shape
        scale = 1.0 / (divisor or rows)
        p, flat_p, row = self._p, self._flat_p, self._row
        at_label, label_z, ones = self._at_label, self._label_z, self._ones
        np.multiply(labels, self._n_rows, out=at_label)
        at_label += self._columns

        np.maximum.reduce(z, axis=0, out=row)
        np.subtract(z, row, out=p)  # so that the largest is 0 and exp cannot overflow
        flat_p.take(at_label, out=label_z, mode="clip")
        self.correct = self._count_correct(labels)
        fit = (1.0 - self.label_smoothing) * float(ones.dot(label_z))
        if self.label_smoothing:
            fit += self.label_smoothing / n_classes * float(np.add.reduce(flat_p))
        np.exp(p, out=p)
        self._class_ones.dot(p, out=row)
        loss = scale * (float(ones.dot(np.log(row, out=label_z))) - fit)

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
