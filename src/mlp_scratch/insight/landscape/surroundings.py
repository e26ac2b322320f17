"""The loss of a network whose parameters are moved: over a plane, or along a line to another.

Each point is ``engine.evaluation.evaluate`` of a network with the parameters of that point. Several
threads look at a point each, every one with a network of its own: NumPy is outside the
interpreter's lock nearly all the time, and the numbers do not depend on how many they are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

import numpy as np

from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.insight.landscape.directions import random_direction
from mlp_scratch.nn.network import Network

ROWS = 2048  # at most, to judge a point by: a grid on the default network takes seconds
AXIS = np.arange(-12, 13) / 12  # of the plane, in both directions: -1 to 1
LINE = np.arange(-10, 31) / 20  # from -0.5 to 1.5; 0 and 1, the two networks, are among them
_ROWS_STREAM = 0x2048
_LEAST_VARIANCE = 1e-12  # far below any bn_eps

T = TypeVar("T")


def some_rows(rows: Rows) -> Rows:
    """At most ROWS of ``rows``, always the same ones: drawn without regard to any seed."""
    if len(rows) <= ROWS:
        return rows
    chosen = np.random.default_rng(_ROWS_STREAM).choice(len(rows), ROWS, replace=False)
    return rows.part(np.sort(chosen))


def plane(
    networks: Sequence[Network],
    rows: Rows,
    task: Task,
    seed: int,
    axis: np.ndarray = AXIS,
    tell: Callable[[], object] = lambda: None,
) -> np.ndarray:
    """Loss (n, n) at theta + axis[j] d1 + axis[i] d2, for two random directions d1, d2.

    networks: equal ones, one for each thread; their parameters are moved and put back. seed: of the
    directions. tell: called after each point. The loss is that of ``evaluate``; nan or inf where it
    overflows.
    """
    rng = np.random.default_rng(seed)
    home = networks[0].parameters.values.copy()
    first, second = (random_direction(networks[0].parameters, rng) for _ in range(2))
    along = axis.astype(home.dtype)

    def look(network: Network, point: int) -> float:
        i, j = divmod(point, len(axis))
        network.parameters.values[:] = home + along[j] * first + along[i] * second
        return evaluate(network, rows, task, ())["loss"]

    try:
        losses = [*_at_points(networks, len(axis) ** 2, look, tell)]
    finally:
        for network in networks:
            network.parameters.values[:] = home
    return np.array(losses).reshape(len(axis), len(axis))


def line(
    networks: Sequence[Network],
    other: Network,
    parts: Mapping[str, Rows],
    task: Task,
    alphas: np.ndarray = LINE,
    tell: Callable[[], object] = lambda: None,
) -> dict[str, np.ndarray]:
    """Loss and first metric (n,) at (1 - alpha) theta + alpha theta', the parameters of ``other``.

    networks, tell: as for ``plane``. parts: rows by name; the answers are called ``train_loss``,
    ``train_accuracy`` and so on. Running means of batch norm move along the line too; running
    variances by their logarithms, so that they stay positive beyond its ends.
    Goodfellow, Vinyals & Saxe 2015, "Qualitatively characterizing neural network optimization
    problems", section 3.
    """
    here, there = _state(networks[0]), _state(other)
    metrics = task.metrics[:1]

    def look(network: Network, point: int) -> dict[str, float]:
        _put(network, _between(here, there, float(alphas[point])))
        return {
            f"{part}_{name}": value
            for part, rows in parts.items()
            for name, value in evaluate(network, rows, task, metrics).items()
        }

    try:
        scores = [*_at_points(networks, len(alphas), look, tell)]
    finally:
        for network in networks:
            _put(network, here)
    return {name: np.array([score[name] for score in scores]) for name in scores[0]}


def barrier(alphas: np.ndarray, losses: np.ndarray) -> tuple[float, float]:
    """How far the loss between the networks rises above the straight line between theirs, at most,
    and at which alpha.

    Frankle, Dziugaite, Roy & Carbin 2020, "Linear mode connectivity and the lottery ticket
    hypothesis", section 2 (with the ends' own losses instead of their mean, as Entezari, Sedghi,
    Saukh & Neyshabur 2022 have it in definition 2.1).
    """
    inside = (alphas >= 0) & (alphas <= 1)
    a, loss = alphas[inside], losses[inside]
    rise = loss - ((1 - a) * loss[0] + a * loss[-1])
    worst = int(np.argmax(np.where(np.isnan(rise), np.inf, rise)))
    return float(rise[worst]), float(a[worst])


def _at_points(
    networks: Sequence[Network],
    n: int,
    look: Callable[[Network, int], T],
    tell: Callable[[], object],
) -> Iterator[T]:
    """``look(network, point)`` for the points 0 to n - 1, in order."""
    free: SimpleQueue[Network] = SimpleQueue()
    for network in networks:
        free.put(network)

    def at(point: int) -> T:
        network = free.get()
        try:
            with np.errstate(all="ignore"):  # far away a loss may overflow: that is the answer
                return look(network, point)
        finally:
            free.put(network)

    with ThreadPoolExecutor(len(networks)) as pool:
        for answer in pool.map(at, range(n)):
            tell()
            yield answer


State = dict[str, np.ndarray]


def _live(network: Network) -> State:
    return {"": network.parameters.values, **network.buffers}


def _state(network: Network) -> State:
    return {name: array.copy() for name, array in _live(network).items()}


def _put(network: Network, state: State) -> None:
    for name, array in _live(network).items():
        array[...] = state[name]


def _between(a: State, b: State, alpha: float) -> State:
    state = {}
    for name in a:
        if name.startswith("running_var"):
            low, high = (np.maximum(end[name], _LEAST_VARIANCE) for end in (a, b))
            state[name] = low ** (1 - alpha) * high**alpha
        else:
            state[name] = (1 - alpha) * a[name] + alpha * b[name]
    return state
