"""The flat buffers: order, views, sizes. And the memory that grows but never shrinks."""

import numpy as np
import pytest

from mlp_scratch.nn.buffers import Buffer, clear_faint
from mlp_scratch.nn.parameters import Parameters


def test_weights_first_then_the_rest_in_order():
    params = Parameters({"b0": (3,), "W0": (2, 3), "gamma0": (3,), "W1": (3, 1), "b1": (1,)})
    assert params.names == ("W0", "W1", "b0", "gamma0", "b1")
    assert params.size == 6 + 3 + 3 + 3 + 1
    assert params.n_weights == 9
    assert params.values.dtype == np.float32
    for name, shape in (("W0", (2, 3)), ("W1", (3, 1)), ("b0", (3,))):
        assert params.value(name).shape == params.grad(name).shape == shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_is_a_view(dtype):
    params = Parameters({"W0": (2, 2), "b0": (2,)}, dtype)
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


def test_buffer_uses_its_memory_again():
    buffer = Buffer()
    first = buffer.array((4, 3), np.float32)
    address = first.ctypes.data
    for shape in ((2, 3), (4, 3), (12,), (1, 1), (4, 3)):
        again = buffer.array(shape, np.float32)
        assert again.shape == shape
        assert again.flags.c_contiguous
        assert again.ctypes.data == address
    assert buffer.array((5, 3), np.float32).shape == (5, 3)
    assert buffer.like(np.empty((2, 2))).dtype == np.float64


def test_filled_buffer_stays_filled():
    buffer = Buffer(fill=1)
    for shape in ((3,), (2, 2), (1,), (7,)):
        np.testing.assert_array_equal(buffer.array(shape, np.float64), np.ones(shape))
        np.testing.assert_array_equal(buffer.like(np.zeros(shape)), np.ones(shape))


def test_clear_faint():
    moment = np.array([1e-40, -1e-31, 1e-29, -1.0, 0.0], np.float32)
    clear_faint(moment, work=np.empty_like(moment))
    np.testing.assert_array_equal(moment, np.array([0, 0, 1e-29, -1, 0], np.float32))
