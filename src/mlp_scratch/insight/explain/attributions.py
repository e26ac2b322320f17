"""How much each input did for one output: integrated gradients, and leaving inputs out.

Both compare the row with a baseline that says nothing: zeros as the network takes them, which is
black for pictures and the mean of a standardized column.
"""

from collections.abc import Sequence

import numpy as np

from mlp_scratch.insight.explain.opened import Opened

STEPS = 512  # of the path; at 128 the attributions of a ReLU network miss their sum by up to 1 %
_ROWS = 256  # that go through at a time


def integrated_gradients(
    opened: Opened, x: np.ndarray, baseline: np.ndarray, unit: int, steps: int = STEPS
) -> np.ndarray:
    """Attributions (features,) of row x to output y; they add up to y(x) - y(baseline).

    IG = (x - baseline) mean over alpha in (0, 1) of dy/dx at baseline + alpha (x - baseline), by
    the midpoint rule. Sundararajan, Taly & Yan 2017, equations 1 and 3, proposition 1.
    """
    alphas = (np.arange(steps, dtype=np.float64) + 0.5) / steps
    total = np.zeros(x.shape, np.float64)
    for start in range(0, steps, _ROWS):
        path = baseline + alphas[start : start + _ROWS, None] * (x - baseline)
        total += opened.gradients(path.astype(x.dtype), unit).sum(axis=0, dtype=np.float64)
    return (x - baseline) * total / steps


def occlusion(
    opened: Opened, x: np.ndarray, baseline: np.ndarray, unit: int, groups: Sequence[np.ndarray]
) -> np.ndarray:
    """By how much y falls when the features of each group are those of the baseline: (groups,).

    Zeiler & Fergus 2014, section 4.2.
    """
    whole = opened.outputs(x[None])[0, unit]
    falls = np.empty(len(groups))
    for start in range(0, len(groups), _ROWS):
        some = groups[start : start + _ROWS]
        rows = np.repeat(x[None], len(some), axis=0)
        for row, features in zip(rows, some, strict=True):
            row[features] = baseline[features]
        falls[start : start + len(some)] = whole - opened.outputs(rows)[:, unit]
    return falls


def patches(image_shape: tuple[int, ...], most: int = 1024) -> list[np.ndarray]:
    """Square patches of a picture's pixels, an eighth of its longer side wide, that cover it.

    They overlap: one begins at every pixel, or at every second, ..., so that there are ``most`` at
    the most. Each is a list of features, those of all channels.
    """
    height, width = image_shape[:2]
    features = np.arange(int(np.prod(image_shape))).reshape(image_shape)
    size = max(1, round(max(height, width) / 8))
    stride = 1
    while len(_starts(height, size, stride)) * len(_starts(width, size, stride)) > most:
        stride += 1
    return [
        features[max(0, top) : top + size, max(0, left) : left + size].ravel()
        for top in _starts(height, size, stride)
        for left in _starts(width, size, stride)
    ]


def _starts(length: int, size: int, stride: int) -> range:
    """Where patches begin along a side: the first and the last reach over the edge."""
    return range(1 - min(size, stride), length, stride)


def spread(values: np.ndarray, groups: Sequence[np.ndarray], n: int) -> np.ndarray:
    """For each of n features the mean of the values of the groups that it is in."""
    total, count = np.zeros(n), np.zeros(n)
    for value, features in zip(values, groups, strict=True):
        total[features] += value
        count[features] += 1
    return total / np.maximum(count, 1)
