"""Reading a written figure out of a photograph, as a row like those of MNIST."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlp_scratch.data.pictures.opening import open_picture
from mlp_scratch.data.pictures.resizing import on_ground

if TYPE_CHECKING:
    from PIL.Image import Image

WORKED = 640_000  # pixels that a picture is opened with


def ink_row(source: "Path | Image", image_shape: tuple[int, ...]) -> np.ndarray:
    """One row (height * width,) of uint8: the figure's ink bright on black, as in MNIST.

    source: a picture's file, or what `open_picture` made of it. image_shape: (height, width).
    All zeros where no figure was found. Raises DataError for a file that cannot be read.
    """
    picture = open_picture(source, WORKED) if isinstance(source, Path) else source
    grey = np.asarray(on_ground(picture, "white").convert("L"), np.float32)
    return _centred(grey, image_shape).reshape(-1)


FAINTEST = 32


def _centred(grey: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """grey (h, w) of any size and polarity -> uint8 of ``shape``, ink bright, centred by mass."""
    from PIL import Image

    height, width = shape[:2]
    if grey.shape == (height, width) and np.median(_border(grey)) < 128:
        return grey.astype(np.uint8)  # already like the training pictures
    background = float(np.median(_border(grey)))
    ink = background - grey if background >= 128 else grey - background
    ink = np.clip(ink, 0, None)
    if ink.max() < FAINTEST:
        return np.zeros((height, width), np.uint8)
    ink *= 255.0 / ink.max()
    rows, columns = np.nonzero(ink > FAINTEST)
    ink = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    box = 20 / 28  # the share of the frame that MNIST's digits fill
    scale = min(box * height / ink.shape[0], box * width / ink.shape[1])
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    filter_ = Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BICUBIC
    small = np.asarray(Image.fromarray(ink.astype(np.uint8)).resize(size, filter_), np.float32)
    mass = max(float(small.sum()), 1.0)
    y = round(height / 2 - float(np.arange(small.shape[0]) @ small.sum(axis=1)) / mass - 0.5)
    x = round(width / 2 - float(np.arange(small.shape[1]) @ small.sum(axis=0)) / mass - 0.5)
    y = min(max(y, 0), height - small.shape[0])
    x = min(max(x, 0), width - small.shape[1])
    framed = np.zeros((height, width), np.uint8)
    framed[y : y + small.shape[0], x : x + small.shape[1]] = np.clip(small, 0, 255)
    return framed


def _border(grey: np.ndarray) -> np.ndarray:
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
