"""How the pictures of a data set are made into rows, and how the pictures that its network is shown
later are: in the same way.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlp_scratch.data.pictures.ink.read_ink import ink_row
from mlp_scratch.data.pictures.opening import open_picture
from mlp_scratch.data.pictures.resizing import on_ground, resized_row
from mlp_scratch.errors import DataError
from mlp_scratch.nn.range_checks import HyperparameterError, one_of, whole

if TYPE_CHECKING:
    from PIL.Image import Image

READERS = ("resize", "ink")
AUTO = "auto"
_LARGEST_SIDE = 4096
_FINE = 1 << 16  # pixels: a larger picture is made smaller by a whole number first
_FINE_FOR_EACH = 16  # pixels at least, for each of the row's


@dataclass(frozen=True)
class PictureReading:
    """What a user says of it. image_size: [height, width], one number for both, or None: as the
    pictures are. colors: auto, grey or color. reader: auto, resize or ink. broken: whether pictures
    that cannot be read are left out, or refused with all the others.

    Raises HyperparameterError.
    """

    image_size: int | tuple[int, int] | None = None
    colors: str = AUTO
    reader: str = AUTO
    broken: str = "leave_out"

    def __post_init__(self) -> None:
        if self.image_size is not None:
            object.__setattr__(self, "image_size", _size(self.image_size))
        one_of("colors", self.colors, (AUTO, "grey", "color"))
        one_of("reader", self.reader, (AUTO, *READERS))
        one_of("broken", self.broken, ("leave_out", "refuse"))
        if self.reader == "ink" and self.colors == "color":
            raise HyperparameterError("reader", "resize where data.colors=color", self.reader)


def _size(value: object) -> tuple[int, int]:
    sides = [value, value] if isinstance(value, int) else value
    if not isinstance(sides, list | tuple) or len(sides) != 2:
        raise HyperparameterError("image_size", "[height, width], or one number for both", value)
    height, width = (whole("image_size", side, 1, _LARGEST_SIDE) for side in sides)
    return height, width


def picture_row(path: Path, image_shape: tuple[int, ...], reader: str) -> np.ndarray:
    """A row (features,) of uint8. image_shape: (height, width) or (height, width, 3).

    ``resize`` keeps the proportions and what the picture shows, as `resized_row` does, with what is
    transparent on white; ``ink`` takes the writing alone, as `ink_row` does. Raises DataError.
    """
    if reader == "ink":
        row = ink_row(path, image_shape)
        if not row.any():
            raise DataError(f"{path}: no writing found in it")
        return row
    return resized_row(on_ground(opened_for(path, image_shape), "white"), image_shape)


def opened_for(path: Path, image_shape: tuple[int, ...]) -> "Image":
    """The picture, not much finer than it must be for rows of that shape. Raises DataError."""
    return open_picture(path, max(_FINE, _FINE_FOR_EACH * image_shape[0] * image_shape[1]))
