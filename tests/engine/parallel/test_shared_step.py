"""Sharing a step among processes or threads changes nothing but the time."""

import os
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.loop import GradientDescent
from mlp_scratch.engine.parallel.forked_worker import ForkedWorker
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.step_workers import SHARED_ROWS, can_fork, share
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.adversarial import ADVERSARIES
from mlp_scratch.nn.fast import FAST
from mlp_scratch.nn.fast.optimizers import SGD, Adam, Momentum
from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.network import Network

needs_fork = pytest.mark.skipif(not can_fork(), reason="this system has no safe fork")
DROPOUT = {"dropout": 0.5, "input_dropout": 0.1, "dropout_rng": np.random.default_rng(0)}
HOW = [pytest.param("process", marks=needs_fork), "thread"]


def make_rows(n: int) -> Rows:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (n, 6), dtype=np.uint8)
    return Rows(x, rng.integers(0, 3, n), Normalizer("unit").fit(x))


def make_network(dtype=np.float64, **options) -> Network:
    rng = np.random.default_rng(1)
    relu = FAST.of(ACTIVATIONS["relu"])()
    return Network([6, 5, 3], relu, rng=rng, **{"dtype": dtype, "kernels": FAST} | options)


def make_optimizer(network: Network, kind=Momentum):
    some = {
        SGD: {},
        Momentum: {"momentum": 0.9, "dampening": 0.0},
        Adam: {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8},
    }
    parameters = network.parameters
    return kind(parameters.size, parameters.n_weights, network.dtype, **some.get(kind, {}))


def make_descent(network, optimizer, rows, batch_rows, threads, **options) -> GradientDescent:
    """Shared by so many threads."""
    task = Task(label_smoothing=options.pop("label_smoothing", 0.0))
    settings = Settings(1, batch_rows, options.pop("seed", 0))
    settings = replace(settings, clip_norm=options.pop("clip_norm", None))
    descent = GradientDescent(network, optimizer, rows, task, settings, **options)
    assert share(descent, threads) == 1
    return descent


class Noise:
    """An augmentation: x = bytes + random numbers."""

    def apply(self, raw, labels, rng, out):
        out[...] = raw + rng.random(raw.shape)


@pytest.fixture
def use(monkeypatch):
    """use("thread"): no process shares a step; use("process"): each that does is counted."""
    made: list[ForkedWorker] = []

    def choose(how: str) -> list[ForkedWorker]:
        def process(work):
            if how == "thread":
                raise OSError("not here")
            made.append(ForkedWorker(work))
            return made[-1]

        monkeypatch.setattr("mlp_scratch.engine.parallel.shared_step.ForkedWorker", process)
        return made

    return choose


def trained(rows: Rows, batch_rows: int, threads: int, make=make_optimizer, **options):
    """Two epochs; all bits of the outcome."""
    network = make_network(**options.pop("network", {}))
    optimizer = make(network)
    step = make_descent(
        network, optimizer, rows, batch_rows, threads, label_smoothing=0.1, **options
    )
    losses = []
    for epoch in range(2):
        step.workers.start_epoch(epoch, np.random.default_rng(epoch).permutation(len(rows)))
        for batch, start in enumerate(range(0, len(rows), batch_rows)):
            losses.append(step.step(batch, start, min(start + batch_rows, len(rows)), 0.01))
            assert np.abs(network.parameters.grads).sum() > 0
    step.workers.close()
    state = {name: array.copy() for name, array in optimizer.state.items()}
    return network.parameters.values.copy(), losses, state, optimizer.t


def assert_same(one, other) -> None:
    np.testing.assert_array_equal(one[0], other[0])
    assert one[1] == other[1]
    assert one[2].keys() == other[2].keys()
    for name, array in one[2].items():
        np.testing.assert_array_equal(array, other[2][name])
    assert one[3] == other[3]


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("threads", [2, 3, 7])
@pytest.mark.parametrize("n", [2 * SHARED_ROWS, 3 * SHARED_ROWS + 1, 4 * BLOCK_ROWS + 99])
def test_a_shared_full_batch_gives_what_one_thread_gives(use, how, threads, n) -> None:
    made = use(how)
    rows = make_rows(n)
    shared = trained(rows, n, threads)
    values, losses, state, t = trained(rows, n, 1)
    np.testing.assert_allclose(shared[0], values, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(shared[1], losses, rtol=1e-12)
    np.testing.assert_allclose(shared[2]["v"], state["v"], rtol=1e-9, atol=1e-15)
    assert shared[3] == t
    assert len(made) == (min(threads, n // SHARED_ROWS) - 1 if how == "process" else 0)


@pytest.mark.mostly_slow(4)
@needs_fork
@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("batch_rows", [32, 50, 2 * BLOCK_ROWS + 100])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"augmentation": Noise()},
        {"adversary": ADVERSARIES["linf"](epsilon=0.1, clean_weight=0.5)},
        {"network": DROPOUT},
    ],
)
def test_processes_and_threads_give_the_same_bits(use, threads, batch_rows, options) -> None:
    rows = make_rows(3 * batch_rows + 7)  # the last batch is too short for all to have a part
    threads = min(threads, batch_rows // SHARED_ROWS)
    use("thread")
    expected = trained(rows, batch_rows, threads, **options)
    assert use("process") == []
    assert_same(trained(rows, batch_rows, threads, **options), expected)
    assert len(use("process")) == threads - 1


@pytest.mark.parametrize("threads", [1, 2])
def test_every_block_has_masks_of_its_own_whatever_came_before(threads) -> None:
    rows, masks = make_rows(160), []
    network = make_network(dropout=0.5, dropout_rng=np.random.default_rng(0))
    step = make_descent(network, make_optimizer(network), rows, 32, threads, clip_norm=1e9)
    for epoch, batch in ((0, 0), (0, 1), (1, 1), (0, 1)):
        step.workers.start_epoch(epoch, np.arange(160))
        step.workers.gradient(batch, 0, 32)  # the same rows under several names
        masks.append(network.parameters.grads.copy())
    step.workers.close()
    np.testing.assert_array_equal(masks[1], masks[3])
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert not np.array_equal(masks[one], masks[other])


class Whole(Momentum):
    """Not declared elementwise: it may look at the whole gradient."""

    def step(self, params, grads, lr):
        super().step(params, grads / np.linalg.norm(grads), lr)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("kind", [SGD, Adam, Whole])
def test_every_optimizer_can_be_shared(use, how, kind) -> None:
    make = make_whole if kind is Whole else partial(make_optimizer, kind=kind)
    rows = make_rows(150)
    use(how)
    shared, alone = (trained(rows, 64, threads, make) for threads in (2, 1))
    np.testing.assert_allclose(shared[0], alone[0], rtol=1e-9)
    assert shared[3] == alone[3] == 6


def make_whole(network: Network) -> Whole:
    return Whole(network.parameters.size, 0, network.dtype, momentum=0.9, dampening=0.0)


@needs_fork
def test_memory_that_is_not_shared_is_left_to_threads(use) -> None:
    def private(network):
        optimizer = make_optimizer(network)
        optimizer.state = {"v": optimizer.state["v"].copy()}
        return optimizer

    made = use("process")
    rows = make_rows(64)
    assert_same(trained(rows, 64, 2, private), trained(rows, 64, 2))
    assert len(made) == 1  # of the second


@pytest.mark.parametrize(
    ("n", "options"),
    [
        (2 * SHARED_ROWS - 1, {}),
        (2 * BLOCK_ROWS, {"batch_norm": True}),
        (2 * BLOCK_ROWS, {"kernels": PLAIN}),
    ],
)
def test_where_nothing_can_be_shared_the_products_keep_the_threads(n, options) -> None:
    network = make_network(**options)
    settings = Settings(1, n, seed=0)
    descent = GradientDescent(network, make_optimizer(network), make_rows(n), Task(), settings)
    assert share(descent, 2) == 2


@needs_fork
def test_processes_may_follow_on_threads(use) -> None:
    """A fork inherits what a thread was drawing ahead, but no thread."""
    outcomes = []
    for hows in (("thread", "process"), ("process", "thread"), ("thread", "thread")):
        network = make_network()
        rows, optimizer = make_rows(128), make_optimizer(network)
        step = make_descent(network, optimizer, rows, 32, 2, augmentation=Noise())
        for epoch, how in enumerate(hows):
            made = use(how)
            step.workers.start_epoch(epoch, np.arange(128))
            for batch in range(2 + 2 * epoch):  # the first epoch is left in the middle
                step.step(batch, 32 * batch, 32 * batch + 32, 0.01)
            step.workers.close()
        outcomes.append(network.parameters.values.copy())
    assert len(made) == 2
    np.testing.assert_array_equal(outcomes[0], outcomes[2])
    np.testing.assert_array_equal(outcomes[1], outcomes[2])


def test_an_epoch_must_be_started_before_its_steps() -> None:
    step = begun()
    step.workers.close()
    with pytest.raises(RuntimeError, match="start_epoch"):
        step.workers.gradient(0, 0, 32)


def begun(augmentation=None) -> GradientDescent:
    network = make_network()
    optimizer = make_optimizer(network)
    step = make_descent(network, optimizer, make_rows(64), 32, 2, augmentation=augmentation)
    step.workers.start_epoch(0, np.arange(64))
    return step


class BreaksElsewhere(Noise):
    """Works in the main thread of this process only."""

    def __init__(self) -> None:
        self.pid = os.getpid()

    def apply(self, raw, labels, rng, out):
        if os.getpid() != self.pid or threading.current_thread() is not threading.main_thread():
            raise ValueError("not at home")
        super().apply(raw, labels, rng, out)


@pytest.mark.parametrize("how", HOW)
def test_an_error_in_another_worker_is_raised_and_ends_the_sharing(use, how) -> None:
    made = use(how)
    step = begun(BreaksElsewhere())
    with pytest.raises((ValueError, RuntimeError), match="not at home"):
        step.workers.gradient(0, 0, 32)
    for process in made:
        with pytest.raises(ProcessLookupError):
            os.kill(process._pid, 0)


@needs_fork
def test_a_process_ended_from_outside_is_noticed(use) -> None:
    made = use("process")
    step = begun()
    (process,) = made
    os.kill(process._pid, 9)
    with pytest.raises(MlpScratchError, match="ended from outside"):
        step.workers.gradient(0, 0, 32)
    step.workers.start_epoch(0, np.arange(64))  # and another one takes its place
    step.workers.gradient(0, 0, 32)
    step.workers.close()
    assert len(made) == 2
