"""The average over steps without a new array at each of them."""

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn import averaging as plain


class EMA(plain.EMA):
    """a <- a + (1 - d) (w - a)."""

    def __init__(self, size: int, dtype: DTypeLike, *, decay: float):
        super().__init__(size, dtype, decay=decay)
        self._work = np.empty(size, dtype)

    def after_step(self, weights: np.ndarray) -> None:
        np.subtract(weights, self.values, out=self._work)
        self._work *= 1.0 - self.next_decay()
        self.values += self._work
