"""A picture fitted into the frame of the training images, as it is: for clothes, photographs, ...

Only its size changes. Its proportions stay, so what the frame has left over is filled up with the
colour of the picture's own edge.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image


def resized_row(picture: "Image", image_shape: tuple[int, ...]) -> np.ndarray:
    """A row (features,) of uint8 of ``image_shape``, (height, width) or (height, width, 3).

    picture: RGB or RGBA, as `open_picture` gives it. Transparent parts become white in colour, and
    black in grey, which is the ground of the grey data sets that are known.
    """
    height, width = image_shape[:2]
    colour = len(image_shape) == 3
    flat = on_ground(picture, "white" if colour else "black")
    flat = flat if colour else flat.convert("L")
    scale = min(width / flat.width, height / flat.height)
    pixels = np.asarray(scaled(flat, scale, box_below=0.5), np.uint8)
    tall, wide = pixels.shape[:2]
    top, left = (height - tall) // 2, (width - wide) // 2
    framed = np.empty((height, width, *pixels.shape[2:]), np.uint8)
    framed[...] = np.median(border(pixels), axis=0)  # of each colour
    framed[top : top + tall, left : left + wide] = pixels
    return framed.reshape(-1)


def scaled(picture: "Image", scale: float, box_below: float = 1.0) -> "Image":
    """Smaller by means over boxes, as long as ``scale`` is below that, else by cubic curves."""
    from PIL import Image

    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    filter_ = Image.Resampling.BOX if scale < box_below else Image.Resampling.BICUBIC
    return picture.resize(size, filter_)


def on_ground(picture: "Image", colour: str) -> "Image":
    """The picture in RGB, what is transparent filled with ``colour``."""
    from PIL import Image

    if picture.mode != "RGBA":
        return picture.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", picture.size, colour), picture).convert("RGB")


def border(pixels: np.ndarray) -> np.ndarray:
    """The outermost pixels (m, ...) of (h, w, ...)."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
