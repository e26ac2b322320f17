"""Every fast class gives what its plain one gives, call for call.

In float64 to 1e-12 of the larger of 1 and the largest value, which leaves room for sums in another
order and for formulas that were rearranged, and none for a constant that is off. In float32 to
1e-6 of it, eight times the spacing of numbers there, for one call; training for 30 steps lets such
differences grow, and is held to 2e-5.
"""

import numpy as np
import pytest
from cases import ACTIVATION_CASES, OPTIMIZER_CASES
from loss_cases import LOSS_CASES, WEIGHTINGS, drawn, made, weights_of

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.averaging import EMA
from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.kernels import kernels as named
from mlp_scratch.nn.layers import BatchNorm, Dense, Dropout, Output
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.parameters import Parameters
from mlp_scratch.nn.regularizers import add_l1, add_l2

FAST = named("fast")
BOTH = (PLAIN, FAST)
ONE_CALL = {np.float64: 1e-12, np.float32: 1e-6}
TRAINING = {np.float64: 1e-12, np.float32: 2e-5}
DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])
ROWS = (5, 2, 9, 9, 1, 5)  # batches whose size changes between the calls


def assert_equal(plain, fast, dtype, tolerances=ONE_CALL) -> None:
    plain, fast = np.asarray(plain), np.asarray(fast)
    assert plain.dtype == fast.dtype
    scale = max(1.0, np.abs(plain).max())
    np.testing.assert_allclose(fast, plain, rtol=0, atol=tolerances[dtype] * scale)


@DTYPES
@pytest.mark.parametrize("case", ACTIVATION_CASES)
def test_activation(case, dtype) -> None:
    name, args = ACTIVATION_CASES[case]
    plain, fast = (kernels.of(ACTIVATIONS[name])(**args) for kernels in BOTH)
    rng = np.random.default_rng(0)
    for rows in ROWS:
        z, dy = 3 * rng.standard_normal((2, rows, 40)).astype(dtype)
        z[0, :3] = (0.0, 30.0, -30.0)
        y = plain.forward(z.copy())
        assert_equal(y, fast.forward(z.copy()), dtype)
        assert_equal(plain.backward(dy.copy()), fast.backward(dy.copy()), dtype)


@DTYPES
@pytest.mark.parametrize("kind", [Dense, Output])
def test_dense(kind, dtype) -> None:
    rng = np.random.default_rng(0)
    W, b = rng.standard_normal((6, 4)).astype(dtype), rng.standard_normal(4).astype(dtype)
    layers = [k.of(kind)(W, b, np.empty_like(W), np.empty_like(b)) for k in BOTH]
    for rows in ROWS:
        x, dy = (rng.standard_normal((rows, n)).astype(dtype) for n in (6, 4))
        for training in (True, False):
            assert_equal(*(layer.forward(x, training) for layer in layers), dtype)
        assert_equal(*(layer.backward(dy) for layer in layers), dtype)
        assert_equal(*(layer.dW for layer in layers), dtype)
        assert_equal(*(layer.db for layer in layers), dtype)


@DTYPES
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9999999])
def test_dropout_has_the_same_masks(rate, dtype) -> None:
    plain, fast = (kernels.of(Dropout)(rate, np.random.default_rng(0)) for kernels in BOTH)
    for rows in ROWS:
        x, dy = np.ones((rows, 7), dtype), np.ones((rows, 7), dtype)
        y = plain.forward(x, True)
        np.testing.assert_array_equal(y, fast.forward(x, True))
        np.testing.assert_array_equal(plain.backward(dy.copy()), fast.backward(dy.copy()))
        np.testing.assert_array_equal(plain.forward(x, False), fast.forward(x, False))
    assert plain.rng.bit_generator.state == fast.rng.bit_generator.state


@DTYPES
def test_batch_norm(dtype) -> None:
    rng = np.random.default_rng(0)
    gamma, beta = rng.uniform(0.5, 2, 7).astype(dtype), rng.standard_normal(7).astype(dtype)
    layers = [
        kernels.of(BatchNorm)(
            gamma, beta, np.empty_like(gamma), np.empty_like(beta), eps=1e-3, momentum=0.1
        )
        for kernels in BOTH
    ]
    for rows in ROWS:
        x, dy = rng.standard_normal((2, rows, 7)).astype(dtype)
        for training in (True, False):
            assert_equal(*(layer.forward(x.copy(), training) for layer in layers), dtype)
            assert_equal(*(layer.backward(dy.copy()) for layer in layers), dtype)
            for name in ("dgamma", "dbeta", "running_mean", "running_var"):
                assert_equal(*(getattr(layer, name) for layer in layers), dtype)


@DTYPES
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("batch_size", [None, 20])
def test_loss(smoothing, batch_size, dtype) -> None:
    plain, fast = (kernels.of(SoftmaxCrossEntropy)(smoothing) for kernels in BOTH)
    rng = np.random.default_rng(0)
    for rows in ROWS:
        logits = (5 * rng.standard_normal((rows, 6))).astype(dtype)
        logits[0, 1:3] = logits[0].max() + 1  # two that are largest
        labels = rng.integers(0, 6, rows)
        loss, dlogits = plain(logits, labels, batch_size)
        loss_fast, dlogits_fast = fast(np.asfortranarray(logits), labels, batch_size)
        assert_equal(loss, loss_fast, dtype)
        assert_equal(dlogits, dlogits_fast, dtype)
        assert plain.correct == fast.correct


@DTYPES
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("divisor", [None, 20.0])
@pytest.mark.parametrize("case", LOSS_CASES)
def test_every_loss(case, divisor, weighting, dtype) -> None:
    plain, fast = (made(case, kernels) for kernels in BOTH)
    for rows in ROWS:
        outputs, targets = drawn(case, PLAIN, rows)[1:]
        outputs, weights = outputs.astype(dtype), weights_of(weighting, rows)
        if plain.task == "regression":
            targets = targets.astype(dtype)
        loss, slopes = plain(outputs, targets, divisor, weights)
        loss_fast, slopes_fast = fast(np.asfortranarray(outputs), targets, divisor, weights)
        assert isinstance(loss_fast, float)
        assert_equal(loss, loss_fast, dtype)
        assert_equal(slopes, slopes_fast, dtype)
        assert getattr(plain, "correct", 0) == getattr(fast, "correct", 0)


def state_as_in_the_paper(name, optimizer) -> dict[str, np.ndarray]:
    """The fast Adam's moments wait for their factors."""
    factors = {"m": 1.0, "v": 1.0}
    if name in ("adam", "adamw") and type(optimizer).__module__.endswith("fast.optimizers"):
        factors = {"m": 1 - optimizer.beta1, "v": 1 - optimizer.beta2}
    return {key: array * factors.get(key, 1.0) for key, array in optimizer.state.items()}


@DTYPES
@pytest.mark.parametrize("case", OPTIMIZER_CASES)
def test_optimizer(case, dtype) -> None:
    name, _, _, args = OPTIMIZER_CASES[case]
    if "weight_decay" in args:
        args = args | {"weight_decay": 0.3}
    if "lr_decay" in args:
        args = args | {"lr_decay": 0.2, "initial_accumulator": 0.1}
    plain, fast = (kernels.of(OPTIMIZERS[name])(20, 15, dtype, **args) for kernels in BOTH)
    rng = np.random.default_rng(0)
    p = rng.standard_normal(20).astype(dtype)
    q = p.copy()
    for step in range(12):
        grads = rng.standard_normal(20).astype(dtype)
        for optimizer, params in ((plain, p), (fast, q)):
            optimizer.step(params, grads, 0.01 / (1 + step))
        assert_equal(p, q, dtype)
        assert plain.t == fast.t
        states = [state_as_in_the_paper(name, optimizer) for optimizer in (plain, fast)]
        assert states[0].keys() == states[1].keys()
        for key, array in states[0].items():
            assert_equal(array, states[1][key], dtype)


@DTYPES
def test_penalties_and_average_have_the_same_bits(dtype) -> None:
    rng = np.random.default_rng(0)
    results = []
    values = rng.standard_normal((10, 30)).astype(dtype)
    for kernels in BOTH:
        params = kernels.of(Parameters)({"W0": (4, 6), "b0": (6,)}, dtype)
        average = kernels.of(EMA)(30, dtype, decay=0.8)
        for row in values:
            params.values[...] = row
            kernels.of(add_l1)(params, 0.03)
            kernels.of(add_l2)(params, 0.01)
            average.after_step(params.values)
        results.append((params.grads, average.values))
    for plain, fast in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, fast)


DROPOUT = {"dropout": 0.3, "input_dropout": 0.1}
# A bias before batch normalization has gradient 0 but for rounding, of which optimizers with steps
# of one size for each parameter makes whole steps: there only momentum can be compared.
NETWORKS = [
    *[(case, options) for case in OPTIMIZER_CASES for options in ({}, DROPOUT)],
    *[("momentum", {"batch_norm": True} | options) for options in ({}, DROPOUT)],
]


@DTYPES
@pytest.mark.parametrize(("case", "options"), NETWORKS, ids=str)
def test_a_network_in_thirty_steps(case, options, dtype) -> None:
    """Batches of 16 and a shorter last one, gelu, label smoothing."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((70, 12)).astype(dtype)
    labels = np.argmax(x[:, :5], axis=1)
    results = []
    for kernels in BOTH:
        network = Network(
            [12, 20, 15, 5],
            kernels.of(ACTIVATIONS["gelu"])(approximate="none"),
            rng=np.random.default_rng(1),
            dropout_rng=np.random.default_rng(2),
            dtype=dtype,
            kernels=kernels,
            **options,
        )
        params, loss = network.parameters, kernels.of(SoftmaxCrossEntropy)(0.1)
        name, _, _, args = OPTIMIZER_CASES[case]
        optimizer = kernels.of(OPTIMIZERS[name])(params.size, params.n_weights, dtype, **args)
        losses = []
        for step in range(30):
            start = step % 5 * 16
            logits = network.forward(x[start : start + 16], training=True)
            value, dlogits = loss(logits, labels[start : start + 16])
            network.backward(dlogits)
            optimizer.step(params.values, params.grads, 0.003)
            losses.append(value)
        results.append((params.values, losses, network.forward(x).copy()))
        assert losses[-1] < losses[0]
    for plain, fast in zip(*results, strict=True):
        assert_equal(plain, fast, dtype, TRAINING)
