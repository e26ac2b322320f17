"""Memory that is used again at every step.

A training step needs the same arrays thousands of times, and the last batch of an epoch needs
them a little shorter. So a layer keeps its arrays, and takes a shorter or longer view of their
memory when the number of rows changes; memory is only asked for when a batch is larger than any
before it.
"""

import numpy as np
from numpy.typing import DTypeLike


class Buffer:
    """Memory for one contiguous array whose shape changes now and then.

    ``shaped(shape)`` returns an array of that shape over the same memory as before, or over larger
    memory if it has outgrown it. The contents are undefined, or ``fill`` everywhere if it is given.
    Earlier arrays of this buffer are then no longer to be used.
    """

    def __init__(self, dtype: DTypeLike, fill: float | None = None):
        self._fill = fill
        self._flat = np.empty(0, dtype)

    def shaped(self, shape: tuple[int, ...]) -> np.ndarray:
        size = int(np.prod(shape, dtype=np.intp))
        if size > self._flat.size:
            self._flat = np.empty(size, self._flat.dtype)
            if self._fill is not None:
                self._flat.fill(self._fill)
        return self._flat[:size].reshape(shape)
