"""Losses of numbers: known values, predictions and their units, targets that are refused."""

import math

import numpy as np
import pytest
from loss_cases import LOSS_CASES, K, made

from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.losses import LOSSES
from mlp_scratch.nn.range_checks import HyperparameterError

NUMBERS = [case for case in LOSS_CASES if made(case, PLAIN).task == "regression"]


@pytest.mark.parametrize(
    ("name", "args", "outputs", "value", "slopes"),
    [  # the target is 1
        ("squared_error", {}, [3.0], 4.0, [4.0]),
        ("absolute_error", {}, [3.0], 2.0, [1.0]),
        ("absolute_error", {}, [1.0], 0.0, [0.0]),
        ("huber", {"delta": 0.5}, [3.0], 0.5 * (2 - 0.25), [0.5]),
        ("huber", {"delta": 2.0}, [3.0], 2.0, [2.0]),
        ("huber", {"delta": 5.0}, [3.0], 2.0, [2.0]),
        ("poisson", {}, [0.5], math.exp(0.5) - 0.5, [math.exp(0.5) - 1]),
        ("gaussian_nll", {"eps": 1e-6}, [3.0, math.log(4.0)], 0.5 * (math.log(4) + 1), [0.5, 0.0]),
        ("pinball", {"quantiles": [0.1]}, [3.0], 0.9 * 2, [0.9]),
        ("pinball", {"quantiles": [0.1]}, [-1.0], 0.1 * 2, [-0.1]),
        ("pinball", {"quantiles": [0.1, 0.9]}, [3.0, 3.0], (1.8 + 0.2) / 2, [0.45, 0.05]),
    ],
)
def test_known_values(name, args, outputs, value, slopes, kernels):
    loss = kernels.of(LOSSES[name])(**args)
    found, found_slopes = loss(np.array([outputs]), np.array([[1.0]]))
    assert found == pytest.approx(value)
    np.testing.assert_allclose(found_slopes, [slopes])


@pytest.mark.parametrize("case", NUMBERS)
def test_several_targets_are_the_mean_of_one_and_one(case, kernels):
    loss, rng = made(case, kernels), np.random.default_rng(0)
    outputs, targets = rng.normal(size=(9, K * loss.per_target)), rng.poisson(2.0, (9, K)) * 1.0
    value, slopes = loss(outputs, targets)
    slopes, width = slopes.copy(), loss.per_target
    parts = [
        loss(outputs[:, k * width : (k + 1) * width], targets[:, k : k + 1])[0] for k in range(K)
    ]
    assert value == pytest.approx(sum(parts) / K)
    second = loss(outputs[:, width:], targets[:, 1:])[1]
    np.testing.assert_allclose(slopes[:, width:], second / K)


@pytest.mark.parametrize("case", NUMBERS)
def test_predictions_and_their_names(case, kernels):
    loss = made(case, kernels)
    outputs = np.random.default_rng(0).normal(size=(5, 3 * loss.per_target))
    predicted = loss.predictions(outputs)
    assert predicted.shape == (5, 3, loss.per_target)
    assert len(loss.columns) == loss.per_target
    assert 0 <= loss.point < loss.per_target
    assert loss.scaling in ("standardize", "mean")
    again = loss.in_units(predicted, np.zeros(3), np.ones(3))
    np.testing.assert_array_equal(again, predicted)


def test_what_the_outputs_mean():
    outputs = np.array([[0.5, math.log(4.0), 1.0, -50.0]])
    np.testing.assert_allclose(LOSSES["squared_error"]().predictions(outputs)[0, :, 0], outputs[0])
    np.testing.assert_allclose(
        LOSSES["poisson"]().predictions(outputs)[0, :, 0], np.exp(outputs[0])
    )
    gaussian = LOSSES["gaussian_nll"](eps=1e-6)
    np.testing.assert_allclose(gaussian.predictions(outputs), [[[0.5, 2.0], [1.0, 1e-3]]])
    assert gaussian.columns == ("", "deviation")
    pinball = LOSSES["pinball"](quantiles=[0.05, 0.45, 0.6, 0.95])
    np.testing.assert_array_equal(pinball.predictions(outputs)[0, 0], outputs[0])
    assert pinball.columns == ("q0.05", "q0.45", "q0.6", "q0.95")
    assert pinball.point == 1


def test_units_of_a_mean_and_of_a_deviation():
    predicted = np.array([[[2.0, 0.5], [1.0, 3.0]]])  # (1, 2 targets, 2)
    shift, scale = np.array([10.0, -1.0]), np.array([4.0, 2.0])
    plain = LOSSES["squared_error"]().in_units(predicted[:, :, :1], shift, scale)
    np.testing.assert_array_equal(plain, [[[18.0], [1.0]]])
    gaussian = LOSSES["gaussian_nll"](eps=1e-6).in_units(predicted, shift, scale)
    np.testing.assert_array_equal(gaussian, [[[18.0, 2.0], [1.0, 6.0]]])
    quantiles = LOSSES["pinball"](quantiles=[0.1, 0.9]).in_units(predicted, shift, scale)
    np.testing.assert_array_equal(quantiles, [[[18.0, 12.0], [1.0, 5.0]]])


def test_the_best_constant_is_what_each_loss_predicts():
    """The minimum over a grid is the mean, the median, a quantile of the targets."""
    targets = np.random.default_rng(0).gamma(2.0, size=(999, 1))
    grid = np.linspace(0.05, 6.0, 600)
    for name, args, expected in (
        ("squared_error", {}, targets.mean()),
        ("absolute_error", {}, np.median(targets)),
        ("pinball", {"quantiles": [0.9]}, np.quantile(targets, 0.9)),
        ("poisson", {}, targets.mean()),
    ):
        loss = LOSSES[name](**args)
        outputs = np.log(grid) if name == "poisson" else grid
        values = [loss(np.full((999, 1), y), targets)[0] for y in outputs]
        assert grid[np.argmin(values)] == pytest.approx(expected, abs=0.011), name


def test_counts_only():
    loss = LOSSES["poisson"]()
    loss.check_targets(np.array([[0.0, 3.0], [2.0, 0.5]]))
    with pytest.raises(HyperparameterError, match=r"at least 0 for the loss poisson, got -1\.0"):
        loss.check_targets(np.array([[0.0], [-1.0]]))
    with pytest.raises(HyperparameterError, match="above 0 somewhere"):
        loss.check_targets(np.array([[0.0, 1.0], [0.0, 2.0]]))


def test_targets_of_another_shape_are_refused():
    """A column of targets that lost its axis would be compared with every row."""
    loss = LOSSES["squared_error"]()
    with pytest.raises(ValueError):  # noqa: PT011 (Python's words)
        loss(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(ValueError):  # noqa: PT011 (NumPy's words)
        loss(np.zeros((4, 2)), np.zeros((4, 1)))
