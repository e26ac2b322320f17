"""Means with honest error bars: Student's t for a handful of seeds, Welch's t for two groups.

Three seeds say little, and a normal approximation would hide how little: their 95 % interval is
4.30 standard errors wide on each side, not 1.96. SciPy is not needed for this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """Of n values: their mean, sample standard deviation, and half the width of the interval."""

    n: int
    mean: float
    std: float
    half_width: float

    @property
    def low(self) -> float:
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        return self.mean + self.half_width


def estimate(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Mean, standard deviation (divisor n - 1) and t-interval; NaN where one value says nothing.

    Raises ValueError for no values.
    """
    n = len(values)
    if n == 0:
        raise ValueError("no values to estimate from")
    mean = math.fsum(values) / n
    if n == 1:
        return Estimate(1, mean, math.nan, math.nan)
    std = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
    return Estimate(n, mean, std, t_quantile(0.5 + confidence / 2, n - 1) * std / math.sqrt(n))


def difference(a: Estimate, b: Estimate, confidence: float = 0.95) -> tuple[float, float] | None:
    """Welch's interval for mean(a) - mean(b), for groups of unequal spread; None below 2 values.

    B. L. Welch (1947), "The generalization of Student's problem when several different population
    variances are involved", Biometrika 34.
    """
    if a.n < 2 or b.n < 2:
        return None
    va, vb = a.std**2 / a.n, b.std**2 / b.n
    gap = a.mean - b.mean
    if va + vb == 0.0:
        return (gap, gap)
    dof = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))
    half = t_quantile(0.5 + confidence / 2, dof) * math.sqrt(va + vb)
    return (gap - half, gap + half)


def t_quantile(p: float, dof: float) -> float:
    """The value that Student's t with ``dof`` (real, > 0) degrees of freedom exceeds with 1 - p."""
    if not 0.0 < p < 1.0 or not dof > 0.0:
        raise ValueError(f"t_quantile needs 0 < p < 1 and dof > 0, got {p} and {dof}")
    if p < 0.5:
        return -t_quantile(1.0 - p, dof)
    low, high = 0.0, 1.0
    while _t_cdf(high, dof) < p:
        low, high = high, 2.0 * high
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if _t_cdf(middle, dof) < p:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _t_cdf(t: float, dof: float) -> float:
    """P(T <= t) for t >= 0, by the incomplete beta function (Abramowitz & Stegun 26.7.1)."""
    return 1.0 - 0.5 * _incomplete_beta(dof / (dof + t * t), dof / 2.0, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularized I_x(a, b), from its continued fraction where that converges fast."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _incomplete_beta(1.0 - x, b, a)
    log_front = a * math.log(x) + b * math.log1p(-x)
    log_front -= math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return math.exp(log_front) * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Abramowitz & Stegun 26.5.8, evaluated forwards (Lentz's way, with a floor against 0)."""
    floor = 1e-300
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0) or floor)
    value = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / ((1.0 + term * d) or floor)
            c = (1.0 + term / c) or floor
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value
