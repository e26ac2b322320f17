"""Penalties against their own gradient by differences; max_norm and clip_norm by hand.

Whole trainings with each are compared with PyTorch's in test_torch.py.
"""

import numpy as np
import pytest
from central_differences import assert_gradient, penalty

from mlp_scratch.nn.parameters import Parameters
from mlp_scratch.nn.regularizers import add_l1, add_l2, clip_norm, max_norm


@pytest.fixture
def params(kernels):
    result = kernels.of(Parameters)({"b0": (3,), "W0": (4, 3), "W1": (3, 2)}, np.float64)
    result.values[...] = np.random.default_rng(0).standard_normal(result.size)
    result.grads.fill(0.25)
    return result


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.3), (0.2, 0.1)])
def test_gradient_is_added_to_weights_only(kernels, params, l1, l2):
    kept = params.values.copy()
    kernels.of(add_l1)(params, l1)
    kernels.of(add_l2)(params, l2)
    np.testing.assert_array_equal(params.values, kept)
    np.testing.assert_array_equal(params.grad("b0"), [0.25, 0.25, 0.25])
    added = params.grads - 0.25
    assert_gradient(added, lambda: penalty(params, l1, l2), params.values)


def test_l1_leaves_zeros_alone(kernels):
    params = kernels.of(Parameters)({"W0": (1, 3)})
    params.values[...] = [0.0, 2.0, -2.0]
    kernels.of(add_l1)(params, 0.5)
    np.testing.assert_array_equal(params.grads, [0.0, 0.5, -0.5])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_norm_shrinks_long_columns_only(dtype):
    W = np.array([[3.0, 0.3], [4.0, 0.4]], dtype)  # columns of length 5 and 0.5
    max_norm(W, 1.0)
    np.testing.assert_allclose(W, [[0.6, 0.3], [0.8, 0.4]], rtol=1e-6)
    assert W.dtype == dtype
    kept = W.copy()
    max_norm(W, 2.0)
    np.testing.assert_array_equal(W, kept)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clip_norm(dtype):
    grads = np.array([3.0, -4.0], dtype)
    assert clip_norm(grads, 10.0) == 5.0
    np.testing.assert_array_equal(grads, [3.0, -4.0])
    assert clip_norm(grads, 1.0) == 5.0
    np.testing.assert_allclose(grads, [0.6, -0.8], rtol=1e-6)
    assert grads.dtype == dtype


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_clip_norm_lets_the_loop_see_what_is_not_finite(bad):
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(clip_norm(np.array([1.0, bad]), 1.0))
