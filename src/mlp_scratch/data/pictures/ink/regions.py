"""What hangs together in a picture: connected regions, and windows that run over it.

Regions are found from runs: the parts of a row that lie in the mask. Runs of neighbouring rows
that touch are joined, by the union-find of any textbook, a whole array at a time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Regions:
    """labels (h, w): 0 for none, 1 to n. areas (n,) in pixels. boxes (n, 4): top, left, bottom,
    right, the last two exclusive."""

    labels: NDArray[np.int32]
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]


def regions(mask: np.ndarray) -> Regions:
    """The regions of a mask (h, w), whose pixels touch at their sides or corners."""
    height, width = mask.shape
    step = width + 2
    padded = np.zeros((height, step), bool)
    padded[:, 1:-1] = mask
    # Runs are in order, and a number says row and column of their starts and (exclusive) ends
    turns = np.flatnonzero(padded.ravel()[1:] != padded.ravel()[:-1])
    begin, stop = turns[::2], turns[1::2]
    rows, start = np.divmod(begin, step)
    end = stop - rows * step
    first = np.searchsorted(stop, begin + step)
    last = np.searchsorted(begin, stop + step, side="right")
    count = np.maximum(last - first, 0)
    above = np.repeat(np.arange(len(rows)), count)
    below = np.arange(len(above)) - np.repeat(np.cumsum(count) - count - first, count)
    _, of_run = np.unique(joined(len(rows), above, below), return_inverse=True)
    n = int(of_run.max(initial=-1)) + 1
    lengths = end - start
    labels = np.zeros((height, width), np.int32)
    labels[mask] = np.repeat(of_run + 1, lengths)
    boxes = np.empty((n, 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = max(height, width), 0
    np.minimum.at(boxes[:, 0], of_run, rows)
    np.minimum.at(boxes[:, 1], of_run, start)
    np.maximum.at(boxes[:, 2], of_run, rows + 1)
    np.maximum.at(boxes[:, 3], of_run, end)
    areas = np.bincount(of_run, lengths, n).astype(np.int64)
    return Regions(labels, areas, boxes)


def joined(n: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """For n things, of which a[i] and b[i] belong together: the first thing of each one's set."""
    root = np.arange(n)
    while True:
        one, other = root[a], root[b]
        apart = one != other
        if not apart.any():
            return root
        a, b, one, other = a[apart], b[apart], one[apart], other[apart]
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(root, root[root]):
            root = root[root]


def alike(values: np.ndarray, step: float) -> np.ndarray:
    """Zones (h, w) of neighbours that differ by less than ``step``, each named by one number."""
    number = np.arange(values.size).reshape(values.shape)
    right = np.abs(np.diff(values, axis=1)) < step
    down = np.abs(np.diff(values, axis=0)) < step
    a = np.concatenate([number[:, :-1][right], number[:-1][down]])
    b = np.concatenate([number[:, 1:][right], number[1:][down]])
    return joined(values.size, a, b).reshape(values.shape)


def largest_around(values: np.ndarray, reach: int, axis: int | None = None) -> np.ndarray:
    """The largest value within ``reach`` pixels along an axis, the picture's end included; in the
    square around each pixel where no axis is named."""
    return _extreme(np.maximum, values, reach, axis)


def smallest_around(values: np.ndarray, reach: int, axis: int | None = None) -> np.ndarray:
    """The smallest value, in the same windows."""
    return _extreme(np.minimum, values, reach, axis)


def _extreme(better: np.ufunc, values: np.ndarray, reach: int, axis: int | None) -> np.ndarray:
    """In steps that double: a window of 2 and one of 2 make one of 4."""
    if axis is None:
        return _extreme(better, _extreme(better, values, reach, 0), reach, 1)
    window, wanted = _widened(values, reach, axis), 2 * reach + 1
    size = 1
    while size < wanted:
        more = min(size, wanted - size)
        window = better(window[:-more], window[more:])
        size += more
    return window if axis == 0 else window.T


def _widened(values: np.ndarray, reach: int, axis: int) -> np.ndarray:
    """Values (h, w) with the axis first, and the picture's ends repeated ``reach`` times."""
    rows = values if axis == 0 else values.T
    return np.concatenate([*[rows[:1]] * reach, rows, *[rows[-1:]] * reach])


def mean_around(values: np.ndarray, reach: int) -> np.ndarray:
    """The mean of the square of 2 reach + 1 pixels around each; the edge goes on outside."""
    side = 2 * reach + 1
    for axis in (0, 1):
        wide = _widened(values, reach, axis)
        n = len(wide) - side + 1
        total = wide[:n].astype(np.float32)
        for k in range(1, side):
            total += wide[k : k + n]
        total /= side
        values = total if axis == 0 else total.T
    return values
