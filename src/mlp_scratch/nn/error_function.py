"""The Gaussian error function, which NumPy lacks and the exact GELU needs.

erf(x) = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x, by rational functions: one of x^2 near
zero, and elsewhere 1 - exp(-x^2) r(x), where r is smooth. W. J. Cody 1969, "Rational Chebyshev
approximations for the error function", Math. Comp. 23, whose coefficients these are.
"""

import numpy as np

# Highest power first, as np.polyval wants them.
_SMALL_P = (
    1.85777706184603153e-1,
    3.16112374387056560e0,
    1.13864154151050156e2,
    3.77485237685302021e2,
    3.20937758913846947e3,
)
_SMALL_Q = (
    1.0,
    2.36012909523441209e1,
    2.44024637934444173e2,
    1.28261652607737228e3,
    2.84423683343917062e3,
)
_MIDDLE_P = (
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
_MIDDLE_Q = (
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
_SPLIT = 0.46875
_LARGEST = 6.0  # erf(6) is 1 - 2e-17: 1 in float64


def erf(x: np.ndarray) -> np.ndarray:
    """erf of each element, in a new array of x's shape and dtype; exact to a few units of rounding."""
    magnitude = np.minimum(np.abs(x), _LARGEST)
    square = np.minimum(magnitude, _SPLIT) ** 2
    small = x * (np.polyval(_SMALL_P, square) / np.polyval(_SMALL_Q, square))
    tail = np.exp(-magnitude * magnitude)
    tail *= np.polyval(_MIDDLE_P, magnitude) / np.polyval(_MIDDLE_Q, magnitude)
    return np.where(magnitude < _SPLIT, small, np.copysign(1.0 - tail, x)).astype(x.dtype)
