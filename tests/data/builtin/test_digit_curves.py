"""Curves through control points."""

import numpy as np

from mlp_scratch.data.builtin.digit_curves import curve
from mlp_scratch.data.builtin.digit_strokes import TOPOLOGIES


def test_curve_runs_through_its_corner_and_ends():
    """A plain seven begins and ends where it should and turns sharply at its corner."""
    index = next(i for i, t in enumerate(TOPOLOGIES) if (t.digit, t.name) == (7, "plain"))
    made = curve(index)
    points = made.basis @ made.extremes[0]
    stroke = np.array(TOPOLOGIES[index].shapes[0][0]) / 100 - 0.5
    for place in (stroke[0], stroke[2], stroke[-1]):
        assert np.linalg.norm(points - place, axis=1).min() < 0.03
    corner = np.flatnonzero(np.diff(made.piece_of_point))[0]
    before, after = points[corner] - points[corner - 2], points[corner + 3] - points[corner + 1]
    cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    assert cosine < 0
