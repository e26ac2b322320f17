"""After which epochs to look into the layers.

    0, before the first step;  max(1, gap // 16);  then  next = epoch + max(gap, epoch // 7)

So late looks are an eighth apart: 10,000 epochs are some 60 looks. ``gap`` is chosen such that
looking costs about a percent of a long training; a short one, in which an epoch costs no more than
a look does, has an early one beside its two ends. The rhythm does not depend on when the training
ends, which may change when a run is resumed.
"""

import math
from collections.abc import Iterator

SHARE = 0.008  # of the training's work
EARLY = 16  # part of a gap, at which the first steps are over and most is still to come
# Work in the time of a step of a small network: what a step, or a look, takes however small it is,
# and what it takes more for a million products of a row and a parameter. From measurements, of a
# look with what it costs to write it down; they set the rhythm and nothing else.
STEP, LOOK = (1.0, 1.0), (16.0, 1.2)


def gap_between(rows: int, parameters: int, batch_rows: int, steps: int) -> int:
    """Epochs between two looks at ``rows`` rows; an epoch has ``steps`` steps on ``batch_rows``."""
    look = LOOK[0] + LOOK[1] * rows * parameters / 1e6
    step = STEP[0] + STEP[1] * batch_rows * parameters / 1e6
    return math.ceil(look / (step * steps * SHARE))


def looks(gap: int) -> Iterator[int]:
    """The epochs, from 0, without end."""
    yield 0
    epoch = max(1, gap // EARLY)
    while True:
        yield epoch
        epoch += max(gap, epoch // 7)
