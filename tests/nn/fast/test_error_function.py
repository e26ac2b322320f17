"""Our erf in float32 against the standard library's; in float64 it is that one."""

import math

import numpy as np

from mlp_scratch.nn.fast.error_function import erf

POINTS = np.concatenate(
    [
        np.linspace(-8, 8, 20_011),
        np.geomspace(1e-37, 1, 601),
        [0.0, -0.0, 6.0, -6.0, 30.0, -1e30, np.inf, -np.inf],
    ]
)


def test_against_the_standard_library():
    x = POINTS.astype(np.float32)
    expected = np.array([math.erf(value) for value in x])
    ours = erf(x)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, rtol=4e-7, atol=0)


def test_odd_nan_and_out():
    x = np.linspace(0, 5, 101, dtype=np.float32)
    np.testing.assert_array_equal(erf(-x), -erf(x))
    assert np.isnan(erf(np.array([np.nan], np.float32))).all()
    work, out = np.empty((2, 101), np.float32)
    assert erf(x, out=out, work=work) is out
    np.testing.assert_array_equal(out, erf(x))
