"""What the ten digits look like: how long their strokes are, and how many holes they have.

A network names a digit for anything. Where its digit has other strokes than the figure, it must be
surer than elsewhere; where no digit has so many, none is named.
"""

from dataclasses import dataclass

import numpy as np

from mlp_scratch.data.pictures.ink.regions import regions
from mlp_scratch.data.pictures.ink.strokes import SIDE, drawn, stroke_width

# Lengths of its longer side that a digit's strokes have; 1 in 1000 of MNIST's has more
LONGEST = 3.5
HOLE, MOST_HOLES = 12, 2  # pixels: what is smaller is no hole; an 8 has two
# By digit, the shortest and the longest strokes of 1,500 training digits of MNIST without 1 in 100
# at either end, widened by 5 and 3 %; and the fewest and the most holes that 1 in 50 or more have
# there, but for the 4, which many close
LENGTHS = (
    *((1.8, 3.3), (1.0, 1.85), (1.55, 3.1), (1.6, 3.3), (1.5, 2.55)),
    *((1.55, 3.3), (1.45, 2.9), (1.35, 2.5), (1.6, 3.35), (1.6, 2.85)),
)
HOLES = ((0, 1), (0, 0), (0, 1), (0, 0), (0, 1), (0, 0), (0, 1), (0, 0), (1, 2), (0, 1))


@dataclass(frozen=True)
class Shape:
    """length of a figure's strokes, by its longer side, and its holes."""

    length: float
    holes: int

    @property
    def tangled(self) -> bool:
        """More strokes or holes than any digit has: a scribble, a drawing."""
        return self.length > LONGEST or self.holes > MOST_HOLES

    def unlike(self, digit: int) -> bool:
        """Whether nearly none of that digit, from 0 to 9, looks so."""
        (shortest, longest), (fewest, most) = LENGTHS[digit], HOLES[digit]
        return not (shortest <= self.length <= longest and fewest <= self.holes <= most)


def shape_of(distance: np.ndarray) -> Shape:
    """distance (n, n): what `outline` made of a figure."""
    ink = drawn(distance, 0.0)
    length = float(ink.sum()) / stroke_width(ink) / SIDE
    return Shape(length, int((regions(ink <= 0.5).areas > HOLE).sum()) - 1)
