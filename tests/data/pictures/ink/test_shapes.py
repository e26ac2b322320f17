"""Digits are told apart by their strokes, and what has none of theirs is doubted."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mlp_scratch.data.pictures.ink.ink import Reading, read_ink
from mlp_scratch.data.pictures.ink.shapes import Shape
from mlp_scratch.engine.task import Task
from mlp_scratch.inference.photographs import doubt


def drawn(points: list[tuple[float, float]]) -> Image.Image:
    picture = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(picture).line([(400 * x, 400 * y) for x, y in points], "black", 24, "curve")
    return picture


@pytest.mark.parametrize(
    ("picture", "like", "unlike"),
    [
        (drawn([(0.3, 0.25), (0.7, 0.25), (0.45, 0.75)]), {7, 2, 3, 5, 9}, {1, 8}),
        # A triangle has a hole, which nobody's 1, 3, 5 or 7 has, and longer strokes than a 4
        (drawn([(0.2, 0.8), (0.5, 0.2), (0.8, 0.8), (0.18, 0.8)]), {0, 2}, {1, 3, 4, 5, 7}),
        (drawn([(0.5, 0.2), (0.48, 0.8)]), {1}, {0, 2, 3, 4, 5, 6, 7, 8, 9}),
    ],
    ids=["7", "triangle", "bar"],
)
def test_strokes_tell_digits_apart(picture: Image.Image, like: set, unlike: set) -> None:
    shape = read_ink(picture, (28, 28)).shape
    assert shape is not None
    assert not shape.tangled
    assert {digit for digit in like if shape.unlike(digit)} == set()
    assert {digit for digit in unlike if not shape.unlike(digit)} == set()


@pytest.mark.parametrize(
    ("most", "shape", "doubtful", "why"),
    [
        (0.75, Shape(2.1, 0), False, ""),
        (0.75, Shape(2.1, 1), True, "; its strokes are not those of a 7"),
        (0.85, Shape(2.1, 1), False, ""),
        (0.45, Shape(2.1, 0), True, ""),
        (0.99, Shape(4.0, 0), True, "; more strokes than a digit has"),
        (0.75, None, False, ""),
    ],
)
def test_a_digit_with_other_strokes_must_be_surer(most, shape, doubtful, why) -> None:
    task = Task("classification", names=tuple("0123456789"))
    p = np.full(10, (1 - most) / 9)
    p[7] = most
    assert doubt(task, Reading(np.zeros((1, 784), np.uint8), shape=shape), p) == (doubtful, why)
