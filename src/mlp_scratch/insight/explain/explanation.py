"""One decision, explained: all that is found out about a row, as text and pictures show it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlp_scratch.insight.explain.asked import Asked
from mlp_scratch.insight.explain.attributions import STEPS, integrated_gradients, occlusion, spread
from mlp_scratch.insight.explain.opened import Layer, Opened

ENOUGH = 0.01  # of the difference, that attributions may miss of their sum


class Explanation(NamedTuple):
    """Of output y for row x, in the units of ``Asked``.

    value, baseline: y(x) and y(baseline). gradient: dy/dx times x - baseline, to first order what a
    small part of the way would do. integrated: attributions that add up to value - baseline.
    occluded: by how much y falls without each. All three (parts,): an entry for each column of a
    table or each pixel. layers: the hidden layers, from the first on.
    """

    asked: Asked
    value: float
    baseline: float
    gradient: np.ndarray
    integrated: np.ndarray
    occluded: np.ndarray
    layers: list[Layer]


def explain(
    opened: Opened,
    x: np.ndarray,
    asked: Asked,
    parts: Sequence[np.ndarray],
    patches: Sequence[np.ndarray] | None = None,
) -> Explanation:
    """Explain row x (features,), normalized.

    parts: the features of each column or pixel, all that there are. patches: what is left out
    together for ``occluded``; None: one part at a time.
    """
    unit, factor, zeros = asked.unit, asked.factor, np.zeros_like(x)
    value, baseline = (float(opened.outputs(row[None])[0, unit]) for row in (x, zeros))
    for steps in (STEPS, 2 * STEPS, 4 * STEPS, 8 * STEPS):  # the path may cross many bends
        integrated = integrated_gradients(opened, x, zeros, unit, steps)
        if not abs(value - baseline - integrated.sum()) > ENOUGH * abs(value - baseline):
            break
    gradient = opened.gradients(x[None], unit)[0] * x
    if patches is None:
        occluded = occlusion(opened, x, zeros, unit, parts)
    else:
        falls = occlusion(opened, x, zeros, unit, patches)
        occluded = _summed(spread(falls, patches, len(x)), parts)
    layers = [Layer(a, slopes * factor) for a, slopes in opened.layers(x, unit)]
    value, baseline = value * factor, baseline * factor
    gradient, integrated = (_summed(way, parts) * factor for way in (gradient, integrated))
    return Explanation(asked, value, baseline, gradient, integrated, occluded * factor, layers)


def _summed(values: np.ndarray, parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([values[features].sum() for features in parts])
