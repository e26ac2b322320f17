"""Layers that stay as they are while those after them learn: ``model.freeze``.

What an optimizer, its decay, its momentum or a limit on the norms would do to them is undone after
the update, whatever it was, so that they keep every bit.
"""

import numpy as np

from mlp_scratch.nn.parameters import Parameters

_KINDS = ("W", "b", "gamma", "beta")


class FrozenLayers:
    """The parameters of the first ``n`` layers: weights, biases, batch norm's scale and shift."""

    def __init__(self, parameters: Parameters, n: int) -> None:
        names = [f"{kind}{k}" for kind in _KINDS for k in range(n)]
        names = [name for name in names if name in parameters.names]
        self._values = [parameters.value(name) for name in names]
        self._grads = [parameters.grad(name) for name in names]
        self._kept = [np.empty_like(values) for values in self._values]

    def hold(self) -> None:
        """Before the update: keep their values. Their gradient counts as none."""
        for values, grads, kept in zip(self._values, self._grads, self._kept, strict=True):
            kept[...] = values
            grads[...] = 0

    def put_back(self) -> None:
        """After the update: give them their values again."""
        for values, kept in zip(self._values, self._kept, strict=True):
            values[...] = kept
