"""How pictures are made into rows."""

from pathlib import Path

import numpy as np
import pytest
from level_pictures import draw, load
from PIL import Image, ImageDraw

from mlp_scratch.errors import DataError


@pytest.mark.parametrize(
    ("size", "mode", "keys", "shape"),
    [
        ((28, 28), "L", {}, (28, 28)),
        ((64, 20), "RGB", {}, (64, 20)),  # colourless, in a mode that has colours
        ((65, 20), "L", {}, (32, 32)),
        ((300, 200), "L", {}, (32, 32)),
        ((28, 28), "L", {"image_size": 8, "colors": "color"}, (8, 8, 3)),
        ((28, 28), "L", {"image_size": [8, 6]}, (8, 6)),
        ((300, 200), "L", {"reader": "ink"}, None),  # nothing is written in them
    ],
)
def test_sizes(size: tuple, mode: str, keys: dict, shape: tuple | None, tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/3.png"):
        draw(tmp_path / name, 99, size, mode)
    if shape is None:
        with pytest.raises(DataError, match="no writing found"):
            load(tmp_path, **keys)
        return
    data = load(tmp_path, **keys)
    assert data.image_shape == shape
    assert data.reader == "resize"
    assert (data.x_train == 99).all()
    assert any("data.image_size" in note for note in data.notes) == ("image_size" not in keys)
    assert any("data.colors" in note for note in data.notes) == ("colors" not in keys)


def test_one_coloured_picture_asks_for_colours(tmp_path: Path) -> None:
    draw(tmp_path / "a/1.png", 99)
    Image.new("RGB", (3, 4), "red").save(tmp_path / "a/2.png")
    draw(tmp_path / "b/3.png", 99)
    data = load(tmp_path)
    assert data.image_shape == (4, 3, 3)
    assert [255, 0, 0] in data.x_train[:, :3].tolist()
    assert load(tmp_path, colors="grey").image_shape == (4, 3)


def left_half_black(size: tuple[int, int] = (4, 4)) -> Image.Image:
    pixels = np.full(size, 255, np.uint8)
    pixels[:, : size[1] // 2] = 0
    return Image.fromarray(pixels)


def test_what_every_picture_becomes(tmp_path: Path) -> None:
    """Turned as EXIF says, 16 bits scaled, transparent parts white."""
    half = left_half_black()
    exif = Image.Exif()
    exif[0x0112] = 3  # held upside down
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    half.save(tmp_path / "a/turned.png", exif=exif)
    Image.fromarray(np.asarray(half, np.uint16) * 257).save(tmp_path / "a/deep.png")
    clear = Image.new("LA", (4, 4), (0, 255))
    clear.paste((0, 0), (2, 0, 4, 4))
    clear.save(tmp_path / "b/clear.png")
    data = load(tmp_path, image_size=4)
    rows = {tuple(row[:4].tolist()) for row in data.x_train}
    assert rows == {(255, 255, 0, 0), (0, 0, 255, 255)}
    assert len(data.x_train) == 3


def test_writing_alone(tmp_path: Path) -> None:
    """Strokes on paper become rows like MNIST's, with ``reader=ink``."""
    for i in range(2):
        one, zero = (Image.new("L", (200, 200), 210) for _ in range(2))
        ImageDraw.Draw(one).line((100 + 3 * i, 40, 100, 150), 30, 14)
        ImageDraw.Draw(zero).ellipse((60 + 3 * i, 40, 140, 150), outline=30, width=14)
        for name, picture in (("one", one), ("zero", zero)):
            (tmp_path / name).mkdir(exist_ok=True)
            picture.save(tmp_path / name / f"{i}.png")
    data = load(tmp_path, reader="ink")
    assert (data.reader, data.image_shape) == ("ink", (28, 28))
    pictures = data.x_train.reshape(-1, 28, 28)
    assert pictures.max(axis=(1, 2)).min() > 200  # ink is bright
    assert not pictures[:, [0, -1]].any()  # on black
    width = (pictures > 99).any(axis=1).sum(axis=1)
    names = [data.class_names[y] for y in data.y_train[np.argsort(width)]]
    assert names == ["one", "one", "zero", "zero"]
