"""Our erf against the standard library's."""

import math

import numpy as np
import pytest

from mlp_scratch.nn.error_function import erf

POINTS = np.concatenate(
    [
        np.linspace(-8, 8, 20_011),
        np.linspace(0.46, 0.48, 501),  # around the border of the two formulas
        np.geomspace(1e-300, 1, 601),
        [0.0, -0.0, 6.0, -6.0, 30.0, -1e30, np.inf, -np.inf],
    ]
)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-15), (np.float32, 4e-7)])
def test_against_the_standard_library(dtype, rtol):
    x = POINTS.astype(dtype)
    x = x[(np.abs(x) >= np.finfo(dtype).tiny) | (x == 0)]  # float32 cannot hold 1e-300
    expected = np.array([math.erf(value) for value in x])
    ours = erf(x)
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours, expected, rtol=rtol, atol=0)


def test_odd_nan_and_out():
    x = np.linspace(0, 5, 101)
    np.testing.assert_array_equal(erf(-x), -erf(x))
    assert np.isnan(erf(np.array([np.nan]))).all()
    assert np.isnan(erf(np.array([np.nan], np.float32))).all()
    out = np.empty_like(x)
    assert erf(x, out=out) is out
    single = x.astype(np.float32)
    work, out = np.empty((2, 101), np.float32)
    assert erf(single, out=out, work=work) is out
    np.testing.assert_array_equal(out, erf(single))
