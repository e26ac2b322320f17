import numpy as np
import pytest
from PIL import Image, ImageColor

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.animation import SLIDE, animate_predictions

NAMES = [str(i) for i in range(10)]


def near(frame, colour):
    """How many pixels of a frame have about this colour."""
    distance = np.abs(np.asarray(frame.convert("RGB"), int) - ImageColor.getrgb(colour))
    return int((distance.max(axis=-1) <= 12).sum())


def drawn(tmp_path, n=3, shape=(8, 8), classes=10, true=None, **other):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, int(np.prod(shape))), dtype=np.uint8)
    p = np.full((n, classes), 0.1 / (classes - 1))
    p[:, min(4, classes - 1)] = 0.9
    names = other.get("names", NAMES if classes == 10 else [f"class {i}" for i in range(classes)])
    path = tmp_path / "new" / "demo.gif"
    true = p.argmax(axis=1) if true is None else true
    return animate_predictions(images, shape, p, names, true, path)


def test_every_image_slides_in_and_rests(tmp_path):
    with Image.open(drawn(tmp_path, n=3)) as gif:
        assert gif.n_frames == 3 * SLIDE
        assert gif.info["loop"] == 0
        times = []
        for k in range(gif.n_frames):
            gif.seek(k)
            times.append(gif.info["duration"])
    assert [k for k, t in enumerate(times) if t > 500] == [SLIDE - 1, 2 * SLIDE - 1, 3 * SLIDE - 1]


def test_right_is_blue_and_wrong_is_vermilion(tmp_path):
    with Image.open(drawn(tmp_path, n=2, true=[4, 7])) as gif:
        gif.seek(SLIDE - 1)
        assert near(gif, style.BLUE) > 1000
        assert near(gif, style.VERMILION) == 0
        gif.seek(2 * SLIDE - 1)
        assert near(gif, style.VERMILION) > 1000


def test_the_bar_is_as_long_as_the_probability(tmp_path):
    with Image.open(drawn(tmp_path, n=1, true=[0])) as gif:
        gif.seek(SLIDE - 1)
        pixels = np.asarray(gif.convert("RGB"), int)
    red = np.abs(pixels - ImageColor.getrgb(style.VERMILION)).max(axis=-1) <= 12
    rows = red[160:].sum(axis=1)
    assert rows.max() == pytest.approx(0.9 * 300, abs=2)


@pytest.mark.parametrize(
    "case",
    [
        {"n": 1},
        {"shape": (6, 5, 3)},
        {"shape": (200, 3)},
        {"classes": 2},
        {"classes": 47, "true": [1, 2, 46]},
        {"names": ["$x$", "日本", "a very long name of a class indeed", *NAMES[3:]]},
    ],
)
def test_any_images_and_classes(tmp_path, case):
    with Image.open(drawn(tmp_path, **case)) as gif:
        assert gif.size == (520, 300)
