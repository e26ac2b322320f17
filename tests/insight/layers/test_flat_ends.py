"""Where activations are flat."""

import math
from typing import Any

import numpy as np
import pytest

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import kernels

FAST = kernels("fast")


class Softsign:
    """The user's own, of the README."""

    initializer = "glorot_uniform"

    def forward(self, z):
        self._shrink = 1 / (1 + np.abs(z))
        return z * self._shrink

    def backward(self, dy):
        return dy * self._shrink**2


# activation: can it die, and beyond which z is it flat; from its formula, solved for the slope
FLAT_ENDS = {
    "relu": (True, None),
    "leaky_relu": (False, None),
    "elu": (False, None),
    "selu": (False, None),
    "gelu": (False, None),
    "silu": (False, None),
    "softplus": (False, None),
    "identity": (False, None),
    "tanh": (False, math.atanh(0.97)),
    "sigmoid": (False, 2 * math.atanh(0.97)),
    "softsign": (False, 1 / math.sqrt(1 - 0.97**2) - 1),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FLAT_ENDS)
def test_where_activations_are_flat(name: str, dtype: Any) -> None:
    from mlp_scratch.insight.layers.flat_ends import flat_ends

    hyperparameters = {
        "leaky_relu": {"negative_slope": 0.1},
        "elu": {"alpha": 1.0},
        "gelu": {"approximate": "tanh"},
        "softplus": {"beta": 1.0},
    }
    kind = ACTIVATIONS.get(name, Softsign)
    ends = flat_ends(FAST.of(kind)(**hyperparameters.get(name, {})), np.dtype(dtype))
    can_die, beyond = FLAT_ENDS[name]
    assert ends.can_die == can_die
    assert ends.above == (None if beyond is None else pytest.approx(beyond, abs=1e-3))
    assert ends.below == (None if beyond is None else pytest.approx(-beyond, abs=1e-3))


def test_the_table_has_every_activation() -> None:
    assert FLAT_ENDS.keys() - {"softsign"} == set(ACTIVATIONS)
