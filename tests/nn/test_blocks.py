"""Layer norm, residual blocks, activations by layer: gradients, plain and fast, by hand."""

import numpy as np
import pytest
from central_differences import assert_gradient

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.blocks import affine_shapes, plan
from mlp_scratch.nn.fast.replica import replica
from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.kernels import kernels as named
from mlp_scratch.nn.layers import LayerNorm
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.parametrization import MaximalUpdate
from mlp_scratch.nn.range_checks import HyperparameterError

ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
NORMS = [{}, {"layer_norm": True}, {"batch_norm": True}]
MUP = [{}, {"scale_free": True}, {"scale_free": False}]  # muP of base width 2
SHAPES = [
    {"sizes": (5, 6, 7, 4)},
    {"sizes": (5, 6, 6, 6, 4), "residual": "plain"},
    {"sizes": (6, 6, 7, 7, 4), "residual": "plain"},
    {"sizes": (5, 6, 6, 6, 4), "residual": "inverted"},
]
DROPOUTS = [{}, {"dropout": 0.3, "input_dropout": 0.1}]
CASES = [
    shape | norm | mup | dropout
    for shape in SHAPES
    for norm in NORMS
    for mup in MUP
    for dropout in DROPOUTS[: 1 if norm and mup else 2]
]


def make(kernels, sizes, activation="gelu", dtype=np.float64, **options):
    def one(name):
        arguments = {"approximate": "none"} if name == "gelu" else {}
        return kernels.of(ACTIVATIONS[name])(**arguments)

    if "scale_free" in options:
        options["mup"] = MaximalUpdate(base_width=2, scale_free=options.pop("scale_free"))
    several = isinstance(activation, list)
    network = Network(
        sizes,
        [one(name) for name in activation] if several else one(activation),
        rng=np.random.default_rng(0),
        kernels=kernels,
        dtype=dtype,
        **options,
    )
    rng = np.random.default_rng(1)
    for name in network.parameters.names:  # nothing hides at 0 or 1
        if name[0] != "W":
            value = network.parameters.value(name)
            value += 0.2 * rng.standard_normal(value.shape)
    return network


def draw(rows, n_in=5, n_out=4, dtype=np.float64):
    rng = np.random.default_rng(2)
    return rng.standard_normal((rows, n_in)).astype(dtype), rng.integers(0, n_out, rows)


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradient(kernels, case):
    """ReLU works in place, and GELU keeps what it is given."""
    activation = ("relu", "gelu")[CASES.index(case) % 2]
    network, loss = make(kernels, activation=activation, **case), kernels.of(SoftmaxCrossEntropy)()
    x, labels = draw(7, network.sizes[0])

    def forward():
        network.draw_from(np.random.default_rng(3))
        return loss(network.forward(x, training=True), labels)

    network.parameters.grads.fill(np.nan)
    dx = network.backward(forward()[1], need_dx=True).copy()
    assert_gradient(
        network.parameters.grads.copy(), lambda: forward()[0], network.parameters.values
    )
    assert_gradient(dx, lambda: forward()[0], x)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", [c for c in CASES if not c.get("batch_norm")], ids=str)
def test_fast_is_plain_in_thirty_steps(case, dtype):
    """With batches of several lengths; a bias before batch norm cannot be compared, see
    test_fast_equals_plain.py."""
    results = []
    for kernels in (PLAIN, named("fast")):
        network = make(kernels, dtype=dtype, dropout_rng=np.random.default_rng(4), **case)
        params, loss = network.parameters, kernels.of(SoftmaxCrossEntropy)()
        x, labels = draw(40, network.sizes[0], dtype=dtype)
        adam = kernels.of(OPTIMIZERS["adam"])(params.size, params.n_weights, dtype, **ADAM)
        for step in range(30):
            rows = slice(step % 3 * 16, step % 3 * 16 + 16)
            logits = network.forward(x[rows], training=True)
            value, dlogits = loss(logits, labels[rows])
            network.backward(dlogits)
            adam.step(params.values, params.grads, 1e-3)
        results.append((params.values, value, network.forward(x).copy()))
    tolerance = 1e-10 if dtype is np.float64 else 2e-4
    for plain, fast in zip(*results, strict=True):
        np.testing.assert_allclose(fast, plain, rtol=0, atol=tolerance)


@pytest.mark.parametrize("units", [1, 2, 50])
def test_layer_norm_alone(kernels, units):
    rng = np.random.default_rng(0)
    gamma, beta, dgamma, dbeta = rng.standard_normal((4, units))
    layer = kernels.of(LayerNorm)(gamma, beta, dgamma, dbeta, eps=1e-3)
    for rows in (6, 2, 9):
        x, c = 3 + 2 * rng.standard_normal((rows, units)), rng.standard_normal((rows, units))
        y = layer.forward(x.copy()).copy()
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        np.testing.assert_allclose(y, gamma * (x - mean) / np.sqrt(var + 1e-3) + beta, atol=1e-12)
        dx = layer.backward(c.copy()).copy()

        def f(x=x, c=c):
            return float(np.sum(c * layer.forward(x.copy())))

        assert_gradient(dx, f, x)
        assert_gradient(dgamma.copy(), f, gamma)
        assert_gradient(dbeta.copy(), f, beta)


def test_layer_norm_of_large_numbers_in_float32(kernels):
    ones = np.ones(50, np.float32)
    layer = kernels.of(LayerNorm)(ones, 0 * ones, ones.copy(), ones.copy(), eps=1e-5)
    x = (100 + np.random.default_rng(0).standard_normal((512, 50))).astype(np.float32)
    y = layer.forward(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-4)
    np.testing.assert_allclose(y.var(axis=1), 1, atol=1e-3)


def gelu(z):
    return ACTIVATIONS["gelu"](approximate="none").forward(z)


def normalized(x, p, k):
    xhat = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    return p[f"gamma{k}"] * xhat + p[f"beta{k}"]


def test_inverted_bottlenecks_by_hand(kernels):
    """As Bachmann et al. have them: an embedding, x + W2 gelu(W1 norm(x)), a linear head."""
    sizes = (5, 6, 6, 6, 4)
    network, (x, _) = make(kernels, sizes, residual="inverted", layer_norm=True), draw(3)
    p = network.parameters.arrays()
    assert [p[f"W{k}"].shape for k in range(6)] == affine_shapes(sizes, "inverted")
    assert p["W1"].shape == (6, 24)
    assert sorted(name for name in p if name.startswith("gamma")) == ["gamma1", "gamma3"]
    h = x @ p["W0"] + p["b0"]
    for k in (1, 3):
        inside = gelu(normalized(h, p, k) @ p[f"W{k}"] + p[f"b{k}"])
        h = h + inside @ p[f"W{k + 1}"] + p[f"b{k + 1}"]
    np.testing.assert_allclose(network.forward(x), h @ p["W5"] + p["b5"], atol=1e-12)


def test_plain_residuals_by_hand(kernels):
    """The first hidden layer and one of another width have none, though the inputs are as many."""
    network = make(kernels, (6, 6, 6, 7, 4), residual="plain", layer_norm=True)
    x, p = draw(3, 6)[0], network.parameters.arrays()
    h = gelu(normalized(x @ p["W0"] + p["b0"], p, 0))
    h = h + gelu(normalized(h @ p["W1"] + p["b1"], p, 1))
    h = gelu(normalized(h @ p["W2"] + p["b2"], p, 2))
    np.testing.assert_allclose(network.forward(x), h @ p["W3"] + p["b3"], atol=1e-12)


def test_activations_by_layer(kernels):
    network = make(kernels, (5, 6, 7, 4), activation=["relu", "tanh"])
    x, p = draw(3)[0], network.parameters.arrays()
    h = np.tanh(np.maximum(x @ p["W0"] + p["b0"], 0) @ p["W1"] + p["b1"])
    np.testing.assert_allclose(network.forward(x), h @ p["W2"] + p["b2"], atol=1e-12)
    big = make(kernels, (500, 400, 300, 4), activation=["relu", "tanh"]).parameters.arrays()
    assert big["W0"].std() == pytest.approx((2 / 500) ** 0.5, rel=0.02)  # each its own scheme
    assert big["W1"].std() == pytest.approx((2 / 700) ** 0.5, rel=0.02)
    with pytest.raises(HyperparameterError, match="activation"):
        make(kernels, (5, 6, 7, 4), activation=["relu"])
    with pytest.raises(HyperparameterError, match="layer_norm"):
        make(kernels, (5, 6, 4), layer_norm=True, batch_norm=True)


@pytest.mark.parametrize(
    ("sizes", "residual"),
    [
        ((5, 6, 7, 4), "plain"),
        ((6, 6, 4), "plain"),
        ((6, 4), "plain"),
        ((5, 6, 4), "inverted"),
        ((5, 6, 7, 4), "inverted"),
        ((5, 6, 6, 4), "both"),
    ],
)
def test_where_nothing_can_be_added(sizes, residual):
    with pytest.raises(HyperparameterError, match="residual must be"):
        plan(sizes, residual)


@pytest.mark.parametrize("options", [SHAPES[1] | {"layer_norm": True}, SHAPES[3] | NORMS[1]])
def test_rows_stay_separable(options):
    """So workers can share a batch: a replica's gradient of half the rows is half of it."""
    network, (x, labels) = make(named("fast"), **options), draw(8)
    assert network.separable
    other, loss = replica(network), named("fast").of(SoftmaxCrossEntropy)()

    def gradient(of, rows):
        of.backward(loss(of.forward(x[rows], training=True), labels[rows], 8)[1])
        return of.parameters.grads.copy()

    whole = gradient(network, slice(8))
    network.parameters.grads.fill(0)
    halves = gradient(other, slice(4))
    assert not network.parameters.grads.any()  # a replica writes to its own
    halves += gradient(network, slice(4, 8))
    np.testing.assert_allclose(halves, whole, rtol=1e-10, atol=1e-14)
    network.parameters.values *= 1.5
    np.testing.assert_array_equal(other.forward(x), network.forward(x).copy())
