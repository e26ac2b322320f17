"""Metrics of numbers against scikit-learn's, of one target and of several."""

import math

import numpy as np
import pytest
from metric_data import WEIGHTINGS, weights_of

from mlp_scratch.engine.metrics.number_metrics import mae, poisson_deviance, r2, rmse

metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")


def numbers(k: int, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    predictions = rng.gamma(2.0, size=(200, k))
    return predictions.astype(dtype), rng.poisson(predictions).astype(dtype)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_numbers(weighting, k, dtype, tolerance):
    y, t = numbers(k, dtype)
    w = weights_of(weighting, len(y))
    for ours, theirs in (
        (rmse, metrics.root_mean_squared_error),
        (mae, metrics.mean_absolute_error),
        (r2, metrics.r2_score),
    ):
        expected = theirs(t, y, sample_weight=w)
        assert ours(y, t, w) == pytest.approx(expected, rel=tolerance), ours
    deviances = [metrics.mean_poisson_deviance(t[:, j], y[:, j], sample_weight=w) for j in range(k)]
    assert poisson_deviance(y, t, w) == pytest.approx(np.mean(deviances), rel=tolerance)


def test_r2_of_a_target_that_never_changes():
    y, t = np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 2.0)
    assert r2(t, t) == metrics.r2_score(t, t) == 1.0
    assert r2(y, t) == metrics.r2_score(t, y) == 0.0
    assert math.isnan(r2(y[:1], t[:1]))


def test_poisson_deviance_where_theirs_refuses():
    y, t = numbers(1)
    for bad_y, bad_t in ((y * 0, t), (-y, t), (y, t - 1), (y * np.nan, t)):
        assert math.isnan(poisson_deviance(bad_y, bad_t))
    assert poisson_deviance(y, y) == pytest.approx(0.0, abs=1e-12)
