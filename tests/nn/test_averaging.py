"""Averages of weights against their definitions and PyTorch's AveragedModel."""

import numpy as np
import pytest

from mlp_scratch.nn.averaging import AVERAGES, EMA, SWA
from mlp_scratch.nn.range_checks import HyperparameterError

TRAJECTORY = np.random.default_rng(0).normal(size=(60, 7)).cumsum(axis=0)


def test_ema_is_the_recurrence_with_its_ramp(kernels) -> None:
    average, expected = kernels.of(EMA)(7, np.float64, decay=0.9), TRAJECTORY[0]
    average.after_step(TRAJECTORY[0])
    np.testing.assert_allclose(average.values, expected)
    for t, weights in enumerate(TRAJECTORY[1:], start=1):
        d = min(0.9, (1 + t) / (10 + t))
        expected = d * expected + (1 - d) * weights
        average.after_step(weights)
        average.after_epoch(weights, t)  # counts for nothing
        np.testing.assert_allclose(average.values, expected, rtol=1e-12)


def test_ema_of_a_constant_is_the_constant(kernels) -> None:
    average = kernels.of(EMA)(3, np.float32, decay=0.999)
    for _ in range(50):
        average.after_step(np.full(3, 2.5, np.float32))
    np.testing.assert_array_equal(average.values, np.full(3, 2.5, np.float32))


@pytest.mark.parametrize("start", [1, 5, 60])
def test_swa_is_the_mean_of_the_late_epochs(start: int) -> None:
    average = SWA(7, np.float64, start_epoch=start)
    for epoch, weights in enumerate(TRAJECTORY, start=1):
        average.after_step(-weights)  # counts for nothing
        average.after_epoch(weights, epoch)
    assert average.t == 60 - start + 1
    np.testing.assert_allclose(average.values, TRAJECTORY[start - 1 :].mean(axis=0), rtol=1e-10)


@pytest.mark.slow
def test_swa_is_pytorchs_averaged_model() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    layer = torch.nn.Linear(7, 1, bias=False, dtype=torch.float64)
    theirs = torch.optim.swa_utils.AveragedModel(layer)
    ours = SWA(7, np.float64, start_epoch=1)
    for epoch, weights in enumerate(TRAJECTORY, start=1):
        layer.weight.data[:] = torch.from_numpy(weights)
        theirs.update_parameters(layer)
        ours.after_epoch(weights, epoch)
    np.testing.assert_allclose(ours.values, theirs.module.weight.data.numpy()[0], rtol=1e-12)


@pytest.mark.parametrize(("name", "bad"), [("ema", {"decay": 1.0}), ("swa", {"start_epoch": 0})])
def test_bad_values_are_named(name: str, bad: dict) -> None:
    with pytest.raises(HyperparameterError, match=next(iter(bad))):
        AVERAGES[name](3, np.float32, **bad)
