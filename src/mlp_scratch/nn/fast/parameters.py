"""The parameters in memory that processes share."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn import parameters as plain
from mlp_scratch.nn.fast.buffers import shared_zeros


class Parameters(plain.Parameters):
    """``values`` and ``grads`` that every fork of this process shares: one that trains by itself
    must make a network of its own.

    ``scratch`` (size,) is for whoever needs a temporary within one call; it holds nothing between
    calls.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], dtype: DTypeLike = np.float32):
        super().__init__(shapes, dtype, zeros=shared_zeros)
        self.scratch = np.zeros(self.size, dtype)
