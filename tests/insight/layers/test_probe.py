"""What a look says of each layer, against PyTorch's hooks; and that it changes nothing."""

import math
from typing import Any

import numpy as np
import pytest

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.insight.layers.probe import BINS, PROBE_ROWS, Probe
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import kernels
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.parametrization import MaximalUpdate
from mlp_scratch.nn.regression_losses import SquaredError

FAST = kernels("fast")
SGD, ADAM = ({"base_width": 4, "scale_free": free} for free in (False, True))
CASES: dict[str, dict[str, Any]] = {
    "relu": {},
    "tanh and sigmoid": {"names": ["tanh", "sigmoid"]},
    "exact gelu": {"names": ["gelu", "gelu"]},
    "dropout is off": {"dropout": 0.5, "input_dropout": 0.3},
    "batch norm": {"batch_norm": True},
    "layer norm": {"layer_norm": True},
    "residual": {"sizes": [5, 8, 8, 3], "residual": "plain", "batch_norm": True},
    "inverted": {"sizes": [5, 8, 8, 8, 3], "residual": "inverted", "layer_norm": True},
    "mup, sgd": {"mup": MaximalUpdate(**SGD), "batch_norm": True},
    "mup, adam": {"mup": MaximalUpdate(**ADAM)},
    "no hidden layer": {"sizes": [5, 3], "names": []},
    "smoothed labels": {"smoothing": 0.2},
    "weighted rows": {"weighted": True},
    "numbers": {"task": "regression"},
    "autoencoder": {"task": "autoencoder", "sizes": [5, 8, 6, 5]},
}


def make_rows(n: int, task: str, weighted: bool = False) -> Rows:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, 5))
    y: np.ndarray = rng.integers(3, size=n)
    if task == "regression":
        y = rng.normal(size=(n, 3))
    weights = rng.uniform(0, 2, n) if weighted else None
    return Rows(x, y, Normalizer("none"), None, weights)


def make(
    n: int = 300,
    sizes: list[int] | None = None,
    names: list[str] | None = None,
    task: str = "classification",
    smoothing: float = 0.0,
    weighted: bool = False,
    dtype: Any = np.float64,
    **words: Any,
) -> tuple[Network, Rows, Task, list[str | None]]:
    sizes = sizes or [5, 8, 6, 3]
    names = ["relu"] * (len(sizes) - 2) if names is None else names
    residual = words.get("residual")
    if residual == "inverted":
        names = names[1:]
    objects = [
        FAST.of(ACTIVATIONS[n])(**({"approximate": "none"} if n == "gelu" else {})) for n in names
    ]
    rng = np.random.default_rng(1)
    network = Network(sizes, objects, rng=rng, dtype=dtype, kernels=FAST, **words)
    network.parameters.values += 0.1 * rng.normal(size=network.parameters.size)
    classes = task == "classification"
    loss = SoftmaxCrossEntropy if classes else SquaredError
    made = Task(task, "", loss, names=tuple("abcde"[: sizes[-1]]), label_smoothing=smoothing)
    each: list[str | None] = [*names, None]
    if residual == "inverted":
        each = [None, *(part for name in names for part in (name, None)), None]
    return network, make_rows(n, task, weighted), made, each


@pytest.mark.parametrize("name", CASES)
def test_a_look_sees_what_pytorchs_hooks_see(name: str) -> None:
    torch = pytest.importorskip("torch")
    from torch_probe import TorchNetwork

    network, rows, task, names = make(**CASES[name])
    probe = Probe(network, rows, task, seed=0)
    look = probe.look()
    theirs, positions = TorchNetwork(network, names), probe.positions
    outputs = theirs(rows.x[positions])
    weights = torch.ones(len(positions), dtype=torch.float64)
    if rows.all_weights is not None:
        weights = torch.tensor(rows.all_weights[positions])
    if task.name == "classification":
        labels = torch.tensor(rows.labels[positions])
        smoothing = CASES[name].get("smoothing", 0.0)
        each = torch.nn.functional.cross_entropy(
            outputs, labels, reduction="none", label_smoothing=smoothing
        )
    else:
        targets = rows.x if task.reconstructs else rows.labels
        each = ((outputs - torch.tensor(targets[positions])) ** 2).mean(dim=1)
    scale = 1.0
    if task.name != "classification":  # what share of the squares the loss is, it says itself
        ours, _ = task.new_loss()(outputs.detach().numpy(), targets[positions])
        scale = ours / each.mean().item()
    (scale * (each * weights).sum() / weights.sum()).backward()
    assert len(look.states) == len(theirs.linears)
    for k, state in enumerate(look.states):
        z, a = theirs.z[k], theirs.a[k]
        expected = {
            "z_mean": z.mean(),
            "z_std": z.std(),
            "a_mean": a.mean(),
            "a_std": a.std(),
            "weight_norm": np.linalg.norm(theirs.linears[k].weight.detach().numpy()),
            "grad_norm": np.linalg.norm(theirs.gradients[k]),
            "dead": (a == 0).all(axis=0).mean() if names[k] == "relu" else math.nan,
        }
        found = {key: getattr(state, key) for key in expected}
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True), k
        for values, histogram in ((z, look.z[k]), (a, look.a[k])):
            wide = 4 * values.std()
            low, high = (
                max(values.min(), values.mean() - wide),
                min(values.max(), values.mean() + wide),
            )
            assert (histogram.low, histogram.high) == pytest.approx((low, high), rel=1e-9)
            counted = values.ravel()[:: {256 * 32: 3}.get(values.size, 1)]
            counts, _ = np.histogram(np.clip(counted, low, high), BINS, (low, high))
            assert np.abs(histogram.counts - counts).sum() <= 4  # an edge, or two
            assert histogram.counts.sum() == counted.size


@pytest.mark.parametrize("kind", ["relu", "tanh"])
def test_an_update_is_that_of_the_step_between(kind: str) -> None:
    network, rows, task, _ = make(names=[kind, kind])
    probe, parameters = Probe(network, rows, task, seed=0), network.parameters
    assert all(math.isnan(state.update_norm) for state in probe.look().states)
    before = {name: a.copy() for name, a in parameters.arrays().items()}
    probe.before_step()
    parameters.values += 1e-3 * np.random.default_rng(5).normal(size=parameters.size)
    for k, state in enumerate(probe.look().states):
        W = parameters.value(f"W{k}")
        update = np.linalg.norm(W - before[f"W{k}"])
        assert state.update_norm == pytest.approx(update)
        assert state.update_ratio == pytest.approx(update / np.linalg.norm(W))
    assert all(math.isnan(state.update_ratio) for state in probe.look().states)


def test_dead_and_saturated_units_are_counted() -> None:
    network, rows, task, _ = make(sizes=[5, 8, 8, 8, 3], names=["relu", "tanh", "sigmoid"])
    b, W = ([network.parameters.value(f"{kind}{k}") for k in range(3)] for kind in "bW")
    b[0][:3] = -100.0  # never above 0
    W[1][:, :4], b[1][:4] = 0.0, [3.0, -3.0, 2.0, 0.0]  # two beyond +-2.09
    W[2][:, :4], b[2][:4] = 0.0, [5.0, -5.0, 6.0, 4.1]  # three beyond +-4.185
    network.parameters.value("W1")[:, 4:] *= 0.01
    network.parameters.value("W2")[:, 4:] *= 0.01
    states = Probe(network, rows, task, seed=0).look().states
    assert states[0].dead == 3 / 8
    assert states[1].saturated == 2 / 8
    assert states[2].saturated == 3 / 8
    assert [math.isnan(s.dead) for s in states] == [False, True, True, True]
    assert [math.isnan(s.saturated) for s in states] == [True, False, False, True]


def test_rows_are_drawn_from_the_seed_and_few_are_all_taken() -> None:
    network, rows, task, _ = make(n=1000)
    first, again, other = (Probe(network, rows, task, seed).positions for seed in (0, 0, 1))
    assert len(set(first.tolist())) == PROBE_ROWS == 256
    assert first.tolist() == again.tolist() != other.tolist()
    few = make_rows(7, "classification")
    assert Probe(network, few, task, 0).positions.tolist() == list(range(7))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_nothing_of_the_network_changes(batch_norm: bool) -> None:
    network, rows, task, _ = make(batch_norm=batch_norm, dropout=0.5, dtype=np.float32)
    x = rows.x[:9].astype(np.float32)
    outputs = network.forward(x).copy()
    network.backward(np.ones_like(outputs))
    state = {**network.parameters.arrays(), **network.buffers, "grads": network.parameters.grads}
    before = {name: array.copy() for name, array in state.items()}
    probe = Probe(network, rows, task, seed=0)
    probe.before_step()
    probe.look()
    for name, array in state.items():
        assert array.tobytes() == before[name].tobytes(), name
    assert network.forward(x).tobytes() == outputs.tobytes()


@pytest.mark.parametrize("value", [0.0, 2.5, np.inf, np.nan])
def test_what_cannot_be_spread_out_has_a_histogram_too(value: float) -> None:
    network, rows, task, _ = make(sizes=[5, 3], names=[])
    network.parameters.value("W0")[...] = 0.0
    network.parameters.value("b0")[...] = value
    look = Probe(network, rows, task, seed=0).look()
    counts = look.z[0].counts
    assert counts.sum() == counts[BINS // 2] == (PROBE_ROWS * 3 if np.isfinite(value) else 0)
    assert math.isnan(look.states[0].update_ratio)
