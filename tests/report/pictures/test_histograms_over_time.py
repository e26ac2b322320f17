"""Histograms side by side, one for each look."""

import numpy as np
import pytest

from mlp_scratch.report.pictures import histograms_over_time as over_time
from mlp_scratch.report.pictures import style


@pytest.fixture
def figures(monkeypatch):
    """The figures that are written."""
    written = []

    def write(figure, path):
        written.append(figure)
        return path

    monkeypatch.setattr(style, "write", write)
    return written


def test_of_very_many_layers_the_first_and_the_last_are_among_those_shown():
    layers = over_time.Grid(40).layers
    assert (len(layers), layers[0], layers[-1]) == (over_time.MOST_LAYERS, 0, 39)


@pytest.mark.parametrize(
    ("counts", "ends", "expected"),
    [
        ([4, 0, 0, 4], [0.0, 4.0], [0.5, 0, 0, 0.5]),
        ([0, 8, 0, 0], [0.0, 4.0], [0, 1, 0, 0]),
        ([4, 4, 0, 0], [0.0, 8.0], [0.25, 0.25, 0.25, 0.25]),
        ([0, 0, 3, 0], [1.5, 1.5], [0, 1, 0, 0]),  # one value
    ],
)
def test_histograms_come_onto_one_axis(counts, ends, expected):
    edges = np.arange(5.0)
    shares = over_time._resampled(np.array(counts, np.uint32), np.array(ends), edges)
    np.testing.assert_allclose(shares, expected)


@pytest.mark.parametrize("epochs", [[0], [0, 1], [0, 1, 3], [0, *range(5, 200, 5)]])
def test_ticks_name_the_first_and_the_last_look(epochs, figures):
    ax = style.new_figure(3, 2).add_subplot()
    over_time.frame_looks(ax, np.array(epochs), 5)
    names = [t.get_text() for t in ax.get_xticklabels()]
    assert (names[0], names[-1]) == (str(epochs[0]), str(epochs[-1]))
    assert len(names) <= 6
    for place, name in zip(ax.get_xticks(), names, strict=True):
        assert epochs[int(place)] == int(name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.001, "0.001"),
        (-2.5, "−2.5"),
        (20_000, "20,000"),
        (3e-5, "3e-5"),
        (-4e6, "−4e6"),
    ],
)
def test_numbers_of_an_axis(value, text):
    assert over_time.short_number(value) == text
