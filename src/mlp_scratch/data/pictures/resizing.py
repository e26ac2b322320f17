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
    from PIL import Image

    height, width = image_shape[:2]
    colour = len(image_shape) == 3
    flat = on_ground(picture, "white" if colour else "black")
    flat = flat if colour else flat.convert("L")
    scale = min(width / flat.width, height / flat.height)
    size = max(1, round(flat.width * scale)), max(1, round(flat.height * scale))
    if size != flat.size:
        filter_ = Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BICUBIC
        flat = flat.resize(size, filter_)
    pixels = np.asarray(flat, np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    framed = np.empty((height, width, *pixels.shape[2:]), np.uint8)
    framed[...] = _edge(pixels)
    framed[top : top + size[1], left : left + size[0]] = pixels
    return framed.reshape(-1)


def on_ground(picture: "Image", colour: str) -> "Image":
    """The picture in RGB, what is transparent filled with ``colour``."""
    from PIL import Image

    if picture.mode != "RGBA":
        return picture.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", picture.size, colour), picture).convert("RGB")


def _edge(pixels: np.ndarray) -> np.ndarray:
    """The median of the outermost pixels, of each colour."""
    sides = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    return np.median(np.concatenate(sides), axis=0)
