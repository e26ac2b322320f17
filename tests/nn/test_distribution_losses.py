"""Losses that say how sure the network is."""

import math

import numpy as np
import pytest

from mlp_scratch.nn.losses import LOSSES

ONE = np.array([[3.0]])


def test_a_gaussian_cannot_become_too_sure():
    """An exact hit in float32 with an absurd log variance is finite, and there is a way back."""
    loss = LOSSES["gaussian_nll"](eps=1e-6)
    outputs = np.array([[1.0, -200.0], [2.0, 300.0]], np.float32)
    value, slopes = loss(outputs, np.ones((2, 1), np.float32))
    assert value == pytest.approx(0.25 * (math.log(1e-6) + 300))
    assert np.isfinite(slopes).all()
    slopes = loss(np.array([[1.5, math.log(1e-6) - 1]]), ONE / 3)[1]
    assert slopes[0, 1] < -1e4


@pytest.mark.parametrize("weights", [None, np.arange(50) % 4 / 2])
def test_pinball_is_that_of_scikit_learn(weights, kernels):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rng = np.random.default_rng(0)
    y, t = rng.normal(size=(50, 3)), rng.normal(size=50)
    value, _ = kernels.of(LOSSES["pinball"])(quantiles=[0.1, 0.5, 0.9])(
        y, t[:, None], weights=weights
    )
    theirs = [
        metrics.mean_pinball_loss(t, y[:, j], alpha=q, sample_weight=weights)
        for j, q in enumerate((0.1, 0.5, 0.9))
    ]
    assert value == pytest.approx(np.mean(theirs), rel=1e-12)
