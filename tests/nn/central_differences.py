"""Gradients by central differences, the judge of every ``backward``."""

from collections.abc import Callable

import numpy as np

from mlp_scratch.nn.parameters import Parameters


def numeric_gradient(f: Callable[[], float], x: np.ndarray, h: float = 2e-6) -> np.ndarray:
    """df/dx of the scalar f() for each element of x, which f reads; x is restored."""
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f()
        x[i] = kept - h
        below = f()
        x[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient


def assert_gradient(analytic: np.ndarray, f: Callable[[], float], x: np.ndarray) -> None:
    """``analytic`` is df/dx within what central differences in float64 can tell."""
    assert x.dtype == np.float64
    np.testing.assert_allclose(analytic, numeric_gradient(f, x), rtol=1e-6, atol=2e-9)


def penalty(params: Parameters, l1: float, l2: float) -> float:
    """l1 sum |W| + l2 / 2 sum W^2, whose gradient ``add_l1`` and ``add_l2`` add."""
    return float(l1 * np.abs(params.weights).sum() + l2 / 2 * np.square(params.weights).sum())
