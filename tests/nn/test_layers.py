"""Dense, Dropout and BatchNorm alone, plain and fast; test_torch.py compares with PyTorch."""

import numpy as np
import pytest
from central_differences import assert_gradient

from mlp_scratch.nn.layers import BatchNorm, Dense, Dropout, Output


def dense(kernels, kind=Dense, n_in=4, n_out=3, dtype=np.float64):
    rng = np.random.default_rng(0)
    W, b = rng.standard_normal((n_in, n_out)).astype(dtype), rng.standard_normal(n_out)
    b = b.astype(dtype)
    return kernels.of(kind)(W, b, np.empty_like(W), np.empty_like(b))


def batch_norm(kernels, units=3, eps=1e-3, momentum=0.1):
    rng = np.random.default_rng(0)
    gamma, beta = rng.uniform(0.5, 2, units), rng.standard_normal(units)
    return kernels.of(BatchNorm)(
        gamma, beta, np.empty(units), np.empty(units), eps=eps, momentum=momentum
    )


@pytest.mark.parametrize("kind", [Dense, Output])
def test_dense_gradient(kernels, kind):
    layer = dense(kernels, kind)
    rng = np.random.default_rng(1)
    x, c = rng.standard_normal((6, 4)), rng.standard_normal((6, 3))

    def f():
        return float(np.sum(c * layer.forward(x)))

    f()
    dx = layer.backward(c).copy()
    dW, db = layer.dW.copy(), layer.db.copy()
    assert_gradient(dx, f, x)
    assert_gradient(dW, f, layer.W)
    assert_gradient(db, f, layer.b)


def test_dense_writes_gradients_and_keeps_no_dx_that_nobody_reads(kernels):
    layer = dense(kernels)
    layer.dW.fill(np.nan)  # written, not added to
    layer.db.fill(np.nan)
    x, dy = np.ones((2, 4)), np.ones((2, 3))
    layer.forward(x)
    assert layer.backward(dy, need_dx=False) is None
    np.testing.assert_array_equal(layer.dW, np.full((4, 3), 2.0))
    np.testing.assert_array_equal(layer.db, np.full(3, 2.0))


@pytest.mark.parametrize("kind", [Dense, Output])
def test_dense_with_batches_of_any_size(kernels, kind):
    layer = dense(kernels, kind)
    rng = np.random.default_rng(2)
    for rows in (5, 2, 9, 1, 5):
        x, dy = rng.standard_normal((rows, 4)), rng.standard_normal((rows, 3))
        y = layer.forward(x)
        assert y.shape == (rows, 3)
        np.testing.assert_allclose(y, x @ layer.W + layer.b, rtol=1e-13)
        np.testing.assert_allclose(layer.backward(dy), dy @ layer.W.T, rtol=1e-13)
        np.testing.assert_allclose(layer.dW, x.T @ dy, rtol=1e-12)
        np.testing.assert_allclose(layer.db, dy.sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_keeps_the_expectation_and_drops_at_its_rate(kernels, rate):
    rows, units = 500, 400
    layer = kernels.of(Dropout)(rate, np.random.default_rng(3))
    x = np.full((rows, units), 2.0, np.float32)
    y = layer.forward(x, training=True)
    dropped, n = np.mean(y == 0), rows * units
    deviation = (rate * (1 - rate) / n) ** 0.5
    assert dropped == pytest.approx(rate, abs=5 * deviation)
    assert y.mean(dtype=np.float64) == pytest.approx(2, abs=5 * 2 * deviation / (1 - rate))
    np.testing.assert_allclose(y[y != 0], 2 / (1 - rate), rtol=1e-4)
    # rows and columns are alike: no stripes
    for axis, count in ((0, rows), (1, units)):
        spread = np.mean(y == 0, axis=axis).std()
        assert spread == pytest.approx((rate * (1 - rate) / count) ** 0.5, rel=0.25)


def test_dropout_at_a_rate_of_almost_one(kernels):
    y = kernels.of(Dropout)(1 - 1e-9, np.random.default_rng(3)).forward(
        np.ones((300, 400)), training=True
    )
    assert set(np.unique(y)) <= {0.0, 65536.0}


def test_dropout_masks_the_gradient_alike_and_differs_from_call_to_call(kernels):
    layer = kernels.of(Dropout)(0.5, np.random.default_rng(4))
    x = np.ones((30, 7))
    y = layer.forward(x, training=True).copy()
    np.testing.assert_array_equal(layer.backward(np.ones((30, 7))), y)
    assert (layer.forward(x, training=True) != y).any()
    np.testing.assert_array_equal(x, np.ones((30, 7)))


def test_dropout_gradient_with_a_frozen_mask(kernels):
    layer = kernels.of(Dropout)(0.3, np.random.default_rng(5))
    state = layer.rng.bit_generator.state
    rng = np.random.default_rng(6)
    x, c = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))

    def f():
        layer.rng.bit_generator.state = state
        return float(np.sum(c * layer.forward(x, training=True)))

    f()
    assert_gradient(layer.backward(c.copy()).copy(), f, x)


def test_dropout_rests_in_evaluation_and_draws_nothing(kernels):
    layer = kernels.of(Dropout)(0.5, np.random.default_rng(7))
    before = layer.rng.bit_generator.state
    x, dy = np.ones((3, 4)), np.ones((3, 4))
    np.testing.assert_array_equal(layer.forward(x, training=False), x)
    np.testing.assert_array_equal(layer.backward(dy), np.ones((3, 4)))
    assert layer.rng.bit_generator.state == before


@pytest.mark.parametrize("generator", [np.random.PCG64, np.random.MT19937, np.random.SFC64])
def test_dropout_works_with_any_generator(kernels, generator):
    layer = kernels.of(Dropout)(0.25, np.random.Generator(generator(8)))
    y = layer.forward(np.ones((300, 301), np.float32), training=True)
    assert np.mean(y == 0) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_gradient(kernels, training):
    layer = batch_norm(kernels)
    layer.running_mean[...] = [0.1, -0.2, 0.3]
    layer.running_var[...] = [0.5, 2.0, 1.0]
    rng = np.random.default_rng(9)
    x, c = 2 + 3 * rng.standard_normal((6, 3)), rng.standard_normal((6, 3))

    def f():
        return float(np.sum(c * layer.forward(x.copy(), training)))

    f()
    dx = layer.backward(c.copy()).copy()
    dgamma, dbeta = layer.dgamma.copy(), layer.dbeta.copy()
    assert_gradient(dx, f, x)
    assert_gradient(dgamma, f, layer.gamma)
    assert_gradient(dbeta, f, layer.beta)


def test_batch_norm_by_hand(kernels):
    """Two rows, 1 and 5: mean 3, variance 4, unbiased variance 8."""
    layer = batch_norm(kernels, units=1, eps=0.0 + 1e-12, momentum=0.25)
    layer.gamma[...], layer.beta[...] = 2.0, 7.0
    y = layer.forward(np.array([[1.0], [5.0]]), training=True)
    np.testing.assert_allclose(y, [[5.0], [9.0]])
    np.testing.assert_allclose(layer.running_mean, [0.25 * 3])
    np.testing.assert_allclose(layer.running_var, [0.75 + 0.25 * 8])
    kept = layer.running_mean.copy(), layer.running_var.copy()
    y = layer.forward(np.array([[3.0]]), training=False)
    np.testing.assert_allclose(y, [[7 + 2 * (3 - 0.75) / 2.75**0.5]])
    np.testing.assert_array_equal((layer.running_mean, layer.running_var), kept)


def test_batch_norm_normalizes_in_float32(kernels):
    units = 50
    ones, zeros = np.ones(units, np.float32), np.zeros(units, np.float32)
    layer = kernels.of(BatchNorm)(ones, zeros, ones.copy(), zeros.copy(), eps=1e-5, momentum=0.1)
    x = (100 + np.random.default_rng(10).standard_normal((512, units))).astype(np.float32)
    y = layer.forward(x, training=True)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(y.var(axis=0), 1, atol=1e-3)


def test_batch_norm_with_a_single_row_gives_beta_and_learns_no_statistics(kernels):
    layer = batch_norm(kernels)
    y = layer.forward(np.array([[5.0, -3.0, 100.0]]), training=True)
    np.testing.assert_array_equal(y, layer.beta[None])
    np.testing.assert_array_equal(layer.running_mean, np.zeros(3))
    np.testing.assert_array_equal(layer.running_var, np.ones(3))
    np.testing.assert_array_equal(layer.backward(np.ones((1, 3))), np.zeros((1, 3)))
