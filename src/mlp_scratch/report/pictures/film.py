"""Figures, one after the other, as a GIF: how something came to be.

All frames have one palette, so that a frame need only hold what has changed. A film that would be
larger than a megabyte is made smaller, with fewer colours, then of fewer frames.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageColor

from mlp_scratch.files import write_product
from mlp_scratch.report.pictures.animation import gif
from mlp_scratch.report.pictures.style import CYCLE, YELLOW, drawn

GREYS = (255, 239, 221, 180, 107, 70, 34, 0)
ENOUGH = 20  # pixels of one of our own colours
PAPER = 61  # of 63, from which on a colour is white
FIRST_MS, FRAME_MS, LAST_MS = 900, 220, 3000
LARGEST = 1_000_000  # bytes
# pixels across at most, colours, and of how many frames one is shown; the first that fits is taken
LADDER = (
    *((720, 64, 1), (600, 64, 1), (600, 32, 1), (480, 32, 1), (400, 32, 1)),
    *((480, 32, 2), (400, 24, 3), (320, 16, 4)),
)


def write_film(figures: Iterable[Figure], path: Path, largest: int = LARGEST) -> int:
    """Draw the figures, all of one size, and write them to the GIF ``path``; it plays for ever.

    Returns its size in bytes, at most ``largest`` unless even the smallest is more. Raises OSError.
    """
    frames = [_narrowed(drawn(figure), LADDER[0][0]) for figure in figures]
    for width, colours, every in LADDER:
        shown = [*frames[-1::-every]][::-1]  # the last one always
        shown = [_narrowed(frame, width) for frame in shown]
        times = [FIRST_MS, *[FRAME_MS] * (len(shown) - 2), LAST_MS][-len(shown) :]
        contents = gif(shown, times, _palette(shown, colours))
        if len(contents) <= largest:
            break
    write_product(path, contents)
    return len(contents)


def _narrowed(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    height = round(picture.height * width / picture.width)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _palette(frames: Sequence[Image.Image], colours: int) -> list[int]:
    """Greys for paper and text, our own colours that occur, as in a legend, then what fits best to
    some of the frames: a colour counts with the root of its area, or the points would get that of
    the ground that they stand on."""
    some = np.concatenate([np.asarray(frames[i]).reshape(-1, 3) for i in (0, len(frames) // 2, -1)])
    red, green, blue = (some >> 2).astype(np.int64).T  # 64 steps of each
    codes, counts = np.unique(red << 12 | green << 6 | blue, return_counts=True)
    found = np.stack([codes >> 12, codes >> 6 & 63, codes & 63], axis=1)
    coloured = found.min(axis=1) < PAPER
    each = np.repeat(found[coloured], np.ceil(np.sqrt(counts[coloured])).astype(int), axis=0)
    inks = [value for grey in GREYS for value in (grey, grey, grey)]
    for own in map(ImageColor.getrgb, (*CYCLE, YELLOW)):
        if ((some == own[:3]).all(axis=1)).sum() >= ENOUGH:
            inks += own[:3]
    if len(each):
        sample = Image.fromarray((each[None] * 255 // 63).astype(np.uint8))
        best = sample.quantize(colours - len(inks) // 3, kmeans=4, dither=Image.Dither.NONE)
        inks += best.getpalette() or []
    return inks
