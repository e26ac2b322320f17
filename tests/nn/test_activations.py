"""Every activation, plain and fast: its slope by central differences, its manners with arrays.

Values are compared with PyTorch's in test_torch.py.
"""

import numpy as np
import pytest
from cases import ACTIVATION_CASES
from central_differences import assert_gradient

from mlp_scratch.nn.activations import ACTIVATIONS

KINKED = {"relu": 0.0, "leaky_relu": 0.1, "leaky_relu_0": 0.0, "elu_0.7": 0.7, "elu_1.5": 1.5}


@pytest.fixture(params=ACTIVATION_CASES)
def variant(request):
    return request.param


def make(variant, kernels):
    name, args = ACTIVATION_CASES[variant]
    return kernels.of(ACTIVATIONS[name])(**args)


def test_every_activation_is_here():
    assert {name for name, _ in ACTIVATION_CASES.values()} == set(ACTIVATIONS)


def test_gradient(kernels, variant):
    activation = make(variant, kernels)
    rng = np.random.default_rng(1)
    z = rng.uniform(0.01, 4, (6, 7)) * rng.choice([-1, 1], (6, 7))  # clear of the kink at 0
    c = rng.standard_normal((6, 7))

    def f():
        return float(np.sum(c * activation.forward(z.copy())))

    f()
    dz = activation.backward(c.copy()).copy()
    assert_gradient(dz, f, z)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_come_and_go(kernels, variant, dtype):
    """Short and long batches in turn give what a fresh object gives, in the same dtype."""
    activation = make(variant, kernels)
    rng = np.random.default_rng(2)
    for rows in (5, 3, 8, 1, 5):
        z, dy = rng.standard_normal((2, rows, 4)).astype(dtype)
        fresh = make(variant, kernels)
        y = activation.forward(z.copy())
        np.testing.assert_array_equal(y, fresh.forward(z.copy()))
        dz = activation.backward(dy.copy())
        np.testing.assert_array_equal(dz, fresh.backward(dy.copy()))
        assert y.dtype == dz.dtype == dtype
        assert y.shape == dz.shape == (rows, 4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_is_finite(kernels, variant, dtype):
    """No overflow (which would also be a RuntimeWarning, an error here)."""
    activation = make(variant, kernels)
    z = np.array([[-1e4, -100.0, -20.0, 0.0, 20.0, 100.0, 1e4]], dtype)
    y = activation.forward(z.copy())
    assert np.isfinite(y).all()
    assert np.isfinite(activation.backward(np.ones_like(z))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("variant", KINKED)
def test_slope_at_the_kink_is_the_left_one(kernels, variant, dtype):
    activation = make(variant, kernels)
    z = np.array([[0.0, -0.0]], dtype)
    np.testing.assert_array_equal(activation.forward(z.copy()), [[0, 0]])
    slope = activation.backward(np.array([[1.0, -3.0]], dtype))
    np.testing.assert_allclose(slope, [[KINKED[variant], -3 * KINKED[variant]]], rtol=1e-6)


def test_nan_goes_through(kernels, variant):
    y = make(variant, kernels).forward(np.array([[np.nan, 1.0]], np.float32))
    assert np.isnan(y[0, 0])
    assert not np.isnan(y[0, 1])


def test_selu_is_self_normalizing(kernels):
    """Standard normal in, mean 0 and variance 1 out: the property that its constants solve for."""
    y = make("selu", kernels).forward(np.random.default_rng(3).standard_normal((1000, 1000)))
    assert abs(y.mean()) < 0.005
    assert y.var() == pytest.approx(1.0, abs=0.005)
