"""The loss around a network and between two: against arithmetic written out here."""

import numpy as np
import pytest

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.insight.landscape import surroundings
from mlp_scratch.insight.landscape.directions import random_direction
from mlp_scratch.insight.landscape.surroundings import barrier, line, plane, some_rows
from mlp_scratch.nn.activations import ReLU
from mlp_scratch.nn.network import Network

TASK = Task(names=("a", "b", "c"))


KINDS = {
    "plain": {},
    "batch_norm": {"batch_norm": True},
    "layer_norm": {"layer_norm": True},
    "residual": {"residual": "plain"},
}


def network(seed: int = 0, **more) -> Network:
    made = Network([5, 6, 6, 3], ReLU(), rng=np.random.default_rng(seed), dtype=np.float64, **more)
    rng = np.random.default_rng(seed + 100)
    for name, array in {**made.parameters.arrays(), **made.buffers}.items():
        if not name.startswith("W"):
            array[...] = rng.uniform(0.5, 2.0, array.shape)
    return made


def rows(n: int = 40) -> Rows:
    rng = np.random.default_rng(7)
    return Rows(rng.normal(size=(n, 5)), rng.integers(3, size=n), Normalizer("none"))


def cross_entropy(p: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray, eps: float) -> float:
    """Mean loss of a network of three affine maps, with batch norm where p has it."""
    for k in range(3):
        x = x @ p[f"W{k}"] + p[f"b{k}"]
        if f"gamma{k}" in p:
            deviation = np.sqrt(p[f"running_var{k}"] + eps)
            x = (x - p[f"running_mean{k}"]) / deviation * p[f"gamma{k}"] + p[f"beta{k}"]
        x = np.maximum(x, 0) if k < 2 else x
    return float(np.mean(np.log(np.exp(x).sum(axis=1)) - x[np.arange(len(y)), y]))


@pytest.mark.parametrize("kind", ["plain", "batch_norm"])
def test_a_plane_is_what_direct_evaluation_says(kind: str) -> None:
    alike, some, axis = [network(**KINDS[kind]) for _ in range(3)], rows(), np.array([-1, 0, 0.5])
    before = alike[0].parameters.values.copy()
    told: list[int] = []
    losses = plane(alike, some, TASK, 4, axis, tell=lambda: told.append(1))
    assert len(told) == losses.size
    rng, here = np.random.default_rng(4), alike[0]
    d1, d2 = (random_direction(here.parameters, rng) for _ in range(2))
    for i, beta in enumerate(axis):
        for j, alpha in enumerate(axis):
            moved = here.parameters.arrays(before + alpha * d1 + beta * d2) | here.buffers
            direct = cross_entropy(moved, some.x, some.all_labels, 1e-5)
            assert losses[i, j] == pytest.approx(direct, rel=1e-10)
    assert losses[1, 1] == evaluate(here, some, TASK)["loss"]
    for each in alike:
        np.testing.assert_array_equal(each.parameters.values, before)
    np.testing.assert_array_equal(losses, plane(alike[:1], some, TASK, 4, axis))
    assert not np.array_equal(losses, plane(alike, some, TASK, 5, axis))


@pytest.mark.parametrize("kind", ["plain", "batch_norm"])
def test_a_line_is_what_direct_evaluation_says(kind: str) -> None:
    ends, some = [network(seed, **KINDS[kind]) for seed in (0, 1)], rows()
    alphas = np.array([-0.5, 0.0, 0.3, 1.0, 1.5])
    a, b = ({**end.parameters.arrays(), **end.buffers} for end in ends)
    a, b = ({name: array.copy() for name, array in end.items()} for end in (a, b))
    scores = line([ends[0], network(0, **KINDS[kind])], ends[1], {"train": some}, TASK, alphas)
    for alpha, loss in zip(alphas, scores["train_loss"], strict=True):
        at = {
            name: np.exp((1 - alpha) * np.log(a[name]) + alpha * np.log(b[name]))
            if name.startswith("running_var")
            else (1 - alpha) * a[name] + alpha * b[name]
            for name in a
        }
        assert loss == pytest.approx(cross_entropy(at, some.x, some.all_labels, 1e-5), rel=1e-10)
    for place, end in ((1, ends[0]), (3, ends[1])):
        said = evaluate(end, some, TASK)
        assert scores["train_loss"][place] == said["loss"]
        assert scores["train_accuracy"][place] == said["accuracy"]


def test_a_loss_that_overflows_is_a_number_without_end_and_no_error() -> None:
    losses = plane([network()], rows(), TASK, 0, np.array([-1e200, 0.0, 1e200]))
    assert np.isfinite(losses[1, 1])
    assert not np.isfinite(losses[0, 0])


@pytest.mark.parametrize(
    ("losses", "rise", "at"),
    [
        ([9, 1.0, 2.0, 1.0, 9], 1.0, 0.5),
        ([0, 1.0, 2.0, 3.0, 0], 0.0, 0.0),
        ([0, 1.0, 1.5, 3.0, 0], 0.0, 0.0),
        ([0, 1.0, np.nan, 3.0, 0], np.nan, 0.5),
    ],
)
def test_a_barrier_is_what_stands_above_the_straight_line(losses, rise, at) -> None:
    alphas = np.array([-0.5, 0.0, 0.5, 1.0, 1.5])
    assert barrier(alphas, np.array(losses)) == pytest.approx((rise, at), nan_ok=True)


def test_the_rows_of_a_point_are_bounded_and_always_the_same() -> None:
    few, many = rows(10), rows(5000)
    assert some_rows(few) is few
    chosen = some_rows(many)
    assert len(chosen) == surroundings.ROWS
    np.testing.assert_array_equal(chosen.numbers, some_rows(rows(5000)).numbers)
    assert len(np.unique(chosen.numbers)) == surroundings.ROWS
    assert len(some_rows(many.part(np.arange(3000, 3010)))) == 10


def test_the_networks_themselves_are_points() -> None:
    assert 0.0 in surroundings.AXIS
    assert {0.0, 1.0} <= set(surroundings.LINE)
