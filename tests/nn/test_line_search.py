"""The line search: what the strong Wolfe conditions ask for."""

import math

import numpy as np
import pytest

from mlp_scratch.nn.line_search import Point, strong_wolfe


@pytest.mark.parametrize("c2", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 30.0, 1e4])
@pytest.mark.parametrize(
    "f",
    [
        lambda t: ((t - 2) ** 2, 2 * (t - 2)),
        lambda t: (-t / (t**2 + 2), (t**2 - 2) / (t**2 + 2) ** 2),  # Moré & Thuente 1994, 5.1
        lambda t: ((t + 0.004) ** 5 - 2 * (t + 0.004) ** 4, (t + 0.004) ** 3 * (5 * t - 7.98)),
        lambda t: (math.cosh(min(t, 300) - 3), math.sinh(min(t, 300) - 3)),
    ],
)
def test_the_wolfe_conditions_hold(f, first: float, c2: float) -> None:
    """The third function is Moré & Thuente's 5.2."""

    def at(t: float) -> Point:
        return Point(t, *f(t), np.zeros(1))

    start = at(0.0)
    options = {"c1": 1e-4, "c2": c2, "max_evaluations": 60, "longest": 1.0}
    end = strong_wolfe(at, start, first, **options)
    assert end.loss <= start.loss + 1e-4 * end.t * start.slope
    assert abs(end.slope) <= c2 * abs(start.slope)


@pytest.mark.parametrize("far", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_too_high(far: float) -> None:
    def at(t: float) -> Point:
        loss, slope = ((t - 1) ** 2, 2 * (t - 1)) if t < 1.5 else (far, math.nan)
        return Point(t, loss, slope, np.zeros(1))

    options = {"c1": 1e-4, "c2": 0.5, "max_evaluations": 25, "longest": 1.0}
    end = strong_wolfe(at, at(0.0), 1000.0, **options)
    assert 0 < end.t < 1.5
