"""Looking into a network: against differences, sums and PyTorch's hooks."""

import numpy as np
import pytest
from explained_networks import NETWORKS, network

from mlp_scratch.insight.explain.opened import Opened

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("kind", ["plain", "fast"])
@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_central_differences(name, kind):
    made, x, eps = network(name, kind), RNG.normal(size=(3, 6)), 1e-6
    opened = Opened(made)
    found = opened.gradients(x, 2).copy()
    for i in range(6):
        moved = np.zeros(6)
        moved[i] = eps
        above = made.forward(x + moved)[:, 2].copy()
        below = made.forward(x - moved)[:, 2].copy()
        np.testing.assert_allclose(found[:, i], (above - below) / (2 * eps), atol=1e-7)


@pytest.mark.parametrize("name", NETWORKS)
def test_looking_changes_nothing(name):
    made, x = network(name), RNG.normal(size=(3, 6))
    before = made.parameters.values.copy(), made.parameters.grads.copy()
    kept = {key: buffer.copy() for key, buffer in made.buffers.items()}
    opened = Opened(made)
    np.testing.assert_array_equal(opened.outputs(x), made.forward(x))
    opened.layers(x[0], 1)
    np.testing.assert_array_equal(made.parameters.values, before[0])
    np.testing.assert_array_equal(made.parameters.grads, before[1])
    assert all((made.buffers[key] == value).all() for key, value in kept.items())


def test_arguments_of_the_last_hidden_layer_and_the_bias_add_up_to_the_output():
    made, x = network(), RNG.normal(size=6)
    opened = Opened(made)
    y = opened.outputs(x[None])[0]
    for unit in range(4):
        last = opened.layers(x, unit)[-1]
        bias = made.parameters.value("b2")[unit]
        assert last.arguments.sum() + bias == pytest.approx(y[unit], rel=1e-12)
        np.testing.assert_allclose(last.slopes, made.parameters.value("W2")[:, unit])


@pytest.mark.slow
def test_activations_and_slopes_are_those_of_pytorch_hooks():
    torch = pytest.importorskip("torch")
    made, x = network("tanh"), RNG.normal(size=6)
    value = made.parameters.value
    h, kept = torch.tensor(x[None]), []
    for k in range(3):
        h = h @ torch.tensor(value(f"W{k}")) + torch.tensor(value(f"b{k}"))
        if k < 2:
            h = torch.tanh(h).requires_grad_()
            h.retain_grad()
            kept.append(h)
    h[0, 3].backward()
    for ours, theirs in zip(Opened(made).layers(x, 3), kept, strict=True):
        np.testing.assert_allclose(ours.a, theirs.detach()[0], rtol=1e-12)
        np.testing.assert_allclose(ours.slopes, theirs.grad[0], rtol=1e-12)
