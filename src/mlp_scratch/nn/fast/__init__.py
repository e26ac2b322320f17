"""The mathematics of ``nn`` made fast: the same classes with the same interface and other memory.

Arrays are used again instead of made anew, batches go through BLAS in tiles that suit it, and
factors wait until they cost nothing. Each class gives what its plain one gives, within rounding:
that of the same name, from which it is derived. What is not here was as fast when written plainly.
"""

from mlp_scratch.nn import regularizers as plain_regularizers
from mlp_scratch.nn.fast import (
    activations,
    averaging,
    layers,
    losses,
    optimizers,
    parameters,
    regression_losses,
    regularizers,
)
from mlp_scratch.nn.kernels import Kernels

_MODULES = (activations, averaging, layers, losses, optimizers, parameters, regression_losses)

FAST = Kernels(
    "fast",
    {
        plain: fast
        for module in _MODULES
        for fast in vars(module).values()
        if isinstance(fast, type) and fast.__module__ == module.__name__
        for plain in fast.__mro__[1:]
        if plain.__name__ == fast.__name__
    }
    | {
        plain_regularizers.add_l1: regularizers.add_l1,
        plain_regularizers.add_l2: regularizers.add_l2,
    },
)
