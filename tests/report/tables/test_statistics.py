import math

import numpy as np
import pytest

from mlp_scratch.report.tables.statistics import difference, estimate, t_quantile

# Student's t, two-sided 95 % and 99 %, from the usual printed tables
PRINTED = [
    (0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 4, 2.776), (0.975, 9, 2.262),
    (0.975, 30, 2.042), (0.975, 120, 1.980), (0.995, 1, 63.657), (0.995, 10, 3.169),
    (0.95, 5, 2.015),
]  # fmt: skip


@pytest.mark.parametrize(("p", "dof", "value"), PRINTED)
def test_t_quantile_as_printed(p, dof, value):
    assert t_quantile(p, dof) == pytest.approx(value, abs=6e-4)


def test_t_quantile_as_scipy_has_it():
    stats = pytest.importorskip("scipy.stats")
    for p in (0.51, 0.6, 0.9, 0.975, 0.995):
        for dof in (1, 1.05, 1.5, 2, 3, 7.3, 29, 100.5, 1e4, 1e6):
            assert t_quantile(p, dof) == pytest.approx(stats.t.ppf(p, dof), rel=1e-7), (p, dof)


def test_estimate_by_hand():
    """2, 4, 6: mean 4, standard deviation 2, half width 4.303 * 2 / sqrt(3)."""
    e = estimate([2.0, 4.0, 6.0])
    assert (e.n, e.mean, e.std) == (3, 4.0, 2.0)
    assert e.high - e.mean == pytest.approx(4.3027 * 2 / math.sqrt(3), rel=1e-4)
    assert e.mean - e.low == pytest.approx(e.high - e.mean)


def test_one_value_has_no_spread_and_none_has_no_mean():
    assert math.isnan(estimate([3.0]).std)
    assert math.isnan(estimate([3.0]).low)
    assert estimate([]).n == 0
    assert math.isnan(estimate([]).mean)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = sum(
        e.low < 0 < e.high for e in (estimate(list(rng.normal(size=3))) for _ in range(2000))
    )
    assert 0.935 < hits / 2000 < 0.965


def test_difference_as_scipy_has_it():
    stats = pytest.importorskip("scipy.stats")
    a, b = [0.97, 0.975, 0.972, 0.978], [0.96, 0.97, 0.981]
    theirs = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert difference(estimate(a), estimate(b)) == pytest.approx(tuple(theirs), rel=1e-7)


def test_difference_needs_two_on_both_sides():
    assert difference(estimate([1.0]), estimate([1.0, 2.0])) is None
    assert difference(estimate([2.0, 2.0]), estimate([1.0, 1.0])) == (1.0, 1.0)
