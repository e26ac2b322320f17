"""A GIF of images passing by on a belt, the one in the middle with the network's probabilities.

Drawn with Pillow alone, a frame in about a millisecond. Every image slides to the middle, where the
bars grow to its probabilities and the verdict appears, and rests there for a moment.
"""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import get_data_path
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from mlp_scratch.files import write_product
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.images import Shape, as_pictures, short_percent

WIDTH, HEIGHT = 520, 300
BELT, CELL, GAP = 20, 112, 20  # upper edge of the belt, side of an image, distance between two
BARS_TOP, BARS_LEFT, BARS_WIDTH = 168, 150, 300
MOST_BARS = 10
NAME_WIDTH, LARGEST_NAME = 120, 13  # pixels of a class's name, and of its letters
SLIDE, SLIDE_MS, REST_MS = 7, 40, 900  # frames from one image to the next, and their times
PALE = "#EFEFEF"
_BAR_COLOURS = (style.BLUE, style.SKY, style.VERMILION)


def animate_predictions(
    images: ArrayLike,
    image_shape: Shape,
    probabilities: ArrayLike,
    class_names: Sequence[str],
    true_labels: ArrayLike,
    path: Path,
) -> Path:
    """Write the animation to the GIF ``path``; it plays for about 1.2 seconds an image, for ever.

    images (n, pixels), uint8 or float, at least one; probabilities (n, classes); true_labels (n,).
    Raises OSError.
    """
    pixels = as_pictures(images, image_shape)
    p = np.nan_to_num(np.asarray(probabilities, dtype=np.float64))
    scene = _Scene(pixels, p, class_names, np.asarray(true_labels))
    frames: list[Image.Image] = []
    times: list[int] = []
    for i in range(len(pixels)):
        for step in range(SLIDE):
            frames.append(scene.frame(i - 1, _eased((step + 1) / SLIDE)))
            times.append(SLIDE_MS if step < SLIDE - 1 else REST_MS)
    write_product(path, gif(frames, times, _palette(scene.tiles)))
    return path


class _Scene:
    """What is the same in all frames: the images at their size, the texts, the classes shown."""

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        probabilities: NDArray[np.float64],
        class_names: Sequence[str],
        truth: NDArray,
    ) -> None:
        self.tiles = [_enlarged(picture) for picture in pixels]
        self.p = probabilities
        self.truth = truth
        self.names = [_fitting(name) for name in class_names]
        self.shown = _classes_shown(probabilities, truth)
        self.pitch = (HEIGHT - 12 - BARS_TOP) / len(self.shown)
        self.text_size = min(LARGEST_NAME, max(8, round(self.pitch) - 1))
        self.correct = probabilities.argmax(axis=1) == truth
        self.score = np.cumsum(self.correct)

    def frame(self, leaving: int, done: float) -> Image.Image:
        """Image ``leaving`` (-1: none) moves out of the middle, the next one in; done 0 to 1."""
        picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
        draw = ImageDraw.Draw(picture)
        arriving = leaving + 1
        draw.rectangle([0, BELT - 8, WIDTH, BELT + CELL + 8], fill=PALE)
        for i in range(max(0, leaving - 2), min(len(self.tiles), leaving + 5)):
            x = WIDTH / 2 - CELL / 2 + (i - leaving - done) * (CELL + GAP)
            picture.paste(self.tiles[i], (round(x), BELT))
            if i <= leaving:  # a line below what has been answered
                line = [round(x), BELT + CELL + 2, round(x) + CELL - 1, BELT + CELL + 5]
                draw.rectangle(line, fill=self._verdict(i))
        at_rest = done == 1.0
        left = (WIDTH - CELL) // 2
        box = [left - 5, BELT - 5, left + CELL + 4, BELT + CELL + 4]
        draw.rectangle(box, outline=self._verdict(arriving) if at_rest else style.INK, width=3)
        answered = arriving if at_rest else leaving
        if answered >= 0:
            note = f"{self.score[answered]} of {answered + 1} recognised"
            middle = (WIDTH / 2, (BELT + CELL + 8 + BARS_TOP) / 2)
            draw.text(middle, note, style.FAINT, _font(12), anchor="mm")
        before = self.p[leaving] if leaving >= 0 else np.zeros(self.p.shape[1])
        self._bars(draw, before + done * (self.p[arriving] - before), arriving, at_rest)
        return picture

    def _verdict(self, i: int) -> str:
        """The colour of the answer to image ``i``."""
        return style.BLUE if self.correct[i] else style.VERMILION

    def _bars(
        self, draw: ImageDraw.ImageDraw, heights: NDArray, arriving: int, at_rest: bool
    ) -> None:
        guess = int(self.p[arriving].argmax())
        font = _font(self.text_size)
        for row, label in enumerate(self.shown):
            y = BARS_TOP + row * self.pitch
            middle = y + self.pitch / 2
            thick = max(2.0, self.pitch * 0.3)
            box = [BARS_LEFT, middle - thick, BARS_LEFT + BARS_WIDTH, middle + thick]
            draw.rectangle(box, fill=PALE)
            colour = self._verdict(arriving) if at_rest and label == guess else style.SKY
            length = heights[label] * BARS_WIDTH
            if length >= 1:
                draw.rectangle([*box[:2], BARS_LEFT + length, box[3]], fill=colour)
            is_true = at_rest and label == self.truth[arriving]
            name_colour = style.BLUE if is_true else style.INK
            draw.text((BARS_LEFT - 8, middle), self.names[label], name_colour, font, anchor="rm")
            if at_rest and heights[label] >= 0.005:
                percent = short_percent(float(heights[label]))
                x = BARS_LEFT + BARS_WIDTH + 8
                draw.text((x, middle), percent, style.INK, font, anchor="lm")


def _classes_shown(p: NDArray[np.float64], truth: NDArray) -> list[int]:
    """All classes, or of many the ten that matter most in these images, in their usual order."""
    if p.shape[1] <= MOST_BARS:
        return list(range(p.shape[1]))
    weight = p.sum(axis=0) + np.bincount(truth, minlength=p.shape[1])
    return sorted(int(label) for label in np.argsort(-weight, kind="stable")[:MOST_BARS])


def _eased(t: float) -> float:
    """0 to 1, gently at both ends."""
    return t * t * (3.0 - 2.0 * t)


def _enlarged(picture: NDArray[np.uint8]) -> Image.Image:
    """The picture in the middle of a CELL x CELL square, its pixels sharp when it is small."""
    image = Image.fromarray(np.ascontiguousarray(picture[..., :3]))
    scale = CELL / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    resampling = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    square = Image.new("RGB", (CELL, CELL), "white")
    square.paste(image.resize(size, resampling), ((CELL - size[0]) // 2, (CELL - size[1]) // 2))
    return square


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)


def _fitting(name: object) -> str:
    """``name`` on one line, cut to the pixels to the left of its bar."""
    text = style.plain(name, 40).replace(r"\$", "$")
    while len(text) > 1 and _font(LARGEST_NAME).getlength(text) > NAME_WIDTH:
        text = text[:-2] + "…"
    return text


def _palette(tiles: list[Image.Image]) -> list[int]:
    """Our own colours as they are, and as many as fit for the images and the edges of the
    letters."""
    sample = Image.new("RGB", (CELL, CELL * min(len(tiles), 40)))
    for row, tile in enumerate(tiles[:40]):
        sample.paste(tile, (0, row * CELL))
    inks = [ImageColor.getrgb(c) for c in ("white", PALE, style.INK, style.FAINT, *_BAR_COLOURS)]
    greys = [(g, g, g) for g in range(0, 256, 17)]
    most = 128 - len(inks) - len(greys)
    found = sample.quantize(most, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette()
    return [value for colour in inks + greys for value in colour] + (found or [])


def gif(frames: Sequence[Image.Image], times: Sequence[int], palette: Sequence[int]) -> bytes:
    """Frames with their milliseconds, in one palette, so that a frame need only hold what has
    changed; it plays for ever."""
    colours = Image.new("P", (1, 1))
    colours.putpalette(palette)
    flat = [frame.quantize(palette=colours, dither=Image.Dither.NONE) for frame in frames]
    stream = io.BytesIO()
    look: dict[str, Any] = {"duration": times, "loop": 0, "optimize": False}
    flat[0].save(stream, "GIF", save_all=True, append_images=flat[1:], **look)
    return stream.getvalue()
