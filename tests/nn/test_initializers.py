"""Moments of the drawn weights against the papers' formulas, and orthogonality."""

import numpy as np
import pytest

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.initializers import INITIALIZERS
from mlp_scratch.nn.network import Network

N_IN, N_OUT = 1500, 1000  # enough draws to tell 1 % of variance
VARIANCES = {
    "he_normal": 2 / 1500,
    "he_uniform": 2 / 1500,
    "glorot_normal": 2 / 2500,
    "glorot_uniform": 2 / 2500,
    "lecun_normal": 1 / 1500,
    "lecun_uniform": 1 / 1500,
    "normal": 0.05**2,
}
LIMITS = {
    "he_uniform": (6 / 1500) ** 0.5,
    "glorot_uniform": (6 / 2500) ** 0.5,
    "lecun_uniform": (3 / 1500) ** 0.5,
}


def draw(name, n_in=N_IN, n_out=N_OUT, seed=0, gain=1.0):
    args = {"normal": {"std": 0.05}, "orthogonal": {"gain": gain}}.get(name, {})
    return INITIALIZERS[name](np.random.default_rng(seed), n_in, n_out, **args)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_shape_dtype_and_seed(name):
    weights = draw(name, 5, 3)
    assert weights.shape == (5, 3)
    assert weights.dtype == np.float64
    np.testing.assert_array_equal(weights, draw(name, 5, 3))
    assert (weights != draw(name, 5, 3, seed=1)).any()


@pytest.mark.parametrize("name", VARIANCES)
def test_moments(name):
    """Mean, variance and kurtosis, the first two within five standard errors."""
    weights, variance, n = draw(name), VARIANCES[name], N_IN * N_OUT
    kurtosis = 1.8 if name.endswith("uniform") else 3.0
    assert abs(weights.mean()) < 5 * (variance / n) ** 0.5
    assert weights.var() == pytest.approx(variance, rel=5 * ((kurtosis - 1) / n) ** 0.5)
    assert np.mean(weights**4) / variance**2 == pytest.approx(kurtosis, abs=0.04)


@pytest.mark.parametrize("name", LIMITS)
def test_uniform_limits(name):
    assert 0.999 * LIMITS[name] < np.abs(draw(name)).max() <= LIMITS[name]


@pytest.mark.parametrize(("n_in", "n_out"), [(40, 40), (60, 20), (20, 60), (1, 5)])
def test_orthogonal(n_in, n_out):
    weights = draw("orthogonal", n_in, n_out, gain=1.5)
    small = weights.T @ weights if n_in >= n_out else weights @ weights.T
    np.testing.assert_allclose(small, 1.5**2 * np.eye(min(n_in, n_out)), atol=1e-12)


def test_orthogonal_is_uniform():
    """Without the signs of R, numpy's Q has diagonal elements of one sign only."""
    firsts = np.array([draw("orthogonal", 3, 3, seed=seed)[0, 0] for seed in range(400)])
    assert 150 < np.sum(firsts > 0) < 250


HYPERPARAMETERS = {
    "leaky_relu": {"negative_slope": 0.01},
    "elu": {"alpha": 1.0},
    "gelu": {"approximate": "none"},
    "softplus": {"beta": 1.0},
}


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        *[(a, "he_normal") for a in ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")],
        *[(a, "glorot_uniform") for a in ("tanh", "sigmoid", "identity")],
        ("selu", "lecun_normal"),
    ],
)
def test_auto(activation, name):
    assert ACTIVATIONS[activation].initializer == name
    parameters = HYPERPARAMETERS.get(activation, {})
    network = Network(
        [5, 4, 3], ACTIVATIONS[activation](**parameters), rng=np.random.default_rng(0)
    )
    rng = np.random.default_rng(0)
    for k, (shape, scheme) in enumerate([((5, 4), name), ((4, 3), "glorot_uniform")]):
        drawn = INITIALIZERS[scheme](rng, *shape).astype(np.float32)
        np.testing.assert_array_equal(network.parameters.value(f"W{k}"), drawn)
