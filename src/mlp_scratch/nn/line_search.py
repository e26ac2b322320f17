"""How far to go along a direction: to where the loss has fallen enough and the slope is gentle.

A step t is taken when it fulfils the strong Wolfe conditions (Nocedal & Wright 2006, equation 3.7),
f(t) the loss and f'(t) its slope along the direction:

    f(t) <= f(0) + c1 t f'(0)         low enough: a share c1 of what the slope promised
    |f'(t)| <= c2 |f'(0)|             gentle: no much better point close by

The search is algorithm 3.5 (go farther until such points are surrounded) and 3.6 (``zoom``), with
PyTorch's details: cubic interpolation for the next t, extrapolated to between 1.01 and 10 times as
far, and in a zoom kept a tenth of the bracket away from its ends when it stays close to them.
(PyTorch takes the lower end of a bracket for ``low``, even one that is not low enough: then it can
end without a point that will do. Where that does not happen the two go the same way.)
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

_SHORTEST = 1e-9  # of a bracket, measured by the parameter that moves most; as PyTorch


class Point(NamedTuple):
    """A step t, the loss there, its slope along the direction, and its gradient (n_params,)."""

    t: float
    loss: float
    slope: float
    grads: np.ndarray


def strong_wolfe(
    at: Callable[[float], Point],
    start: Point,
    t: float,
    *,
    c1: float,
    c2: float,
    max_evaluations: int,
    longest: float,
) -> Point:
    """The point to go to; of the lowest loss that was found when ``max_evaluations`` run out.

    at: evaluates a step. start: the point at 0, whose slope is negative. t: the first step to try.
    longest: the largest component of the direction. A loss that is no finite number is too high.
    """

    def is_low(point: Point) -> bool:
        return point.loss <= start.loss + c1 * point.t * start.slope

    def is_gentle(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    def zoom(low: Point, high: Point, evaluations: int) -> Point:
        """Narrow the bracket down to a point that will do: ``low`` is the lowest so far that is low
        enough, and the slope there points towards ``high``."""
        was_close = False
        while evaluations > 0 and abs(high.t - low.t) * longest >= _SHORTEST:
            left, right = min(low.t, high.t), max(low.t, high.t)
            t, margin = _lowest(low, high, left, right), 0.1 * (right - left)
            is_close = min(right - t, t - left) < margin
            if is_close and (was_close or not left < t < right):
                t = right - margin if right - t < t - left else left + margin
                is_close = False
            was_close = is_close
            point = at(t)
            evaluations -= 1
            if not is_low(point) or point.loss >= low.loss:
                high = point
            elif is_gentle(point):
                return point
            else:
                low, high = point, low if point.slope * (high.t - low.t) >= 0 else high
        return low

    before, point, tries = start, at(t), 0
    while tries < max_evaluations:
        if not is_low(point) or (tries > 0 and point.loss >= before.loss):
            return zoom(before, point, max_evaluations - tries)
        if is_gentle(point):
            return point
        if point.slope >= 0:
            return zoom(point, before, max_evaluations - tries)
        nearest, farthest = point.t + 0.01 * (point.t - before.t), 10 * point.t
        before, point = point, at(_lowest(before, point, nearest, farthest))
        tries += 1
    return point if point.loss < before.loss else before


def _lowest(a: Point, b: Point, least: float, most: float) -> float:
    """Where the cubic through two points with their slopes is lowest, within bounds; the middle of
    these where it has no lowest point. Nocedal & Wright, equation 3.59."""
    a, b = (a, b) if a.t <= b.t else (b, a)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not 0 <= square < math.inf:
        return (least + most) / 2
    d2 = math.sqrt(square)
    divisor = b.slope - a.slope + 2 * d2
    if divisor == 0:
        return (least + most) / 2
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / divisor)
    return min(max(t, least), most)
