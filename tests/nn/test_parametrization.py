"""muP: standard at its base width, table 3 of the paper at any other, and steps of one size."""

import itertools

import numpy as np
import pytest

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.initializers import INITIALIZERS, deviation
from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.kernels import kernels as named
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.parametrization import MaximalUpdate

FAST = named("fast")
ARGUMENTS = {"normal": {"std": 0.2}, "orthogonal": {"gain": 1.5}}
OPTIONS = [
    {},
    {"layer_norm": True},
    {"batch_norm": True},
    {"residual": "plain"},
    {"residual": "inverted", "layer_norm": True},
]


def make(sizes, kernels=PLAIN, dtype=np.float64, seed=0, **options):
    tanh = kernels.of(ACTIVATIONS["tanh"])()
    rng = np.random.default_rng(seed)
    return Network(sizes, tanh, rng=rng, kernels=kernels, dtype=dtype, **options)


def draw(rows, n_in=6, n_out=4, dtype=np.float64):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((rows, n_in)).astype(dtype)
    return x, np.argmax(x[:, :n_out], axis=1)


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("shape", [(300, 200), (200, 400)])
def test_the_deviation_is_that_of_what_is_drawn(name, shape):
    drawn = INITIALIZERS[name](np.random.default_rng(0), *shape, **ARGUMENTS.get(name, {}))
    assert deviation(name, shape, ARGUMENTS) == pytest.approx(drawn.std(), rel=0.01)


@pytest.mark.parametrize("scale_free", [True, False])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_at_the_base_width_it_is_the_standard_parametrization(kernels, options, scale_free):
    sizes, dtype = (6, 8, 8, 8, 4), np.float32
    standard = make(sizes, kernels, dtype, **options)
    mup = MaximalUpdate(base_width=8, scale_free=scale_free)
    ours = make(sizes, kernels, dtype, mup=mup, **options)
    np.testing.assert_array_equal(ours.parameters.values, standard.parameters.values)
    assert all(block.scale is None and block.gain is None for block in ours.blocks)


def rates(name, network, base_width, is_adam):
    """Table 3: how many times the rate at the base width a parameter's is."""
    kind, k = name.rstrip("0123456789"), int(name.lstrip("Wbgamet"))
    W = network.parameters.value(f"W{k}")
    last = W.shape[1] == network.sizes[-1]
    m_in = W.shape[0] / base_width if k else 1.0
    m_out = 1.0 if last else W.shape[1] / base_width
    if kind == "W":
        return 1.0 / m_in if is_adam or last else m_out / m_in
    return 1.0 if is_adam else m_out


@pytest.mark.parametrize("optim", ["sgd", "momentum", "adam", "rmsprop"])
@pytest.mark.parametrize("options", OPTIONS[:4], ids=str)
def test_one_rate_and_multipliers_are_the_rates_of_table_3(options, optim):
    """A standard network with the paper's initial variances and a rate for each parameter makes
    the same steps. Its first weights are those of ours times our multipliers."""
    base_width, lr = 2, 0.01
    args = {
        "momentum": {"momentum": 0.9, "dampening": 0.0},
        "adam": {"beta1": 0.9, "beta2": 0.99, "eps": 1e-300},
        "rmsprop": {"alpha": 0.9, "eps": 1e-300, "momentum": 0.5, "centered": False},
    }.get(optim, {})
    is_adam = optim in ("adam", "rmsprop")
    assert OPTIMIZERS[optim].scale_free == is_adam
    if is_adam and options.get("batch_norm"):
        pytest.skip("a bias before batch norm has gradient 0, and Adam makes steps of its rounding")
    mup = MaximalUpdate(base_width=base_width, scale_free=is_adam)
    sizes = (6, 16, 16, 16, 4)
    ours = make(sizes, mup=mup, **options)
    paper = make(sizes, seed=1, **options)
    for k, block in enumerate(ours.blocks):
        scale = block.scale.factor if block.scale else 1.0
        gain = block.gain.factor if block.gain else 1.0
        paper.parameters.value(f"W{k}")[...] = scale * gain * block.dense.W
    for k in range(4):  # table 3: hidden 1 / n_in, output 1 / n_in^2
        m_in = sizes[k] / base_width if k else 1.0
        base = ((6, 2), (2, 2), (2, 2), (2, 4))[k]
        wanted = deviation("glorot_uniform", base, {}) / (m_in if k == 3 else m_in**0.5)
        bound = np.abs(paper.parameters.value(f"W{k}")).max()
        assert 0.8 * wanted * 3**0.5 < bound <= wanted * 3**0.5 * (1 + 1e-12)
    x, labels = draw(24)
    loss, params = SoftmaxCrossEntropy(), paper.parameters
    one = OPTIMIZERS[optim](params.size, params.n_weights, np.float64, **args)
    each = {n: OPTIMIZERS[optim](params.value(n).size, 0, np.float64, **args) for n in params.names}
    for _ in range(20):
        values = []
        for network in (ours, paper):
            value, dlogits = loss(network.forward(x, training=True), labels)
            network.backward(dlogits)
            values.append(value)
        assert values[0] == pytest.approx(values[1], rel=1e-9)
        one.step(ours.parameters.values, ours.parameters.grads, lr)
        for name, optimizer in each.items():
            rate = lr * rates(name, paper, base_width, is_adam)
            view = params.value(name)
            step = view.ravel().copy()
            optimizer.step(step, params.grad(name).ravel(), rate)
            view[...] = step.reshape(view.shape)
    np.testing.assert_allclose(ours.forward(x), paper.forward(x), rtol=1e-7, atol=1e-9)


WIDTHS = (64, 256, 1024, 2048)


def changes(width, mup, optim, lr, args, steps=4):
    """Mean change of a hidden activation (of both layers) and of a logit after a few steps."""
    sizes, dtype = (30, width, width, 5), np.float32
    network, found = make(sizes, FAST, dtype, mup=mup), []
    x, labels = draw(64, 30, 5, dtype)

    def coordinates():
        logits = network.forward(x).copy()
        return [*(block.activation._y.copy() for block in network.blocks[:-1]), logits]

    before, params = coordinates(), network.parameters
    optimizer = FAST.of(OPTIMIZERS[optim])(params.size, params.n_weights, dtype, **args)
    loss = FAST.of(SoftmaxCrossEntropy)()
    for _ in range(steps):
        _, dlogits = loss(network.forward(x, training=True), labels)
        network.backward(dlogits)
        optimizer.step(params.values, params.grads, lr)
    for one, other in zip(before, coordinates(), strict=True):
        found.append(float(np.abs(other - one).mean()))
    return found


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize(
    ("optim", "lr", "args"),
    [("adam", 1e-3, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-15}), ("sgd", 0.1, {})],
)
def test_coordinate_check(optim, lr, args):
    """Yang et al. 2021, figure 5: what a step changes neither grows nor fades with the width, and
    in the standard parametrization it grows (Adam) or one layer leaves the other behind (SGD)."""
    mup = MaximalUpdate(base_width=64, scale_free=OPTIMIZERS[optim].scale_free)
    table = np.array([changes(width, mup, optim, lr, args) for width in WIDTHS])
    assert (table.max(axis=0) / table.min(axis=0) < 1.7).all(), table
    slopes = np.polyfit(np.log(WIDTHS), np.log(table), 1)[0]
    assert (np.abs(slopes) < 0.12).all(), slopes
    standard = np.array([changes(width, None, optim, lr, args) for width in WIDTHS])
    slopes = np.polyfit(np.log(WIDTHS), np.log(standard), 1)[0]
    assert np.abs(slopes).max() > 0.3, slopes
    assert list(itertools.chain(standard[0])) == pytest.approx(list(table[0]))
