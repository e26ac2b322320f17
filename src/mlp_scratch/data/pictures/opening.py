"""Opening pictures of strangers: which formats, how large, and what every picture becomes.

Whatever a file holds (16 bits, floats, a palette, CMYK, transparency, lying on its side) comes out
upright in 8 bits, so that nothing behind this door asks for a mode again. Pillow clips 16 bits to
8 and turns nothing by itself, so both are done here.
"""

import math
import struct
import warnings
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlp_scratch.bounded_reads import opened
from mlp_scratch.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")  # others start programs, or are rarely met
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
LARGEST_PIXELS = 24_000_000  # as a good camera has; each takes four bytes
FINE = 2_000_000  # pixels: a picture of more is made smaller, by a whole number, before all else
ROWS = 256  # of a picture that are looked at at once
STRIP = 64  # rows of the smaller picture that are made at once
ORIENTATION = 0x0112  # EXIF's number for how the camera was held, from 1 (upright) to 8
TURNS = {  # what makes a picture upright, as Pillow calls it
    **{2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE"},
    **{6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"},
}


def open_picture(path: Path, most: int = FINE) -> "Image":
    """The first picture of a file: upright, in mode RGB, or RGBA where something is transparent.

    most: pixels above which it is made smaller by a whole number (a mean over squares).
    Raises DataError.
    """
    from PIL import Image, UnidentifiedImageError

    with opened(path) as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                return _opened(file, path, most)
        except UnidentifiedImageError as error:
            raise DataError(f"{path}: not a picture; read are {', '.join(FORMATS)}") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise DataError(f"{path}: too large a picture ({error})") from error
        except (OSError, SyntaxError, ValueError, EOFError, struct.error, TypeError) as error:
            raise DataError(f"{path}: not a picture that can be read ({error})") from error


def _opened(file: BufferedReader, path: Path, most: int) -> "Image":
    from PIL import Image

    with Image.open(file, formats=FORMATS) as image:
        pixels = image.width * image.height
        if pixels > LARGEST_PIXELS:
            raise DataError(f"{path}: {image.width}x{image.height} pixels are too many")
        if pixels >= 4 * most:  # a JPEG is decoded smaller at once, which costs less
            shrink = math.sqrt(most / pixels)
            image.draft(image.mode, (int(image.width * shrink), int(image.height * shrink)))
        image.load()
        return upright(eight_bits(image, most), image)


def eight_bits(image: "Image", most: int = FINE) -> "Image":
    """RGB or RGBA of some ``most`` pixels at most; in strips, to need little memory on the way."""
    from PIL import Image

    clear = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if clear else "RGB"
    scale = _levels(image)
    factor = math.ceil(math.sqrt(image.width * image.height / most))
    if factor <= 1:
        return _of_mode(image, mode, scale)
    small = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, STRIP * factor):
        bottom = min(top + STRIP * factor, image.height)
        strip = image.crop((0, top, image.width, bottom))
        small.paste(_of_mode(strip, mode, scale).reduce(factor), (0, top // factor))
    return small


def _levels(image: "Image") -> tuple[float, float] | None:
    """The numbers that black and white stand for, of a picture of more than 8 bits; else None.

    The full range where the numbers fit one (to 1, or of whole bits), else their smallest and
    largest.
    """
    if image.mode not in ("I", "F") and not image.mode.startswith("I;16"):
        return None
    low, high = math.inf, -math.inf
    for top in range(0, image.height, ROWS):
        strip = image.crop((0, top, image.width, min(top + ROWS, image.height)))
        values = np.asarray(strip)
        finite = values[np.isfinite(values)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low > high:
        return 0.0, 1.0  # not one number in it
    if low >= 0:
        for bits in (8, 10, 12, 14, 16):  # as sensors have
            if high <= 2**bits - 1:
                return 0.0, 1.0 if image.mode == "F" and high <= 1 else 2.0**bits - 1
    return low, high


def _of_mode(image: "Image", mode: str, scale: tuple[float, float] | None) -> "Image":
    from PIL import Image

    if scale is not None:
        low, high = scale
        values = np.nan_to_num(np.asarray(image, np.float32), nan=low, posinf=high, neginf=low)
        values -= low
        values *= 255 / max(high - low, 1e-30)
        image = Image.fromarray(np.clip(values, 0, 255).round().astype(np.uint8))
    return image.convert(mode)


def upright(picture: "Image", source: "Image") -> "Image":
    """``picture`` turned as ``source``, which it was made from, says that it was photographed."""
    from PIL.Image import Transpose

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            turn = TURNS.get(source.getexif().get(ORIENTATION, 1))
    except Exception:  # a stranger's EXIF may be damaged in any way, and the picture be whole
        turn = None
    return picture if turn is None else picture.transpose(Transpose[turn])
