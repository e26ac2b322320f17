"""The learning-rate range test: against descent written out here, and curves of known shape."""

import numpy as np
import pytest

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.learning_rate import LearningRate
from mlp_scratch.engine.loop import GradientDescent
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.task import Task
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.insight import lr_range_curve
from mlp_scratch.insight.lr_range_curve import RangeTest, range_test, smoothed, steps_of, suggestion
from mlp_scratch.nn.activations import ReLU
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import SGD
from mlp_scratch.nn.regression_losses import SquaredError

RATES = np.geomspace(1e-6, 10.0, 200)


def trainer(rows: Rows, outputs: int, task: Task, batch_size: int | None = None) -> Trainer:
    made = Network([rows.x.shape[1], outputs], ReLU(), rng=np.random.default_rng(0), dtype="f8")
    n, shape = -(-len(rows) // (batch_size or len(rows))), made.parameters
    rate = LearningRate(
        0.1, "constant", {}, steps_per_epoch=n, total_steps=n, warmup_steps=0, warmup_start=1.0
    )
    settings = Settings(epochs=1, batch_size=batch_size, seed=0)
    sgd = SGD(shape.size, shape.n_weights, np.float64)
    return Trainer(GradientDescent(made, sgd, rows, task, settings), rate, None, None)


def test_losses_are_those_of_descent_by_hand() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 4)), rng.integers(3, size=60)
    under_test = trainer(Rows(x, y, Normalizer("none")), 3, Task(names=("a", "b", "c")))
    W, b = (under_test.network.parameters.value(name).copy() for name in ("W0", "b0"))
    test = range_test(under_test)
    np.testing.assert_allclose(test.rates, np.geomspace(1e-6, 10, 100)[: len(test.rates)])
    for rate, loss in zip(test.rates, test.losses, strict=True):
        z = x @ W + b
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        assert loss == pytest.approx(-np.log(p[np.arange(60), y]).mean(), rel=1e-8)
        dz = (p - np.eye(3)[y]) / 60
        W, b = W - rate * x.T @ dz, b - rate * dz.sum(axis=0)


def test_it_blows_up_where_theory_says() -> None:
    """Squares of one standardized feature and a bias: mean (y - t)^2 has curvature 2 in both, so
    steps shrink the distance below a rate of 2 / 2, and stretch it above."""
    x = np.linspace(-1, 1, 50)[:, None]
    rows = Rows(x / x.std(), 3 * x + 1, Normalizer("none"))
    task = Task("regression", "squared_error", SquaredError, names=("y",), metrics=())
    test = range_test(trainer(rows, 1, task))
    assert test.blew_up
    slope = np.diff(test.losses)
    before = test.rates[:-1] < 1.0
    assert (slope[before & (test.losses[:-1] > 1e-20)] < 0).all()
    assert (slope[~before] > 0).all()


def test_small_data_is_passed_over_often_and_large_data_in_part() -> None:
    rng = np.random.default_rng(0)
    task, told = Task(names=("a", "b")), list[int]()
    for n, batch, steps in ((64, 16, 300), (6400, 16, 400), (32_000, 16, 1000), (64, None, 100)):
        rows = Rows(rng.normal(size=(n, 2)), rng.integers(2, size=n), Normalizer("none"))
        assert steps_of(trainer(rows, 2, task, batch)) == steps
    rows = Rows(rng.normal(size=(50, 2)), rng.integers(2, size=50), Normalizer("none"))
    test = range_test(trainer(rows, 2, task, 16), tell=lambda: told.append(1))
    assert len(told) == len(test.losses) > 50 // 16 + 1


def test_smoothing_keeps_a_line_and_takes_noise_away_without_lag() -> None:
    x = np.log10(RATES)
    middle = slice(40, -40)  # at the ends one side is missing
    np.testing.assert_allclose(smoothed(RATES, 2 + 3 * x)[middle], (2 + 3 * x)[middle], rtol=1e-3)
    noise = np.random.default_rng(0).normal(size=200)
    valley = (x + 2) ** 2
    assert abs(np.log10(RATES[np.argmin(smoothed(RATES, valley + 0.1 * noise))]) + 2) < 0.15
    assert smoothed(RATES, noise).std() < 0.4
    assert smoothed(RATES[:0], noise[:0]).size == 0


@pytest.mark.parametrize(
    ("losses", "rate"),
    [
        ((np.log10(RATES) + 2) ** 2, 0.003),  # lowest at 0.01
        ((np.log10(RATES) + 1) ** 2, 0.03),
        ((np.log10(RATES) + 2) ** 2 + np.random.default_rng(0).normal(size=200), 0.003),
        (np.log10(RATES), None),  # only ever rises
        (np.random.default_rng(1).normal(size=200), None),  # nothing but noise
        (np.full(200, 0.7), None),
        (np.empty(0), None),
    ],
)
def test_the_suggestion_is_a_third_of_the_lowest_rate(losses, rate) -> None:
    rates = RATES[: len(losses)]
    found = suggestion(RangeTest(rates, losses, smoothed(rates, losses), False))
    assert found == (None if rate is None else pytest.approx(rate, rel=0.6))
    assert pytest.approx(1 / 3) == lr_range_curve.SHARE
