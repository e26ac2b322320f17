"""The whole network: gradients through everything at once, blocks of rows, memory, same bits."""

import itertools

import numpy as np
import pytest
from central_differences import assert_gradient, penalty

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.regularizers import add_l1, add_l2

ACTIVATION_ARGS = {
    "leaky_relu": {"negative_slope": 0.1},
    "elu": {"alpha": 1.2},
    "gelu": {"approximate": "none"},
    "softplus": {"beta": 1.0},
}


def make(kernels, sizes=(5, 7, 6, 4), activation="tanh", seed=0, dtype=np.float64, **args):
    args.setdefault("dropout_rng", np.random.default_rng(seed + 1))
    chosen = kernels.of(ACTIVATIONS[activation])(**ACTIVATION_ARGS.get(activation, {}))
    args |= {"dtype": dtype, "kernels": kernels}
    network = Network(sizes, chosen, rng=np.random.default_rng(seed), **args)
    for name in network.parameters.names:
        if name.startswith("b"):  # biases and betas off zero, so that nothing hides there
            values = network.parameters.value(name)
            values[...] = 0.1 * np.random.default_rng(seed + 2).standard_normal(values.shape)
    return network


def draw(rows, sizes=(5, 7, 6, 4), dtype=np.float64, seed=3):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, sizes[0])).astype(dtype), rng.integers(0, sizes[-1], rows)


GRADIENT_CASES = [
    *[{"activation": name} for name in ACTIVATIONS],
    *[{"activation": name, "batch_norm": True} for name in ("relu", "silu", "tanh", "identity")],
    {"dropout": 0.3},
    {"dropout": [0.2, 0.5], "input_dropout": 0.3},
    {"dropout": [0.0, 0.5], "batch_norm": True, "activation": "gelu"},
    {"sizes": (5, 4)},
    {"sizes": (5, 3, 3, 3, 3, 3, 4), "activation": "elu", "dropout": 0.1, "batch_norm": True},
]


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("args", GRADIENT_CASES, ids=str)
def test_gradient(kernels, args, smoothing):
    """Every parameter and the input, with dropout's masks frozen and penalties on top."""
    masks = np.random.default_rng(5)
    state = masks.bit_generator.state
    network, loss = (
        make(kernels, dropout_rng=masks, **args),
        kernels.of(SoftmaxCrossEntropy)(smoothing),
    )
    params, (x, labels) = network.parameters, draw(9)

    def forward():
        masks.bit_generator.state = state
        return loss(network.forward(x, training=True), labels)

    def f():
        return forward()[0] + penalty(params, l1=0.01, l2=0.02)

    params.grads.fill(np.nan)  # backward writes all of it
    dx = network.backward(forward()[1], need_dx=True).copy()
    kernels.of(add_l1)(params, 0.01)
    kernels.of(add_l2)(params, 0.02)
    assert_gradient(params.grads.copy(), f, params.values)
    assert_gradient(dx, f, x)


def test_gradient_in_evaluation_mode(kernels):
    """As adversarial examples want it: running statistics, no dropout, and dx."""
    network, loss, (x, labels) = (
        make(kernels, batch_norm=True, dropout=0.5),
        kernels.of(SoftmaxCrossEntropy)(),
        draw(4),
    )
    network.forward(x, training=True)

    def f():
        return loss(network.forward(x), labels)[0]

    _, dlogits = loss(network.forward(x), labels)
    dx = network.backward(dlogits, need_dx=True).copy()
    grads = network.parameters.grads.copy()
    assert_gradient(dx, f, x)
    assert_gradient(grads, f, network.parameters.values)


def test_dx_only_when_asked(kernels):
    network, (x, labels) = make(kernels), draw(4)
    _, dlogits = kernels.of(SoftmaxCrossEntropy)()(network.forward(x), labels)
    assert network.backward(dlogits) is None
    assert network.backward(dlogits, need_dx=True).shape == x.shape


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_blocks_of_rows_add_up_to_the_whole_batch(kernels, activation, smoothing):
    network, (x, labels) = make(kernels, activation=activation), draw(23)
    loss = kernels.of(SoftmaxCrossEntropy)(smoothing)
    whole, dlogits = loss(network.forward(x, training=True), labels)
    network.backward(dlogits)
    expected = network.parameters.grads.copy()
    total, value = np.zeros_like(expected), 0.0
    for start in range(0, 23, 8):
        rows = slice(start, start + 8)
        part, dlogits = loss(network.forward(x[rows], training=True), labels[rows], 23)
        network.backward(dlogits)
        total += network.parameters.grads
        value += part
    assert value == pytest.approx(whole, rel=1e-13)
    np.testing.assert_allclose(total, expected, rtol=1e-11, atol=1e-15)


def by_hand(network, x):
    """Logits of a two-hidden-layer tanh network, spelled out."""
    p = {name: network.parameters.value(name) for name in network.parameters.names}
    hidden = np.tanh(np.tanh(x @ p["W0"] + p["b0"]) @ p["W1"] + p["b1"])
    return hidden @ p["W2"] + p["b2"]


def test_forward_with_batches_of_any_size(kernels):
    network = make(kernels)
    for rows in (4, 2, 9, 1, 4):
        x, _ = draw(rows, seed=rows)
        logits = network.forward(x)
        np.testing.assert_allclose(logits, by_hand(network, x), rtol=1e-12, atol=1e-14)


def test_names_and_order_of_parameters(kernels):
    network = make(kernels, batch_norm=True)
    names = ["W0", "W1", "W2", "b0", "b1", "b2", "gamma0", "beta0", "gamma1", "beta1"]
    assert list(network.parameters.names) == names
    assert network.parameters.n_weights == 5 * 7 + 7 * 6 + 6 * 4
    statistics = ["running_mean0", "running_var0", "running_mean1", "running_var1"]
    assert list(network.buffers) == statistics
    assert make(kernels).buffers == {}
    network.forward(draw(8)[0], training=True)
    assert network.buffers["running_mean1"].any()  # live


def test_first_values(kernels):
    network = Network(
        (300, 200, 100, 10),
        ACTIVATIONS["relu"](),
        rng=np.random.default_rng(0),
        batch_norm=True,
        kernels=kernels,
    )
    value = network.parameters.value
    assert value("W0").std() == pytest.approx((2 / 300) ** 0.5, rel=0.02)  # he_normal
    assert np.abs(value("W2")).max() <= (6 / 110) ** 0.5  # glorot_uniform
    assert value("W2").std() == pytest.approx((2 / 110) ** 0.5, rel=0.1)
    for name in ("b0", "b1", "b2", "beta0", "beta1"):
        assert not value(name).any()
    assert (value("gamma1") == 1).all()


@pytest.mark.parametrize(
    ("args", "std"),
    [
        ({"initializer": "normal", "init_std": 0.3}, 0.3),
        ({"initializer": "orthogonal", "init_gain": 2.0}, 2 / 200**0.5),
        ({"initializer": "lecun_uniform"}, 200**-0.5),
    ],
)
def test_initializer_is_for_every_layer(kernels, args, std):
    network = make(kernels, (200, 200, 200), **args)
    for name in ("W0", "W1"):
        assert network.parameters.value(name).std() == pytest.approx(std, rel=0.03)


def test_activation_given_is_not_shared(kernels):
    given, rng = kernels.of(ACTIVATIONS["tanh"])(), np.random.default_rng(0)
    network = Network((3, 4, 4, 2), given, rng=rng, kernels=kernels)
    network.forward(np.ones((2, 3), np.float32))
    assert not hasattr(given, "_y")


def test_an_activation_of_ones_own_needs_three_names(kernels):
    class Softsign:
        initializer = "glorot_normal"

        def forward(self, z):
            self._d = 1 + np.abs(z)
            return z / self._d

        def backward(self, dy):
            return dy / self._d**2

    rng, args = np.random.default_rng(0), {"dtype": np.float64, "kernels": kernels}
    network = Network((5, 6, 4), Softsign(), rng=rng, **args)
    loss, (x, labels) = kernels.of(SoftmaxCrossEntropy)(), draw(5)

    def f():
        return loss(network.forward(x), labels)[0]

    network.backward(loss(network.forward(x), labels)[1])
    assert_gradient(network.parameters.grads.copy(), f, network.parameters.values)


def test_dropout_needs_its_generator():
    network = Network((3, 4, 2), ACTIVATIONS["relu"](), rng=np.random.default_rng(0), dropout=0.5)
    x = np.ones((2, 3), np.float32)
    network.forward(x)
    with pytest.raises(ValueError, match="dropout needs a generator"):
        network.forward(x, training=True)
    network.draw_from(np.random.default_rng(1))
    network.forward(x, training=True)


def test_evaluation_changes_nothing(kernels):
    masks = np.random.default_rng(5)
    args = {"batch_norm": True, "dropout": 0.5, "input_dropout": 0.1, "dropout_rng": masks}
    network, (x, _) = make(kernels, **args), draw(6)
    state = masks.bit_generator.state
    first = network.forward(x).copy()
    np.testing.assert_array_equal(network.forward(x), first)
    assert masks.bit_generator.state == state
    assert not network.buffers["running_mean0"].any()


def train(network, steps, x, labels, rows):
    params = network.parameters
    kernels, args = network.kernels, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    adam = kernels.of(OPTIMIZERS["adam"])(params.size, params.n_weights, network.dtype, **args)
    loss = kernels.of(SoftmaxCrossEntropy)(0.1)
    for start in itertools.islice(itertools.cycle(range(0, len(x), rows)), steps):
        logits = network.forward(x[start : start + rows], training=True)
        value, dlogits = loss(logits, labels[start : start + rows])
        network.backward(dlogits)
        adam.step(params.values, params.grads, 0.01)
    return value


@pytest.mark.parametrize("args", [{}, {"batch_norm": True, "dropout": 0.2, "activation": "gelu"}])
def test_same_seed_same_bits(kernels, args):
    sizes = (50, 40, 30, 10)
    x, labels = draw(100, sizes, np.float32)
    runs = []
    for _ in range(2):
        network = make(kernels, sizes, dtype=np.float32, **args)
        value = train(network, 40, x, labels, rows=32)  # the last batch of four rows
        runs.append((value, network.parameters.values.copy()))
    assert runs[0][0] == runs[1][0]
    np.testing.assert_array_equal(runs[0][1], runs[1][1])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_learns_in_float32(kernels, activation):
    sizes = (20, 32, 16, 4)
    x, _ = draw(256, sizes, np.float32)
    labels = np.argmax(x[:, :4], axis=1)
    network = make(kernels, sizes, activation, dtype=np.float32)
    train(network, 200, x, labels, rows=64)
    assert np.mean(network.forward(x).copy().argmax(axis=1) == labels) > 0.95
