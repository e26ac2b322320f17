"""Strokes: found, and drawn with a usual pen."""

import numpy as np
import pytest

from mlp_scratch.data.pictures.ink.strokes import SIDE, drawn, framed, growth, outline, stroke_width


def test_a_figure_of_single_grains_has_no_outline() -> None:
    ink = np.zeros((384, 300))
    ink[10:370:40, 10:290:40] = 1
    assert outline(ink) is None


@pytest.mark.parametrize("width", [2, 8, 30])
def test_a_bar_is_drawn_with_a_stroke_of_the_usual_width(width: int) -> None:
    bar = np.zeros((200, 120), np.float32)
    bar[20:180, 50 : 50 + width] = 1
    distance = outline(bar)
    assert distance is not None
    assert stroke_width(bar) == pytest.approx(width, rel=0.2)
    grown = drawn(distance, growth(distance))
    rows, columns = np.nonzero(grown > 0.5)
    assert 0.08 < (np.ptp(columns) + 1) / (np.ptp(rows) + 1) < 0.19
    assert len(grown) >= SIDE


def test_a_figure_whose_mass_lies_at_its_edge_is_framed() -> None:
    ink = np.zeros((100, 20), np.float32)
    ink[:, 0] = 1
    assert framed(ink, (1, 1)).shape == (1, 1)
