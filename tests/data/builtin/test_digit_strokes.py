"""The topologies that digits are drawn from."""

import numpy as np
import pytest

from mlp_scratch.data.builtin.digit_curves import N_POINTS, curve
from mlp_scratch.data.builtin.digit_strokes import TOPOLOGIES


@pytest.mark.parametrize("topology", range(len(TOPOLOGIES)))
def test_extremes_of_a_topology_match(topology):
    digit, name, share, _ = TOPOLOGIES[topology]
    shapes = TOPOLOGIES[topology].shapes
    assert 0 <= digit <= 9
    assert share > 0
    assert len({tuple(len(stroke) for stroke in shape) for shape in shapes}) == 1, name
    made = curve(topology)
    assert made.basis.shape == (N_POINTS, made.extremes.shape[1])
    np.testing.assert_allclose(made.basis.sum(axis=1), 1)  # moves along with its controls
    assert np.abs(made.extremes).max() < 0.6


def test_every_digit_has_several_topologies():
    names = {(t.digit, t.name) for t in TOPOLOGIES}
    assert len(names) == len(TOPOLOGIES)
    assert all(sum(t.digit == digit for t in TOPOLOGIES) >= 3 for digit in range(10))
