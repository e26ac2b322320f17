"""Memory that is used again at every step, and memory that processes share.

A training step needs the same arrays thousands of times, and the last batch of an epoch needs them
a little shorter. So a layer keeps its arrays, and takes a shorter or longer view of their memory
when the number of rows changes; memory is asked for only when a batch is larger than any before.
"""

from collections.abc import Mapping
from mmap import mmap

import numpy as np
from numpy.typing import DTypeLike


def shared_zeros(size: int, dtype: DTypeLike) -> np.ndarray:
    """Flat zeros in memory that every fork of this process shares with it: what one of them writes
    the others read. A copy of the array is an ordinary one. Raises MemoryError."""
    dtype = np.dtype(dtype)
    try:
        memory = mmap(-1, max(1, size * dtype.itemsize))
    except (OSError, OverflowError) as error:
        raise MemoryError(f"no room for {size:,} numbers of {dtype}") from error
    return np.frombuffer(memory, dtype, size)


def shared_copies(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays (size,) with the same values in ``shared_zeros``."""
    copies = {name: shared_zeros(array.size, array.dtype) for name, array in arrays.items()}
    for name, array in arrays.items():
        copies[name][...] = array
    return copies


def is_shared(array: np.ndarray) -> bool:
    """Whether ``array`` is what ``shared_zeros`` made, or a view of it."""
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, memoryview) and isinstance(base.obj, mmap)


class Buffer:
    """Memory for one contiguous array whose shape changes now and then.

    Its contents are undefined at first and whatever was written last afterwards; with ``fill`` they
    are that number, and nobody writes to them. An array that it returned is valid until the next
    call with another shape.
    """

    def __init__(self, fill: float | None = None):
        self._fill = fill
        self._array = np.empty(0)

    def __reduce__(self):  # copied or pickled it starts empty: what it holds is nobody's state
        return Buffer, (self._fill,)

    def array(self, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array of this shape, over the same memory as before if it is large enough."""
        size = 1
        for length in shape:
            size *= length
        memory = self._array if self._array.base is None else self._array.base
        if size > memory.size or memory.dtype != dtype:
            memory = np.empty(size, dtype)
            if self._fill is not None:
                memory.fill(self._fill)
        self._array = memory[:size].reshape(shape)
        return self._array

    def like(self, x: np.ndarray) -> np.ndarray:
        """An array of x's shape and dtype."""
        if x.shape == self._array.shape and x.dtype == self._array.dtype:
            return self._array
        return self.array(x.shape, x.dtype)


def clear_faint(moment: np.ndarray, work: np.ndarray) -> None:
    """Set elements of ``moment`` smaller than 1e-30 to 0, in place; ``work`` has its shape.

    Optimizers call it now and then. The moment of a weight whose input stays dark for hundreds of
    steps, as the pixels at the rim of an image do, decays into the denormal numbers and is stuck
    there, where arithmetic is many times slower. What is so small moves no parameter measurably,
    but for Lion, which looks at signs alone: there such a weight stops instead of creeping on.
    """
    np.abs(moment, out=work)
    moment[work < 1e-30] = 0.0
