"""All parameters of a network in one flat array, and all gradients in another.

Layers hold shaped views into the two, so a layer writes its gradient in place, and an optimizer,
which does not care about shapes, updates the whole network with a handful of array operations.
Weights stand first and biases after them: what applies to weights only is one slice.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


class Parameters:
    """Flat ``values`` and ``grads``, with shaped views by name.

    ``shapes`` maps names to shapes. Names that begin with ``W`` are weights and come first; the
    rest follows in the order given. The flat arrays live as long as this object: write into them
    and into their views, never rebind them. ``zeros(size, dtype)`` makes them.

    Attributes:
        values, grads: (size,) contiguous, of ``dtype``; zero at first.
        weights, weight_grads: (n_weights,) views of their first part.
        names: in memory order.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        dtype: DTypeLike = np.float32,
        zeros: Callable[[int, Any], np.ndarray] = np.zeros,
    ):
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
        self.values = zeros(start, dtype)
        self.grads = zeros(start, dtype)
        self.weights = self.values[: self.n_weights]
        self.weight_grads = self.grads[: self.n_weights]

    def value(self, name: str) -> np.ndarray:
        """The parameter's view into ``values``, in its shape."""
        return self.values[self._slices[name]].reshape(self._shapes[name])

    def grad(self, name: str) -> np.ndarray:
        """The parameter's view into ``grads``, in its shape."""
        return self.grads[self._slices[name]].reshape(self._shapes[name])

    def views(self, *names: str) -> list[np.ndarray]:
        """Their views into ``values``, then those into ``grads``: what a layer works with."""
        return [*map(self.value, names), *map(self.grad, names)]

    def arrays(self, flat: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Every parameter by name, as views into ``values``, or into another (size,) array."""
        flat = self.values if flat is None else flat
        return {k: flat[part].reshape(self._shapes[k]) for k, part in self._slices.items()}


@contextmanager
def restored(arrays: Mapping[str, np.ndarray]) -> Iterator[None]:
    """While entered the arrays may be written into; afterwards they are what they were."""
    kept = {name: array.copy() for name, array in arrays.items()}
    try:
        yield
    finally:
        for name, array in arrays.items():
            array[...] = kept[name]
