"""All parameters of a network in one flat array, and all gradients in another.

Layers hold shaped views into the two, so a layer writes its gradient in place, and an optimizer,
which does not care about shapes, updates the whole network with a handful of array operations.
Weights stand first and biases after them: what applies to weights only is one slice.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.buffers import shared_zeros


class Parameters:
    """Flat ``values`` and ``grads``, with shaped views by name.

    ``shapes`` maps names to shapes. Names that begin with ``W`` are weights and come first; the
    rest follows in the order given. The flat arrays live as long as this object: write into them
    and into their views, never rebind them.

    Attributes:
        values, grads: (size,) contiguous, of ``dtype``; zero at first. Shared with every fork of
            this process: one that trains by itself must make a network of its own.
        weights, weight_grads: (n_weights,) views of their first part.
        scratch: (size,) for whoever needs a temporary within one call; holds nothing between calls.
        names: in memory order.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], dtype: DTypeLike = np.float32):
        weights_first = sorted(shapes, key=lambda name: not name.startswith("W"))  # stable
        self._shapes = {name: tuple(shapes[name]) for name in weights_first}
        self._slices: dict[str, slice] = {}
        self.n_weights = 0
        start = 0
        for name, shape in self._shapes.items():
            stop = start + int(np.prod(shape, dtype=np.intp))
            self._slices[name] = slice(start, stop)
            if name.startswith("W"):
                self.n_weights = stop
            start = stop
        self.size = start
        self.names = tuple(self._shapes)
        self.values = shared_zeros(start, dtype)
        self.grads = shared_zeros(start, dtype)
        self.scratch = np.zeros(start, dtype)
        self.weights = self.values[: self.n_weights]
        self.weight_grads = self.grads[: self.n_weights]

    def share_values(self, other: "Parameters") -> None:
        """Use the values of ``other``, of the same shapes, as one's own: the same memory. Views
        taken before stay with the old ones."""
        self.values, self.weights = other.values, other.weights

    def value(self, name: str) -> np.ndarray:
        """The parameter's view into ``values``, in its shape."""
        return self.values[self._slices[name]].reshape(self._shapes[name])

    def grad(self, name: str) -> np.ndarray:
        """The parameter's view into ``grads``, in its shape."""
        return self.grads[self._slices[name]].reshape(self._shapes[name])

    def arrays(self, flat: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Every parameter by name, as views into ``values``, or into another (size,) array."""
        flat = self.values if flat is None else flat
        return {k: flat[part].reshape(self._shapes[k]) for k, part in self._slices.items()}
