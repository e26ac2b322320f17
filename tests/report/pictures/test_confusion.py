import numpy as np
import pytest
from PIL import Image

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.confusion import _shades, confusion_sheet


def draw_confusion_matrix(counts, names, path):
    return confusion_sheet(counts, names).write(path)


def counts(k, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 4, (k, k)) + np.diag(rng.integers(50, 100, k))


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("k", [1, 2, 10, 30, 100])
def test_any_number_of_classes(tmp_path, k):
    path = draw_confusion_matrix(counts(k), [f"$c_{i}$" for i in range(k)], tmp_path / "c.png")
    width, height = Image.open(path).size
    assert 500 <= width <= 1800
    assert 300 <= height <= 1800


def test_names_of_any_length_leave_the_cells_their_size(tmp_path):
    short = Image.open(draw_confusion_matrix(counts(10), "0123456789", tmp_path / "s.png")).size
    names = [f"a class with a long name {i}" for i in range(10)]
    long = Image.open(draw_confusion_matrix(counts(10), names, tmp_path / "l.png")).size
    assert long[0] > short[0]
    assert long[1] > short[1]


def test_classes_without_examples_and_no_examples_at_all(tmp_path):
    table = counts(3)
    table[1] = 0
    assert draw_confusion_matrix(table, "abc", tmp_path / "one.png").exists()
    assert draw_confusion_matrix(np.zeros((3, 3)), "abc", tmp_path / "all.png").exists()


def test_colours_say_recall_and_error():
    shades = _shades(np.array([[100, 0, 0], [1, 98, 1], [0, 0, 0]]), None)
    np.testing.assert_allclose(shades[0, 0], np.array([0, 0x72, 0xB2]) / 255, atol=0.01)
    np.testing.assert_allclose(shades[2], 1.0)  # no examples: white
    assert shades[0, 1].min() == 1.0  # no error: white
    assert shades[1, 0].min() < 0.2  # the largest error share is a full orange, however small
    assert shades[1, 1, 0] > shades[0, 0, 0]  # worse recall: paler blue


def test_recall_bar_is_as_long_as_the_recall(tmp_path):
    def bar(table):
        path = draw_confusion_matrix(table, ["a"], tmp_path / "bar.png")
        picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
        sky = np.array([int(style.SKY[i : i + 2], 16) for i in (1, 3, 5)])
        return int((np.abs(picture - sky).max(axis=-1) < 8).sum())

    assert bar([[5]]) > 10_000
    assert bar([[0]]) == 0
