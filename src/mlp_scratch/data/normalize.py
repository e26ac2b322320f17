"""Scaling of features: learnt from the training rows, then applied to every batch.

Rows stay in memory as they came (bytes, mostly) and become floats a batch at a time, so one pass
that casts and scales is all the price there is.
"""

from collections.abc import Mapping

import numpy as np

from mlp_scratch.data.features import blocks
from mlp_scratch.data.tables.table_rows import Features, TableRows
from mlp_scratch.nn.range_checks import one_of

KINDS = ("none", "unit", "standardize")


class Normalizer:
    """``y = (x - shift) * scale``, elementwise; shift and scale are one number or one per feature.

    - ``none``: y = x.
    - ``unit``: bytes / 255; floats from their smallest to their largest value onto [0, 1], with one
      range for the whole data set.
    - ``standardize``: per feature, mean 0 and standard deviation 1 (over n, not n - 1); a feature
      that never changes is only shifted.

    Flags, features of 0 and 1 that an encoder made, stay what they are. offset (f,) or a number:
    what was taken off before x was stored; ``undo`` adds it.
    """

    def __init__(self, kind: str = "unit"):
        self.kind = one_of("normalize", kind, KINDS)
        self.shift = np.zeros((), np.float64)
        self.scale = np.ones((), np.float64)
        self.offset = np.zeros((), np.float64)
        self._as: dict[np.dtype, tuple[np.ndarray | None, np.ndarray | None]] = {}

    def fit(
        self,
        x: Features,
        rows: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        flags: np.ndarray | None = None,
    ) -> "Normalizer":
        """x (n, f), of which ``rows`` (all if None) are the training split; weights (n,), or None:
        mean and deviation are weighted by them. flags (f,) bool, or None: no feature is one. Works
        in blocks: a memory map is read through once, never held. Returns self."""
        if self.kind == "unit":
            if x.dtype == np.uint8:
                self.scale = np.array(1 / 255)
            else:
                low, high = _range(x, rows, flags)
                self.shift = np.array(low)
                self.scale = np.array(1 / (high - low) if high > low else 1.0)
        elif self.kind == "standardize":
            # No more is encoded of a large table than what is not put back below. One feature alone
            # is added up in another order by NumPy, weighted ones by the BLAS: then all of them are
            wanted = None
            if isinstance(x, TableRows) and flags is not None and weights is None:
                wanted = ~flags if 1 < np.count_nonzero(~flags) < len(flags) else None
            mean, std = _moments(x, rows, weights, wanted)
            self.shift = mean
            self.scale = 1 / np.where(std > 0, std, 1.0)
        if flags is not None and flags.any():
            self.shift = np.where(flags, 0.0, self.shift)
            self.scale = np.where(flags, 1.0, self.scale)
        self._as.clear()
        return self

    def apply(self, x: np.ndarray, out: np.ndarray) -> np.ndarray:
        """x (batch, f) uint8 or float -> out (batch, f), whose dtype is that of the result."""
        # A plain cast and then arithmetic in place: faster than one ufunc call that does both,
        # which casts through a small buffer
        np.copyto(out, x, casting="same_kind")
        shift, scale = self._constants(out.dtype)
        if shift is not None:
            np.subtract(out, shift, out=out)
        if scale is not None:
            np.multiply(out, scale, out=out)
        return out

    def undo(self, y: np.ndarray) -> np.ndarray:
        """What ``apply`` gave, (batch, f), back in its own units: float64."""
        return y.astype(np.float64) / self.scale + self.shift + self.offset

    def _constants(self, dtype: np.dtype) -> tuple[np.ndarray | None, np.ndarray | None]:
        """shift and scale in the dtype of the batch, None for one that changes nothing."""
        if dtype not in self._as:
            shift = self.shift.astype(dtype) if self.shift.any() else None
            scale = self.scale.astype(dtype) if (self.scale != 1).any() else None
            self._as[dtype] = (shift, scale)
        return self._as[dtype]

    def arrays(self) -> dict[str, np.ndarray]:
        """What a checkpoint keeps; `from_arrays` takes it back."""
        arrays = {"shift": self.shift, "scale": self.scale}
        return arrays | {"offset": self.offset} if self.offset.any() else arrays

    @classmethod
    def from_arrays(cls, kind: str, arrays: Mapping[str, np.ndarray]) -> "Normalizer":
        normalizer = cls(kind)
        normalizer.shift = np.asarray(arrays["shift"], np.float64)
        normalizer.scale = np.asarray(arrays["scale"], np.float64)
        normalizer.offset = np.asarray(arrays.get("offset", 0.0), np.float64)
        return normalizer


def _walk(x: Features, rows: np.ndarray | None, wanted: np.ndarray | None = None):
    """The rows of the training split, a block at a time; of a `TableRows` the ``wanted`` features
    alone. Bits depend on where the blocks end, which is the same with all of them and with some."""
    n = len(x) if rows is None else len(rows)
    some = x if wanted is None or isinstance(x, np.ndarray) else x.only(wanted)
    for part in blocks(n, x.shape[1] * 8):
        yield some[part] if rows is None else some[rows[part]]


def _range(x: Features, rows: np.ndarray | None, flags: np.ndarray | None) -> tuple[float, float]:
    """The smallest and the largest value of what is no flag, 0 and 0 if all are flags."""
    if flags is not None and flags.all():
        return 0.0, 0.0
    low, high = np.inf, -np.inf
    for block in _walk(x, rows):
        block = block if flags is None or not flags.any() else block[:, ~flags]
        low, high = min(low, float(block.min())), max(high, float(block.max()))
    return low, high


def _moments(
    x: Features, rows: np.ndarray | None, weights: np.ndarray | None, wanted: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation per feature, in float64, merged block by block; 0 of what is not
    ``wanted`` (features,), bool, None: all.

    Chan, Golub and LeVeque 1979: two parts of na and nb rows whose means differ by d have together
    M2 = M2a + M2b + d^2 na nb / (na + nb), M2 being the sum of squared distances from the mean.
    """
    n: float = 0
    width = x.shape[1] if wanted is None else np.count_nonzero(wanted)
    mean, m2, start = np.zeros(width), np.zeros(width), 0
    for block in _walk(x, rows, wanted):
        block, w = block.astype(np.float64), None
        nb: float = len(block)
        if weights is not None:
            part = slice(start, start + len(block))
            w = weights[part] if rows is None else weights[rows[part]]
            start, nb = part.stop, float(w.sum())
            if nb == 0:
                continue
        block_mean = block.mean(axis=0) if w is None else w @ block / nb
        block -= block_mean
        d = block_mean - mean
        within = (block, block) if w is None else (w[:, None] * block, block)
        m2 += np.einsum("ij,ij->j", *within) + d * d * (n * nb / (n + nb))
        mean += d * (nb / (n + nb))
        n += nb
    std = np.sqrt(m2 / max(n, 1))
    if wanted is None:
        return mean, std
    everywhere = np.zeros((2, len(wanted)))
    everywhere[:, wanted] = mean, std
    return everywhere[0], everywhere[1]
