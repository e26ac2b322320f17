"""The map of a network of two features: what is where in the picture."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from PIL import Image

from mlp_scratch.insight.seen_whole import Plane, Points
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.decision import class_colours, decision_figure

RNG = np.random.default_rng(0)


SIDE = 60


FRAME = np.array([[0.0, 2.0], [10.0, 12.0]])


def points(n, truth, predicted, frame=FRAME):
    x = frame[:, 0] + RNG.random((n, 2)) * np.ptp(frame, axis=1)
    return Points(x, truth, predicted, n)


def classes(k=2, n=50, frame=FRAME, test=True):
    """Stripes from left to right, a class each; the network is surer to the right within each."""
    across = np.arange(SIDE) / SIDE * k
    sure = 1 / k + (1 - 1 / k) * (across % 1)
    p = np.repeat((1 - sure)[:, None] / (k - 1), k, axis=1)
    p[np.arange(SIDE), across.astype(int)] = sure
    answers = np.broadcast_to(p, (SIDE, SIDE, k))
    truth, predicted = RNG.integers(0, k, (2, n))
    rows = points(n, truth, predicted, frame)
    names = tuple(f"class {i}" for i in range(k))
    common = (("u", "v"), names, "classification", rows, rows if test else None)
    return Plane(frame, *common, answers)


def numbers(low=0.0):
    answers = np.add.outer(np.arange(SIDE), np.zeros(SIDE))[..., None] / SIDE + low
    truth = RNG.random((50, 1)) + low
    rows = points(50, truth, truth)
    return Plane(FRAME, ("u", "v"), ("price", "b"), "regression", rows, rows, answers)


def test_regions_have_the_colour_of_their_class_and_stronger_where_it_is_surer():
    figure = decision_figure(classes(), "title")
    image = figure.axes[0].images[0]
    colours = np.asarray(image.get_array())
    assert image.get_extent() == [0, 2, 10, 12]
    assert image.origin == "lower"
    for column, name in [(SIDE // 2 - 1, style.BLUE), (SIDE - 1, style.ORANGE)]:
        nearest = colours[5, column] - 1
        np.testing.assert_allclose(
            nearest / np.abs(nearest).max(), (c := np.array(to_rgb(name)) - 1) / np.abs(c).max()
        )
    paleness = colours[5, : SIDE // 2].sum(axis=1)
    assert (np.diff(paleness) < 0).all()


@pytest.mark.parametrize("test", [True, False])
def test_rows_lie_where_they_are_and_wrong_ones_are_crossed(test):
    plane = classes(3, test=test)
    kinds = 2 if test else 1
    drawn = decision_figure(plane, "title").axes[0].collections
    dots = [d for d in drawn if isinstance(d, PathCollection)]
    assert len(dots) == 2 * kinds
    for rows, crosses in zip(dots[:kinds], dots[kinds:], strict=True):
        np.testing.assert_array_equal(np.asarray(rows.get_offsets()), plane.train.x)
        colour = 0.8 * class_colours(3)[plane.train.truth]
        np.testing.assert_allclose(rows.get_facecolors()[:, :3], colour)
        wrong = plane.train.x[plane.train.truth != plane.train.predicted]
        np.testing.assert_array_equal(np.asarray(crosses.get_offsets()), wrong)
    if test:
        assert dots[0].get_sizes()[0] < dots[1].get_sizes()[0]


def test_the_note_counts_and_says_what_is_not_drawn():
    note = decision_figure(classes(n=2000), "t").texts[1].get_text()
    share = style.percent(1 - float(classes(n=2000).train.wrong.mean()))
    assert note.startswith("training ")
    assert note.count("right of 2,000") == 2
    assert "700 drawn" in note
    assert "250 drawn" in note
    assert len(share) > 3


def test_many_classes_are_named_in_their_regions():
    figure = decision_figure(classes(12), "t")
    ax = figure.axes[0]
    middles = {text.get_text(): text.get_position() for text in ax.texts}
    assert set(middles) == {f"class {i}" for i in range(12)}
    for i in range(12):
        x, y = middles[f"class {i}"]
        assert i <= x / 2 * 12 <= i + 1.3
        assert 10.5 < y < 11.5
    assert not decision_figure(classes(5), "t").axes[0].texts
    assert len(np.unique(class_colours(21).round(3), axis=0)) == 21


def test_numbers_share_one_scale_with_the_rows():
    figure = decision_figure(numbers(low=5.0), "t")
    ax = figure.axes[0]
    image, (train, test) = ax.images[0], ax.collections[:2]
    assert np.asarray(image.get_array())[0, 0] < np.asarray(image.get_array())[-1, 0]  # upwards
    assert image.get_clim() == train.get_clim() == test.get_clim()
    assert 5 <= image.get_clim()[0] < 5.1
    assert "the first of 2 targets" in figure.texts[1].get_text()


@pytest.mark.parametrize(
    ("frame", "wide", "tall"),
    [
        (FRAME, 4.3, 4.3),
        (FRAME * [[1], [0.5]], 4.3, 2.15),
        (FRAME * [[1], [1000]], 4.3, 4.3),  # too unlike for one scale
    ],
)
def test_one_unit_is_as_long_in_both_directions(frame, wide, tall):
    figure = decision_figure(classes(frame=frame), "t")
    box = figure.axes[0].get_position()
    width, height = figure.get_size_inches()
    np.testing.assert_allclose([box.width * width, box.height * height], [wide, tall])
    assert width * style.DPI <= 820


@pytest.mark.parametrize(
    "plane", [classes(), classes(60, test=False), numbers()], ids=["2", "60", "numbers"]
)
def test_it_is_written(plane, tmp_path):
    with Image.open(
        style.write(decision_figure(plane, "a $title$"), tmp_path / "decision.png")
    ) as image:
        assert image.format == "PNG"
        assert image.width > 700
