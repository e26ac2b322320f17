"""A trained network opened up: what its layers do with one row, and which units argue for what.

All functions of this folder work on ``Opened``: the trained network in evaluation (running
statistics, no dropout), of plain layers. They ask about one output unit: the logit of a class, or a
number, as the network gives it.
"""

from typing import Any, NamedTuple

import numpy as np

from mlp_scratch.insight.layers.plain_copy import plain_copy
from mlp_scratch.nn.network import Network


class Layer(NamedTuple):
    """What a hidden layer does with one row, (units,) each.

    a: the activations. slopes: dy/da, of the output y that is asked about. arguments: a dy/da, what
    each unit adds to y, to first order. Of the last hidden layer this is exact: the arguments and
    the bias add up to y (where no residual goes past it).
    """

    a: np.ndarray
    slopes: np.ndarray

    @property
    def arguments(self) -> np.ndarray:
        return self.a * self.slopes


class Opened:
    """``network``, which is not changed, to be looked into; x is of its dtype, normalized."""

    def __init__(self, network: Network) -> None:
        self.network = plain_copy(network)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """x (n, features) -> (n, outputs)."""
        return self.network.forward(x)

    def gradients(self, x: np.ndarray, unit: int) -> np.ndarray:
        """dy/dx (n, features) of output ``unit``. Simonyan, Vedaldi & Zisserman 2014, section 3."""
        outputs = self.network.forward(x)
        picked = np.zeros_like(outputs)
        picked[:, unit] = 1
        dx: Any = self.network.backward(picked, need_dx=True)
        return dx

    def layers(self, x: np.ndarray, unit: int) -> list[Layer]:
        """The hidden layers of row x (features,), from the first on."""
        self.gradients(x[None], unit)
        seen = [block.activation for block in self.network.blocks[:-1]]
        return [Layer(each.a[0], each.da[0]) for each in seen]

    def representation(self, x: np.ndarray) -> np.ndarray:
        """What the last layer is given, (n, units): x itself where there is no other layer."""
        for stage in self.network.stages[:-1]:
            x = stage.forward(x, False, False)
        return x
