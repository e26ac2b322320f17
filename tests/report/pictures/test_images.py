"""Sheets of images with captions."""

import numpy as np
import pytest
from PIL import Image

from mlp_scratch.report.pictures.images import (
    _captions,
    as_pictures,
    draw_misclassified,
    draw_predictions,
    short_percent,
)

RNG = np.random.default_rng(0)


NAMES = [f"n{i}" for i in range(10)]


LONG = ["T-shirt/top", "Ankle boot", "Pull $ over", "日本", "e", "f", "g", "h", "i", "j"]


def mistakes(n, shape, dtype=np.uint8):
    pixels = RNG.integers(0, 256, (n, int(np.prod(shape)))).astype(dtype)
    labels = np.arange(n) % 10
    return pixels, shape, labels, (labels + 1) % 10, np.linspace(1, 0.4, n)


@pytest.mark.parametrize(
    ("n", "shape", "names"),
    [
        (1, (28, 28), NAMES),
        (25, (28, 28), LONG),
        (40, (28, 28), NAMES),
        (7, (32, 32, 3), LONG),
        (6, (5, 9), NAMES),
        (2, (8, 8, 1), NAMES),
        (2, (6, 6, 2), NAMES),
    ],
    ids=str,
)
def test_misclassified(tmp_path, n, shape, names):
    path = draw_misclassified(*mistakes(n, shape), names, tmp_path / "m.png")
    width, height = Image.open(path).size
    rows = min(-(-n // 5), 5)
    assert width == 776
    side = 138 * min(1.0, shape[0] / shape[1])
    assert (side + 12) * rows < height < (side + 62) * rows + 100


def test_misclassified_none_at_all_replaces_a_stale_picture(tmp_path):
    target = tmp_path / "m.png"
    target.write_bytes(b"stale")
    assert draw_misclassified(*mistakes(0, (28, 28)), NAMES, target) == target
    assert target.read_bytes()[:4] == b"\x89PNG"


def test_pixels_keep_their_order():
    """Row-major pixels, colours interleaved; floats share one scale; NaN is black."""
    grey = as_pictures(np.arange(6, dtype=np.uint8)[None], (2, 3))
    assert grey[0, :, :, 0].tolist() == [[0, 1, 2], [3, 4, 5]]
    colour = as_pictures(np.arange(12, dtype=np.uint8)[None], (2, 2, 3))
    assert colour[0, 1, 0].tolist() == [6, 7, 8]
    floats = as_pictures(np.array([[0.0, 0.5, 1.0, np.nan]]), (2, 2))
    assert floats[0, ..., 0].tolist() == [[0, 128], [255, 0]]
    standardized = as_pictures(np.array([[-2.0, 2.0]]), (1, 2))
    assert standardized[0, ..., 0].tolist() == [[0, 255]]


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (1.0, "100 %"),
        (0.996, ">99 %"),
        (0.994, "99 %"),
        (0.009, "<1 %"),
        (0, "0 %"),
        (np.nan, "?"),
    ],
)
def testshort_percent(p, shown):
    assert short_percent(p) == shown


def test_captions_take_two_lines_when_one_is_too_short():
    sure = ["90 %", "80 %"]
    assert _captions([("a", "b"), ("b", "a")], sure) == ["a → b  90 %", "b → a  80 %"]
    two = _captions([(LONG[0], LONG[1]), (LONG[1], LONG[0])], sure)
    assert two == ["T-shirt/top →\nAnkle boot  90 %", "Ankle boot →\nT-shirt/top  80 %"]


@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize(("n", "classes"), [(0, 10), (1, 10), (4, 2), (12, 10), (3, 1)])
def test_predictions(tmp_path, n, classes, truth):
    p = RNG.dirichlet(np.ones(classes), n) if n else np.zeros((0, classes))
    pixels = RNG.random((n, 784))
    labels = np.zeros(n, int) if truth else None
    path = draw_predictions(pixels, (28, 28), p, NAMES[:classes], labels, tmp_path / "p.png")
    assert Image.open(path).size[0] >= 552
