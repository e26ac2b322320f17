"""The Gaussian error function, which NumPy lacks and the exact GELU needs.

erf(x) = 2 / sqrt(pi) * integral of exp(-t^2) dt from 0 to x

In float64 by rational functions: one of x^2 near zero, and elsewhere 1 - exp(-x^2) r(|x|), where r
is smooth; W. J. Cody 1969, "Rational Chebyshev approximations for the error function", whose
coefficients these are. In float32, where speed counts, by tanh(x p(x^2)) with a polynomial p:
artanh(erf(x)) / x is so close to a parabola that seven terms are enough.
"""

import numpy as np

# Coefficients of the highest power first.
_NEAR_P = (
    1.85777706184603153e-1,
    3.16112374387056560e0,
    1.13864154151050156e2,
    3.77485237685302021e2,
    3.20937758913846947e3,
)
_NEAR_Q = (
    1.0,
    2.36012909523441209e1,
    2.44024637934444173e2,
    1.28261652607737228e3,
    2.84423683343917062e3,
)
_FAR_P = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e0,
    6.61191906371416295e1,
    2.98635138197400131e2,
    8.81952221241769090e2,
    1.71204761263407058e3,
    2.05107837782607147e3,
    1.23033935479799725e3,
)
_FAR_Q = (
    1.0,
    1.57449261107098347e1,
    1.17693950891312499e2,
    5.37181101862009858e2,
    1.62138957456669019e3,
    3.29079923573345963e3,
    4.36261909014324716e3,
    3.43936767414372164e3,
    1.23033935480374942e3,
)
_BORDER = 0.46875  # between near and far
_ONE_FROM = 6.0  # erf(6) = 1 - 2e-17, which is 1 in float64

# Fitted by least squares to artanh(erf(x)) / x on [0, 4], reweighted for the smallest largest
# relative error of tanh(x p(x^2)): 1e-7, and 3e-7 with float32's rounding.
_TANH_P = (
    1.41893597e-07,
    -5.66902679e-06,
    8.76398674e-05,
    -6.19789592e-04,
    -1.91826874e-04,
    1.02769055e-01,
    1.12837927e00,
)
_ONE_FROM_SINGLE = 4.0  # erf(4) = 1 - 2e-8, which is 1 in float32


def erf(x: np.ndarray, out: np.ndarray | None = None, work: np.ndarray | None = None) -> np.ndarray:
    """erf of each element, of x's shape and dtype (float32 or float64), into ``out`` if given.

    ``out`` and ``work``, arrays like x but other than x and each other, save the time that it takes
    to get memory (in float32). Relative errors: 1e-15 in float64, 4e-7 in float32.
    """
    out = np.empty_like(x) if out is None else out
    if x.dtype != np.float32:
        return _erf_double(x, out)
    return _erf_single(x, out, np.empty_like(x) if work is None else work)


def _erf_single(x: np.ndarray, out: np.ndarray, work: np.ndarray) -> np.ndarray:
    square = np.clip(x, -_ONE_FROM_SINGLE, _ONE_FROM_SINGLE, out=work)
    square *= square
    np.multiply(square, _TANH_P[0], out=out)  # Horner's scheme, in place
    for coefficient in _TANH_P[1:-1]:
        out += coefficient
        out *= square
    out += _TANH_P[-1]
    out *= x
    return np.tanh(out, out=out)


def _erf_double(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    magnitude = np.minimum(np.abs(x), _ONE_FROM)
    square = np.minimum(magnitude, _BORDER) ** 2
    near = x * (np.polyval(_NEAR_P, square) / np.polyval(_NEAR_Q, square))
    tail = np.exp(-magnitude * magnitude)
    tail *= np.polyval(_FAR_P, magnitude) / np.polyval(_FAR_Q, magnitude)
    np.copysign(1.0 - tail, x, out=out)
    np.copyto(out, near, where=magnitude < _BORDER)
    return out
