"""The nearest training rows, as the last hidden layer sees them."""

import numpy as np
from explained_networks import network

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.rows import Rows
from mlp_scratch.insight.explain.neighbours import nearest
from mlp_scratch.insight.explain.opened import Opened

RNG = np.random.default_rng(5)


def test_neighbours_are_the_nearest_in_the_last_hidden_layer():
    made, stored = network(), RNG.normal(size=(600, 6)).astype(np.float32)
    rows = Rows(stored, np.zeros(600, np.intp), Normalizer("none"), np.arange(100, 600))
    opened = Opened(made)
    x = stored[140].astype(np.float64)
    places, distances = nearest(opened, rows, x, 5)
    hidden = opened.representation(stored[100:].astype(np.float64))
    expected = np.linalg.norm(hidden - hidden[40], axis=1)
    assert places[0] == 40
    assert distances[0] < 1e-12
    np.testing.assert_array_equal(places, np.argsort(expected, kind="stable")[:5])
    np.testing.assert_allclose(distances, np.sort(expected)[:5], atol=1e-12)
