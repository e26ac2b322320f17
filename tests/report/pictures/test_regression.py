"""Predicted against true numbers."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.regression import MOST_POINTS, _frame, draw_regression, draw_worst

RNG = np.random.default_rng(0)


def numbers(n, k=1, scale=1.0):
    true = scale * RNG.normal(10, 3, (n, k))
    return true, true + scale * RNG.normal(0, 1, (n, k))


def blue(path):
    """How many pixels are bluish: points, hexagons and bars."""
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return int((picture[..., 2] - picture[..., 0] > 25).sum())


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("n", "k"), [(1, 1), (1, 4), (7, 2), (400, 1), (400, 6), (MOST_POINTS + 1, 4)]
)
def test_a_row_of_panels_for_each_target(tmp_path, n, k):
    path = draw_regression(*numbers(n, k), [f"$y{j}" for j in range(k)], tmp_path / "r.png")
    width, height = Image.open(path).size
    assert width == 1368
    assert height == pytest.approx(120 * (0.62 + 3.25 * min(k, 4)), abs=1)
    assert blue(path) > 60


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("true", "predicted"),
    [
        (np.zeros((0, 1)), np.zeros((0, 1))),
        (np.ones((5, 1)), np.ones((5, 1))),
        (np.ones((5, 2)), np.full((5, 2), np.nan)),
        (np.arange(5.0), np.array([1, np.inf, 3, -np.inf, 2])),
        (np.arange(50.0)[:, None], np.append(np.arange(49.0), 1e30)[:, None]),
        (np.full((9, 1), 1e-9), np.linspace(-1e-9, 1e-9, 9)[:, None]),
        (np.full((9, 1), 1e12), np.linspace(1e12, 2e12, 9)[:, None]),
    ],
    ids=["none", "constant", "nan", "infinite", "wild", "tiny", "huge"],
)
def test_odd_numbers(tmp_path, true, predicted):
    path = draw_regression(true, predicted, ["a", "b"], tmp_path / "r.png")
    assert path.stat().st_size > 3000


def test_intervals_are_drawn_for_few_rows(tmp_path):
    true, predicted = numbers(100)
    plain = draw_regression(true, predicted, ["y"], tmp_path / "a.png")
    ends = (predicted - 2, predicted + 2)
    barred = draw_regression(true, predicted, ["y"], tmp_path / "b.png", "", *ends)
    assert blue(barred) > blue(plain) + 1000


def test_a_frame_leaves_out_what_squeezes_the_rest():
    values = np.append(np.linspace(0, 1, 1000), 1e6)
    low, high = _frame(values)
    assert low < 0 < 1 < high < 4
    assert _frame(np.array([3.0, 3.0])) == pytest.approx((2.85, 3.15))
    assert _frame(np.array([0.0, 9.0])) == pytest.approx((-0.36, 9.36))


@pytest.mark.parametrize(("shape", "k"), [((28, 28), 1), ((8, 8, 3), 2), ((5, 9), 3)])
@pytest.mark.parametrize("m", [0, 1, 7, 30])
def test_the_worst_images(tmp_path, m, shape, k):
    true, predicted = numbers(40, k, 1e4)
    predicted[3] = np.nan
    images = RNG.integers(0, 256, (m, int(np.prod(shape)))).astype(np.uint8)
    names = ["price", "a long name of a target", "$z"][:k]
    path = draw_worst(images, shape, true, predicted, np.arange(m), names, tmp_path / "w.png")
    width, height = Image.open(path).size
    rows = min(-(-m // 5), 5)
    assert width == 776 if m else width < 600
    side = 138 * min(1.0, shape[0] / shape[1])
    assert (side + 12) * rows < height < (side + 67) * rows + 100


def test_the_diagonal_is_there(tmp_path):
    path = draw_regression(np.arange(9.0), np.arange(9.0)[::-1], ["y"], tmp_path / "r.png")
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)[:, 100:390]
    wanted = np.round(255 * np.array(to_rgb(style.FAINT)))
    grey = np.abs(picture - wanted).max(axis=-1) < 30
    assert grey.any(axis=0).mean() > 0.8  # in nearly each column of the first panel
