"""The flat buffers: order, views, sizes."""

import numpy as np
import pytest

from mlp_scratch.nn.parameters import Parameters


def test_weights_first_then_the_rest_in_order(kernels):
    params = kernels.of(Parameters)(
        {"b0": (3,), "W0": (2, 3), "gamma0": (3,), "W1": (3, 1), "b1": (1,)}
    )
    assert params.names == ("W0", "W1", "b0", "gamma0", "b1")
    assert params.size == 6 + 3 + 3 + 3 + 1
    assert params.n_weights == 9
    assert params.values.dtype == np.float32
    for name, shape in (("W0", (2, 3)), ("W1", (3, 1)), ("b0", (3,))):
        assert params.value(name).shape == params.grad(name).shape == shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_is_a_view(kernels, dtype):
    params = kernels.of(Parameters)({"W0": (2, 2), "b0": (2,)}, dtype)
    assert not params.values.any()
    params.values[...] = np.arange(6)
    params.grads[...] = -np.arange(6)
    np.testing.assert_array_equal(params.value("W0"), [[0, 1], [2, 3]])
    np.testing.assert_array_equal(params.grad("b0"), [-4, -5])
    np.testing.assert_array_equal(params.weights, [0, 1, 2, 3])
    np.testing.assert_array_equal(params.weight_grads, [0, -1, -2, -3])
    params.value("b0")[1] = 9
    params.weights[0] = 7
    assert params.values[5] == 9
    assert params.arrays()["W0"][0, 0] == 7
    assert params.values.dtype == params.grads.dtype == params.value("W0").dtype == dtype
