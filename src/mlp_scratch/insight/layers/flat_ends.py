"""Where an activation is flat, so that a unit there learns nothing.

Whether it is, is seen from the function itself, not from its name: it holds for an activation of
the user's own as well.
"""

import copy
import math
from typing import Any, NamedTuple

import numpy as np

# Of the steepest slope. |tanh| > 0.97, Karpathy's mark in "Building makemore, part 3", is where the
# slope 1 - y^2 of tanh is below this; the sigmoid, the same curve in another scale, is within 0.015
# of 0 or 1 there.
FLAT = 1 - 0.97**2
ROWS = 0.95  # of the probe's rows, that must be in the flat ends for a unit to count as saturated
_FAR, _POINTS = 50.0, 1001


class FlatEnds(NamedTuple):
    """can_die: whether all z of -1 and below give exactly 0, as ReLU does.

    below, above: z beyond which the slope is less than ``FLAT`` times the steepest there is; None
    unless both ends are so, as those of sigmoid and tanh are (Glorot & Bengio 2010, section 3).
    """

    can_die: bool
    below: float | None
    above: float | None

    def dead(self, a: np.ndarray) -> float:
        """Share of units whose activation is 0 in every row; a (rows, units). NaN if none can."""
        if not self.can_die:
            return math.nan
        return 1.0 - int(np.count_nonzero(a.any(axis=0))) / a.shape[1]

    def saturated(self, z: np.ndarray) -> float:
        """Share of units that are in a flat end in ``ROWS`` of the rows; z (rows, units). NaN if
        there are no two of them."""
        if self.below is None or self.above is None:
            return math.nan
        flat = np.count_nonzero((z < self.below) | (z > self.above), axis=0)
        return int(np.count_nonzero(flat >= ROWS * len(z))) / z.shape[1]


@np.errstate(all="ignore")
def flat_ends(activation: Any, dtype: np.dtype) -> FlatEnds:
    """The flat ends of an activation's object, which is not changed; None has none."""
    if activation is None:
        return FlatEnds(False, None, None)
    grid = np.linspace(-_FAR, _FAR, _POINTS)
    activation, z = copy.deepcopy(activation), grid.astype(dtype)[:, None]
    can_die = not np.any(activation.forward(z.copy())[grid <= -1.0])
    slope = np.abs(activation.backward(np.ones_like(z))[:, 0]).astype(np.float64)
    limit = FLAT * slope.max()
    steep = np.flatnonzero(~(slope < limit))
    if not len(steep) or steep[0] == 0 or steep[-1] == _POINTS - 1:
        return FlatEnds(can_die, None, None)
    return FlatEnds(
        can_die,
        _crossing(grid, slope, limit, steep[0] - 1, steep[0]),
        _crossing(grid, slope, limit, steep[-1] + 1, steep[-1]),
    )


def _crossing(grid: np.ndarray, slope: np.ndarray, limit: float, flat: int, steep: int) -> float:
    """z between two neighbours of the grid, where the slope is the limit."""
    share = (limit - slope[flat]) / (slope[steep] - slope[flat])
    return float(grid[flat] + share * (grid[steep] - grid[flat]))
