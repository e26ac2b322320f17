"""Optimizers: a valley to descend, Lion against its paper, and going on where one stopped.

Trajectories of all but Lion are compared with PyTorch's in test_torch.py.
"""

import numpy as np
import pytest
from cases import ADAM, OPTIMIZER_CASES

from mlp_scratch.nn.kernels import kernels as named
from mlp_scratch.nn.optimizers import OPTIMIZERS

DECAYING = {
    "adamw": ADAM | {"weight_decay": 0.1},
    "lion": {"beta1": 0.9, "beta2": 0.99, "weight_decay": 0.1},
}


def make(run, kernels, n_params=2, n_weights=2, dtype=np.float64):
    name, _, _, args = OPTIMIZER_CASES[run]
    return kernels.of(OPTIMIZERS[name])(n_params, n_weights, dtype, **args)


def rosenbrock_gradient(p):
    x, y = p
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


def test_every_optimizer_is_here():
    besides = {"lbfgs"}  # which asks for the loss, in test_lbfgs.py
    assert {name for name, *_ in OPTIMIZER_CASES.values()} == set(OPTIMIZERS) - besides


@pytest.mark.parametrize("run", OPTIMIZER_CASES)
def test_rosenbrock(kernels, run):
    """From (-1.2, 1) through the curved valley to the minimum at (1, 1)."""
    _, lr, steps, _ = OPTIMIZER_CASES[run]
    optimizer = make(run, kernels)
    p = np.array([-1.2, 1.0])
    for step in range(steps):
        optimizer.step(p, rosenbrock_gradient(p), lr * min(1.0, 4 * (1 - step / steps)))
    np.testing.assert_allclose(p, [1, 1], atol=0.02)


@pytest.mark.parametrize("run", OPTIMIZER_CASES)
def test_goes_on_bit_for_bit_from_state_and_t(kernels, run):
    rng = np.random.default_rng(0)
    grads = rng.standard_normal((300, 20)).astype(np.float32)
    whole, first = make(run, kernels, 20, 15, np.float32), make(run, kernels, 20, 15, np.float32)
    p, q = np.ones((2, 20), np.float32)
    for g in grads[:137]:
        whole.step(p, g, 0.01)
        first.step(q, g, 0.01)
    second = make(run, kernels, 20, 15, np.float32)
    assert second.state.keys() == first.state.keys()
    for name, array in first.state.items():
        second.state[name][...] = array
    second.t = first.t
    for g in grads[137:]:
        whole.step(p, g, 0.01)
        second.step(q, g, 0.01)
    np.testing.assert_array_equal(p, q)
    assert whole.t == second.t == 300


@pytest.mark.parametrize("run", OPTIMIZER_CASES)
def test_gradient_and_dtype_are_left_alone(kernels, run):
    optimizer = make(run, kernels, 4, 4, np.float32)
    p, g = np.ones(4, np.float32), np.array([1.0, -1.0, 0.0, 2.0], np.float32)
    optimizer.step(p, g, 0.1)
    optimizer.step(p, g, 0.1)
    np.testing.assert_array_equal(g, [1, -1, 0, 2])
    assert p[2] == 1.0
    assert (np.sign(1 - p) == np.sign(g)).all()
    assert all(array.dtype == np.float32 for array in optimizer.state.values())


@pytest.mark.parametrize("name", DECAYING)
def test_decoupled_decay_touches_weights_only(kernels, name):
    optimizer = kernels.of(OPTIMIZERS[name])(5, 3, np.float64, **DECAYING[name])
    p = np.ones(5)
    optimizer.step(p, np.zeros(5), 0.5)
    np.testing.assert_allclose(p, [0.95, 0.95, 0.95, 1, 1], rtol=1e-15)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 2e-6)])
def test_lion_follows_its_paper(kernels, dtype, tolerance):
    ours, theirs = lion_pair(kernels, dtype, {})
    np.testing.assert_allclose(ours, theirs, atol=tolerance)


@pytest.mark.parametrize("name", ["beta1", "beta2", "weight_decay"])
@pytest.mark.parametrize("change", [0.99, 1.01])
def test_lion_comparison_notices_one_percent(kernels, name, change):
    ours, theirs = lion_pair(kernels, np.float32, {name: change})
    assert np.abs(ours - theirs).max() > 2e-5


def lion_pair(kernels, dtype, changes):
    """50 steps of ours, constants multiplied by ``changes``, and of the paper's algorithm 2."""
    beta1, beta2, decay, lr = 0.9, 0.99, 0.5, 0.01
    rng = np.random.default_rng(1)
    scale = rng.uniform(0.1, 2, 400)
    start = rng.standard_normal(400)
    noise = rng.standard_normal((50, 400))

    theta, m = start.tolist(), [0.0] * 400
    gradients = []
    for t in range(50):
        g = [scale[i] * theta[i] + noise[t, i] for i in range(400)]
        gradients.append(g)
        for i in range(400):
            c = beta1 * m[i] + (1 - beta1) * g[i]
            theta[i] -= lr * (int(c > 0) - int(c < 0) + decay * theta[i])
            m[i] = beta2 * m[i] + (1 - beta2) * g[i]

    args = {"beta1": beta1, "beta2": beta2, "weight_decay": decay}
    args = {name: value * changes.get(name, 1) for name, value in args.items()}
    optimizer = kernels.of(OPTIMIZERS["lion"])(400, 400, dtype, **args)
    ours = start.astype(dtype)
    for g in gradients:
        optimizer.step(ours, np.array(g, dtype), lr)
    return ours, np.array(theta)


@pytest.mark.parametrize("run", ["momentum", "nesterov", "adam", "adamw", "lion"])
def test_idle_moments_do_not_linger_as_denormals(run):
    """A weight that has had one gradient and then none for a long time."""
    optimizer = make(run, named("fast"), 2, 2, np.float32)
    p, tiny = np.ones(2, np.float32), np.finfo(np.float32).tiny
    optimizer.step(p, np.ones(2, np.float32), 1e-3)
    lingering = 0
    for _ in range(10_000 if run == "lion" else 2000):
        optimizer.step(p, np.zeros(2, np.float32), 1e-3)
        moment = optimizer.state.get("m", optimizer.state.get("v"))
        lingering += bool(0 < moment[0] < tiny)
    assert lingering == 0
    assert moment[0] == 0


def test_centered_rmsprop_survives_a_constant_gradient(kernels):
    """There the variance s - r^2 is 0 but for rounding, which may make it negative."""
    args = {"alpha": 0.5, "eps": 1e-3, "momentum": 0.0, "centered": True}
    optimizer = kernels.of(OPTIMIZERS["rmsprop"])(1000, 1000, np.float32, **args)
    p = np.zeros(1000, np.float32)
    g = np.random.default_rng(2).standard_normal(1000).astype(np.float32)
    for _ in range(100):
        optimizer.step(p, g, 1e-3)
    assert np.isfinite(p).all()
