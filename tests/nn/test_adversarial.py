"""Adversarial gradients against finite differences, the Hessian and plain recomputation."""

import numpy as np
import pytest

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.adversarial import ADVERSARIES, _unit_rows
from mlp_scratch.nn.losses import SoftmaxCrossEntropy, softmax
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.range_checks import HyperparameterError

ROWS, FEATURES, CLASSES = 6, 5, 3


def small_problem(kernels, batch_norm: bool = False):
    rng = np.random.default_rng(3)
    network = Network(
        [FEATURES, 7, CLASSES],
        kernels.of(ACTIVATIONS["tanh"])(),
        rng=rng,
        initializer="normal",
        init_std=0.8,
        batch_norm=batch_norm,
        dtype=np.float64,
        kernels=kernels,
    )
    return network, rng.normal(size=(ROWS, FEATURES)), rng.integers(CLASSES, size=ROWS)


def clean_gradient(network: Network, x, labels):
    """(loss, parameter gradient, input gradient), all fresh."""
    loss, dlogits = network.kernels.of(SoftmaxCrossEntropy)()(
        network.forward(x, training=True), labels
    )
    dx = network.backward(dlogits, need_dx=True)
    return loss, network.parameters.grads.copy(), dx.copy()


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_adversarial_gradient_is_the_weighted_sum(kernels, norm: str, batch_norm: bool) -> None:
    network, x, labels = small_problem(kernels, batch_norm)
    loss, clean, dx = clean_gradient(network, x, labels)
    lengths = np.linalg.norm(dx, axis=1, keepdims=True)
    moved = x + 0.3 * (np.sign(dx) if norm == "linf" else dx / lengths)
    worse, there, _ = clean_gradient(network, moved, labels)
    assert worse > loss
    statistics = {name: buffer.copy() for name, buffer in network.buffers.items()}
    adversary = ADVERSARIES[norm](epsilon=0.3, clean_weight=0.4)
    rng = np.random.default_rng(0)
    said, correct = adversary.gradient(
        network, network.kernels.of(SoftmaxCrossEntropy)(), x, labels, ROWS, rng
    )
    np.testing.assert_allclose(network.parameters.grads, 0.4 * clean + 0.6 * there, 1e-10, 1e-12)
    np.testing.assert_allclose(said, loss)
    assert correct == np.sum(network.forward(x, training=True).argmax(axis=1) == labels)
    for name, before in statistics.items():  # moved once, by the clean rows
        assert not np.array_equal(network.buffers[name], before)


def kl(network: Network, x, p) -> float:
    q = softmax(network.forward(x, training=True))
    return float(np.sum(p * (np.log(p) - np.log(q))) / len(x))


def hessian_direction(network: Network, row, p):
    """First eigenvector of the Hessian of KL in r at 0 for one row, by finite differences."""
    h, size = 1e-4, len(row)
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            total = 0.0
            for si, sj in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                moved = row.copy()
                moved[i] += si * h
                moved[j] += sj * h
                total += si * sj * kl(network, moved[None], p[None])
            hessian[i, j] = total / (4 * h * h)
    return np.linalg.eigh(hessian)[1][:, -1]


def captured_directions(network: Network, adversary, x, labels):
    """The moved inputs of the last forward pass of ``adversary``, minus x."""
    seen = []
    forward = network.forward

    def watching(rows, training=False):
        seen.append(rows.copy())
        return forward(rows, training)

    network.forward = watching  # type: ignore[method-assign]
    rng = np.random.default_rng(1)
    adversary.gradient(network, network.kernels.of(SoftmaxCrossEntropy)(), x, labels, len(x), rng)
    network.forward = forward  # type: ignore[method-assign]
    return seen[-1] - x


def test_power_iteration_finds_the_direction_of_greatest_curvature(kernels) -> None:
    network, x, labels = small_problem(kernels)
    p = softmax(network.forward(x))
    adversary = ADVERSARIES["vat"](epsilon=0.5, weight=1.0, xi=1e-3, power_iterations=60)
    moves = captured_directions(network, adversary, x, labels)
    np.testing.assert_allclose(np.linalg.norm(moves, axis=1), 0.5, rtol=1e-10)
    for i in range(ROWS):
        cosine = abs(moves[i] @ hessian_direction(network, x[i], p[i])) / 0.5
        assert cosine > 0.99, i


def test_virtual_adversarial_gradient_by_finite_differences(kernels) -> None:
    network, x, labels = small_problem(kernels)
    adversary = ADVERSARIES["vat"](epsilon=0.5, weight=0.7, xi=1e-2, power_iterations=2)
    moved = x + captured_directions(network, adversary, x, labels)
    p = softmax(network.forward(x))  # a constant, as is moved
    values, grads = network.parameters.values, network.parameters.grads.copy()

    def objective() -> float:
        loss, _ = network.kernels.of(SoftmaxCrossEntropy)()(
            network.forward(x, training=True), labels
        )
        return loss + 0.7 * kl(network, moved, p)

    for k in np.random.default_rng(0).choice(len(values), 40, replace=False):
        kept, h = values[k], 1e-6
        values[k] = kept + h
        above = objective()
        values[k] = kept - h
        below = objective()
        values[k] = kept
        np.testing.assert_allclose(grads[k], (above - below) / (2 * h), rtol=1e-5, atol=1e-8)


def test_float32_finds_nearly_the_same_direction(kernels) -> None:
    network, x, labels = small_problem(kernels)
    exact = captured_directions(
        network, ADVERSARIES["vat"](epsilon=1.0, weight=1.0, xi=1e-3, power_iterations=8), x, labels
    )
    tanh, rng = kernels.of(ACTIVATIONS["tanh"])(), np.random.default_rng(0)
    single = Network([FEATURES, 7, CLASSES], tanh, rng=rng, kernels=kernels)
    single.parameters.values[:] = network.parameters.values
    adversary = ADVERSARIES["vat"](epsilon=1.0, weight=1.0, xi=0.1, power_iterations=8)
    moves = captured_directions(single, adversary, x.astype(np.float32), labels)
    cosines = np.abs(np.einsum("ij,ij->i", moves, exact))
    assert np.median(cosines) > 0.98


@pytest.mark.parametrize(
    ("name", "values", "bad"),
    [
        ("linf", {"epsilon": -1.0, "clean_weight": 0.5}, "epsilon"),
        ("l2", {"epsilon": 1.0, "clean_weight": 1.5}, "clean_weight"),
        ("vat", {"epsilon": 1.0, "weight": 1.0, "xi": 0.0, "power_iterations": 1}, "xi"),
        ("vat", {"epsilon": 1.0, "weight": 1.0, "xi": 1.0, "power_iterations": 0}, "power"),
    ],
)
def test_bad_values_are_named(name: str, values: dict, bad: str) -> None:
    with pytest.raises(HyperparameterError, match=bad):
        ADVERSARIES[name](**values)


@pytest.mark.parametrize("scale", [1e-44, 1e-36, 1e-23, 1e-12, 1.0, 1e12, 1e30])
def test_the_direction_of_a_faint_gradient_has_length_one_too(scale: float) -> None:
    """A confident row's gradient is so small that its squares are 0 in float32."""
    rows = np.random.default_rng(0).standard_normal((20, 30), np.float32)
    rows[0] = 0.0
    lengths = np.linalg.norm(_unit_rows(rows * np.float32(scale)), axis=1)
    assert lengths[0] == 0.0
    np.testing.assert_allclose(lengths[1:], 1.0, rtol=1e-6)
    if scale == 1.0:  # and an ordinary one has the digits of the formula
        norms = np.sqrt(np.einsum("ij,ij->i", rows[1:], rows[1:]))[:, None]
        np.testing.assert_array_equal(_unit_rows(rows)[1:], rows[1:] / norms)
