"""Many pictures read at once, by some threads: Pillow lets go of Python's lock while it decodes.

Processes were measured too: of small pictures two of them read fewer a second than one alone does,
because of what it takes to start them and to hand the rows over.
"""

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.cores import usable_cores
from mlp_scratch.data.pictures.folders.listing import shown
from mlp_scratch.data.pictures.picture_reading import opened_for, picture_row
from mlp_scratch.errors import DataError
from mlp_scratch.streams import live

MOST_BYTES = 4 << 30  # of all rows
LOOKED_AT = 100  # pictures that tell the size and the colours of all
FALLBACK = {"resize": 32, "ink": 28}  # pixels a side, where the pictures have no common small size
_SMALL = 64  # pixels a side of pictures whose size is kept
_COLOURLESS = 16  # levels between red, green and blue that a grey picture may show
_THREADS = 4  # each may hold a picture of 100 MB
_AT_ONCE = 16  # pictures handed to a thread


def rows_of(
    paths: Sequence[Path], image_shape: tuple[int, ...], reader: str
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Rows (m, features) of uint8 of the m pictures that can be read, their places (m,) among
    ``paths``, and why each of the others cannot. A terminal shows a bar. Raises DataError."""
    features = int(np.prod(image_shape))
    if len(paths) * features > MOST_BYTES:
        raise DataError(
            f"{len(paths):,} pictures of {'x'.join(map(str, image_shape))} take more than "
            f"{MOST_BYTES >> 30} GiB: choose a smaller data.image_size"
        )
    x = np.empty((len(paths), features), np.uint8)
    good = np.zeros(len(paths), bool)
    reasons: dict[int, str] = {}

    def read(place: int) -> None:
        try:
            x[place] = picture_row(paths[place], image_shape, reader)
            good[place] = True
        except DataError as error:
            reasons[place] = shown(str(error).removeprefix(f"{paths[place]}: "))

    _in_threads(read, len(paths), "reading pictures")
    kept = np.flatnonzero(good)
    for to, place in enumerate(kept.tolist()):  # in place: rows may take half of the memory
        if to != place:
            x[to] = x[place]
    return x[: len(kept)], kept, [reasons[place] for place in sorted(reasons)]


def looks_of(paths: Sequence[Path], reader: str) -> tuple[tuple[int, int], bool, str]:
    """The size and whether colours are needed, as `LOOKED_AT` of the pictures, spread over all,
    tell; and both in words. Pictures that cannot be read have no say.

    The size is that of most of them where it is at most 64x64, else ``FALLBACK``; without colours
    is what none of them has.
    """
    chosen = np.unique(np.linspace(0, len(paths) - 1, LOOKED_AT).astype(int))
    sizes: dict[int, tuple[int, int]] = {}
    coloured: dict[int, bool] = {}

    def look(place: int) -> None:
        try:
            picture = opened_for(paths[chosen[place]], (1, 1))
        except DataError:
            return
        pixels = np.asarray(picture.convert("RGB"), np.int16)
        sizes[place] = picture.height, picture.width
        coloured[place] = bool((np.ptp(pixels, axis=2) > _COLOURLESS).any())

    _in_threads(look, len(chosen), "looking at pictures")
    different = sorted(set(sizes.values()))
    size = max(different, key=[*sizes.values()].count, default=(0, 0))
    count = [*sizes.values()].count(size)
    side = FALLBACK[reader]
    if 2 * count > len(sizes) and max(size) <= _SMALL:
        which = "all" if count == len(sizes) else f"{count}"
        how = f"the size of {which} of {len(sizes)} pictures looked at"
    else:
        size, how = (side, side), f"as {len(sizes)} pictures looked at have no common small size"
    return size, any(coloured.values()), how


def _in_threads(work: Callable[[int], None], n: int, title: str) -> None:
    """``work`` for 0 to n - 1, in any order, while a terminal shows how far it is."""
    from PIL import Image
    from tqdm import tqdm

    look: dict[str, Any] = {"unit": "picture", "leave": False, "file": live(), "disable": None}

    def some(start: int) -> int:
        for place in range(start, end := min(start + _AT_ONCE, n)):
            work(place)
        return end - start

    # what each opening does to the filters of warnings, its thread's neighbours undo in any order
    with warnings.catch_warnings(), tqdm(total=n, desc=title, delay=1, **look) as bar:
        warnings.simplefilter("ignore")  # of files that are a little damaged, and are read
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        pool = ThreadPoolExecutor(min(_THREADS, usable_cores()))
        try:
            for done in pool.map(some, range(0, n, _AT_ONCE)):
                bar.update(done)
        finally:
            pool.shutdown(cancel_futures=True)
