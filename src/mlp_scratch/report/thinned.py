"""A few of many rows, and a few digits of a number: what a picture or a page has room for."""

import math

import numpy as np
from numpy.typing import NDArray


def spread(n: int, most: int) -> NDArray[np.intp]:
    """At most ``most`` of the numbers 0 to n - 1, evenly spread, both ends among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))


def rounded(value: float | None, digits: int = 6) -> float | int | None:
    """Six digits are more than a picture shows; None for what JSON has no word for."""
    if value is None or not math.isfinite(value):
        return None
    if float(value).is_integer() and abs(value) < 1e15:
        return int(value)
    return float(f"{value:.{digits}g}")
