"""Reading a written figure out of a photograph, as a row like those of MNIST.

The way of a picture: its ink (`paper`), of that the figure (`figures`) without frames and ruled
lines (`ruling`), drawn with strokes of the usual width in MNIST's frame (`strokes`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlp_scratch.data.pictures.ink.figures import figure_on
from mlp_scratch.data.pictures.ink.paper import sheet_of
from mlp_scratch.data.pictures.ink.strokes import drawn, framed, growth, outline, stroke_width
from mlp_scratch.data.pictures.opening import open_picture
from mlp_scratch.data.pictures.resizing import border

if TYPE_CHECKING:
    from PIL.Image import Image

WRITTEN = ("mnist", "emnist", "kmnist", "digits")  # data sets of written figures, white on black
NOT_WRITTEN = ("fashion_mnist", "cifar10")
WORKED = 640_000  # pixels that a picture is opened with
HAIRLINE = 2.0  # pixels of the sheet: what was drawn with less may have been lost in part
BROADENED = 1.6  # pixels that it has at least when it was made broader; noise has less
# The same figure drawn a little otherwise: its slant, pixels both down and to the right
VARIANTS = ((0.0, 0.0), (0.2, 0.0), (-0.2, 0.0), (0.0, 0.5), (0.0, -0.5))


@dataclass(frozen=True, eq=False)
class Reading:
    """rows (variants, features) uint8: the figure drawn a little differently each time, the first
    as it is; none where no figure was found. others: how many more figures the picture shows."""

    rows: np.ndarray
    others: int = 0


def written(data_name: str) -> bool | None:
    """Whether a data set's pictures are written figures, which ink is read for; None: unknown."""
    if data_name in NOT_WRITTEN:
        return False
    return True if data_name.startswith(WRITTEN) else None


def ink_row(source: "Path | Image", image_shape: tuple[int, ...]) -> np.ndarray:
    """One row (height * width,) of uint8: the figure's ink bright on black, as in MNIST.

    source: a picture's file, or what `open_picture` made of it. image_shape: (height, width).
    All zeros where no figure was found. Raises DataError for a file that cannot be read.
    """
    rows = read_ink(source, image_shape, variants=1).rows
    return rows[0] if len(rows) else np.zeros(image_shape[0] * image_shape[1], np.uint8)


def read_ink(
    source: "Path | Image", image_shape: tuple[int, ...], variants: int = len(VARIANTS)
) -> Reading:
    """The largest figure of a picture, drawn in ``variants`` ways. See `ink_row`."""
    picture = open_picture(source, WORKED) if isinstance(source, Path) else source
    height, width = image_shape
    if picture.size == (width, height) and picture.mode == "RGB":
        grey = np.asarray(picture.convert("L"), np.uint8)
        if np.median(border(grey)) < 128:
            return Reading(grey.reshape(1, -1))  # already like the training pictures
    figure = figure_on(sheet_of(picture))
    if figure is None or stroke_width(figure.ink) < HAIRLINE:
        broader = figure_on(sheet_of(picture, hairline=True))
        if broader is None:
            figure = None  # thin pieces of ruled lines are no strokes either
        elif stroke_width(broader.ink) > BROADENED:
            figure = broader
    distance = None if figure is None else outline(figure.ink)
    if figure is None or distance is None:
        return Reading(np.zeros((0, height * width), np.uint8))
    grown = growth(distance)
    rows = [
        framed(drawn(distance, grown, slant), (height, width), shift).reshape(-1)
        for slant, shift in VARIANTS[:variants]
    ]
    return Reading(np.stack(rows), figure.others)
