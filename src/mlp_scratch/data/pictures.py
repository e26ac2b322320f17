"""Pictures from outside made into rows like those that a network was trained on.

A photograph or a drawing of a digit is black on white as often as not, of any size, with the digit
anywhere. MNIST's are white on black, fitted into 20x20 and centred by mass in 28x28 (LeCun et al.
1998), so that is what grey pictures are turned into.
"""

import math
import warnings
from io import BufferedReader
from pathlib import Path

import numpy as np

from mlp_scratch.bounded_reads import opened
from mlp_scratch.errors import DataError

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")  # others start programs, or are rarely met
LARGEST_PIXELS = 24_000_000  # as a good camera has; each takes four bytes
FINE = 2_000_000  # pixels: a picture of more is made smaller, by a whole number, before all else
STRIP = 64  # rows of the smaller picture that are made at once
FAINTEST = 32  # grey levels above the background from which a pixel counts as ink


def read_picture(path: Path, image_shape: tuple[int, ...]) -> np.ndarray:
    """One row (features,) of uint8 from a picture in one of FORMATS.

    image_shape: (height, width) grey or (height, width, 3) colour, of the row. Raises DataError.
    """
    from PIL import Image

    with opened(path) as file:
        flat = _decoded(file, path)
    if len(image_shape) == 3:
        height, width, _ = image_shape
        small = flat.resize((width, height), Image.Resampling.BOX)
        return np.asarray(small, np.uint8).reshape(-1)
    return _centred(np.asarray(flat.convert("L"), np.float32), image_shape).reshape(-1)


def _decoded(file: BufferedReader, path: Path):
    """What `_reduced` makes of the picture in the file. Raises DataError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                if image.width * image.height > LARGEST_PIXELS:
                    raise DataError(f"{path}: {image.width}x{image.height} pixels are too many")
                return _reduced(image)
    except UnidentifiedImageError as error:
        raise DataError(f"{path}: not a picture; read are {', '.join(FORMATS)}") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise DataError(f"{path}: not a picture that can be read ({error})") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{path}: too large a picture ({error})") from error


def _reduced(image):
    """`_on_white`, of some FINE pixels at most; in strips, to need little memory on the way."""
    from PIL import Image

    factor = math.ceil(math.sqrt(image.width * image.height / FINE))
    if factor == 1:
        return _on_white(image)
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, STRIP * factor):
        bottom = min(top + STRIP * factor, image.height)
        strip = image.crop((0, top, image.width, bottom))
        small.paste(_on_white(strip).reduce(factor), (0, top // factor))
    return small


def _on_white(image):
    """The picture in RGB, what is transparent made white."""
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


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
