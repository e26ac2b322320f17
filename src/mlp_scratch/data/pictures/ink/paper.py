"""From a photograph to its ink: where the paper is, which side of it is ink, and how much of it.

A photograph of a digit has a table around the paper, a frame, shade and a lamp in it, and may be
chalk on a board. So nothing is decided at the border, nor by one level for the whole picture.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlp_scratch.data.pictures.ink.regions import (
    alike,
    largest_around,
    mean_around,
    smallest_around,
)
from mlp_scratch.data.pictures.resizing import border, on_ground, scaled

if TYPE_CHECKING:
    from PIL.Image import Image

WORK = 320  # pixels of the longer side at which ink is looked for
COARSE, MIDDLE = 64, 128  # ... at which the paper is looked for, and the light on it
EDGE_STEP = 0.22  # of the picture's range: more between neighbours ends the paper
FEW = 3  # of rows and columns, every so many are looked at for medians
WHITE = 235.0  # what the brightest of a picture becomes
FLAT = 6.0  # grey levels: neighbours that differ by less are never an edge of the paper
RECTANGLE = 0.7  # of its box: what fills less is no sheet of paper
BOARD = 0.8  # of its box: what is darker than all around and fills less is no board
SAME = 0.25  # of what lies around paper, at most: the share that is as bright as it
HALF = 0.5  # of the picture's border: if more is as bright as the paper, it is the paper
SURROUNDED = 0.6  # of the picture's border, at least, is table around paper that lies askew
WINDOWS = 0.12, 0.18, 0.27, 0.4  # of the paper's shorter side: what is broader is no stroke
SHARP = 0.4  # of the logarithm of light: edges of more count alike
LEFT = 0.1  # of the edges that the largest window fills: a window that leaves no more will do
DARKEST = 24.0  # grey levels, below which differences count less
CLEAR = 16  # of 255: alpha that varies by more is drawn with


@dataclass(frozen=True, eq=False)
class Sheet:
    """ink (h, w) float32: the share of light that ink took away, 0 on bare paper. inside (h, w):
    where the paper is. noise (h, w): deviation of means of bare paper's ``ink`` over 3x3."""

    ink: np.ndarray
    inside: np.ndarray
    noise: np.ndarray


def sheet_of(picture: "Image", hairline: bool = False) -> Sheet:
    """The ink of a picture in RGB or RGBA, at WORK pixels.

    hairline: strokes are made broader first, by a pixel of twice as large a picture on either side.
    """
    grey, known = _greys(_sized(picture, 2 * WORK if hairline else WORK))
    brightest = float(np.percentile(grey[::FEW, ::FEW], 99))
    grey *= min(8.0, WHITE / max(brightest, 1.0))  # however dark it was taken
    paper = np.ones((1, 1)) if known else _paper(grey)
    inside = _enlarged(paper.astype(np.float32), grey.shape) > 0.5
    if not inside.any():
        inside[...] = True
    coarse = _reduced(grey, MIDDLE)
    valid = _reduced(inside.astype(np.float32), MIDDLE) > 0.99
    if not valid.any():
        valid[...] = True
    ground, dark = _ground(coarse, valid, known)
    if not dark:
        grey = 255 - grey
    if hairline:
        grey = _reduced(smallest_around(grey, 1), WORK)
        inside = _enlarged(inside.astype(np.float32), grey.shape) > 0.5
    ground = np.maximum(_enlarged(mean_around(ground, 2), grey.shape), 16)
    ink = 1 - grey / ground
    step = FEW if inside[::FEW, ::FEW].any() else 1
    grains = mean_around(ink, 1)[::step, ::step][inside[::step, ::step]]
    bare = float(np.median(grains))  # closing goes along the brightest grains of paper
    ink = np.clip((ink - bare) / max(1 - bare, 1e-3), 0, 1) * inside
    grain = float(np.median(np.abs(grains - bare))) * 1.4826
    noise = np.maximum(grain, _noise(grey, inside) / ground / 2)
    return Sheet(ink.astype(np.float32), inside, noise)


def _sized(picture: "Image", side: int) -> "Image":
    """With a longer side of ``side`` pixels."""
    return scaled(picture, side / max(picture.size))


def _greys(picture: "Image") -> tuple[np.ndarray, bool]:
    """float32 (h, w), 0 to 255: alpha where that is what was drawn with, else brightness, else the
    mixture of colours that differs most. And whether it is known that ink is dark and paper all
    around."""
    if picture.mode == "RGBA":
        pixels = np.asarray(picture, np.float32)
        alpha, seen = pixels[..., 3], pixels[..., 3] > CLEAR
        if np.ptp(alpha) > CLEAR:
            colours = pixels[..., :3][seen]
            if len(colours) and colours.std(axis=0).max() < 2 * CLEAR:  # one pen on no ground
                return 255 - alpha, True
        picture = on_ground(picture, "white")
    light = np.asarray(picture.convert("L"), np.float32)
    colours = np.asarray(_sized(picture, COARSE), np.float32)
    local = colours - np.stack([mean_around(c, COARSE // 8) for c in np.moveaxis(colours, 2, 0)], 2)
    flat = local.reshape(-1, 3)
    spread, ways = np.linalg.eigh(flat.T @ flat / len(flat))
    way = ways[:, 2]
    brightness = np.array([0.299, 0.587, 0.114])
    seen_in_grey = float(np.var(flat @ brightness)) / float(brightness @ brightness)
    if spread[2] < 9 or seen_in_grey > 0.3 * spread[2]:
        return light, False
    mixed = np.asarray(picture, np.float32) @ way.astype(np.float32)
    low, high = np.percentile(mixed, (0.5, 99.5))
    return np.clip((mixed - low) / max(high - low, 1e-6), 0, 1) * 200 + 40, False


def _paper(grey: np.ndarray) -> np.ndarray:
    """Where the paper is, as a coarse mask: the zone without edges that lies most in the middle,
    and what it encloses. Thin strokes and lines are filtered away first."""
    from PIL import Image, ImageFilter

    coarse = Image.fromarray(_reduced(grey, COARSE))
    smooth = np.asarray(coarse.filter(ImageFilter.MedianFilter(5)))
    step = max(FLAT, EDGE_STEP * float(np.ptp(smooth)))
    hull = _page(smooth, step, np.zeros(smooth.shape, bool))
    if hull is None:  # the edges of paper that lies askew are soft: nobody shall walk along them
        hull = _page(smooth, step, _steep(smooth) > 2 * step)
        if hull is not None and border(hull).mean() > 1 - SURROUNDED:
            hull = None
    if hull is None:
        return np.ones(smooth.shape, bool)
    kept = smallest_around(hull, 1)
    return kept if kept.any() else hull


def _page(smooth: np.ndarray, step: float, steep: np.ndarray) -> np.ndarray | None:
    """The paper (h, w), what it encloses filled. None: all is paper, or this is the inside of a 0.

    steep: where nothing is joined.
    """
    height, width = smooth.shape
    zones = alike(np.where(steep, np.nan, smooth), step)
    central = np.outer(_hill(height), _hill(width))
    weights = np.bincount(zones.ravel(), central.ravel())
    page = zones == weights.argmax()
    hull = _spanned(page) & _spanned(page.T).T
    dents = max(1, min(height, width) // 4)  # where the figure comes close to the paper's edge
    wide = np.pad(hull, dents)
    filled = [smallest_around(largest_around(wide, dents, axis), dents, axis) for axis in (0, 1)]
    hull = (filled[0] | filled[1])[dents:-dents, dents:-dents]
    box = hull.any(axis=1).sum() * hull.any(axis=0).sum()
    level = np.median(smooth[page])
    near = np.abs(smooth - level) < step
    if hull.mean() > 0.97 or hull.sum() < RECTANGLE * box or near[~hull].mean() > SAME:
        return None
    if level < np.median(smooth[~hull]) and page.sum() < BOARD * box:
        return None  # the ink of a broad figure, not a board
    beside = border(near)[~border(hull)]
    return None if beside.size and beside.mean() > HALF else hull


def _steep(values: np.ndarray) -> np.ndarray:
    """How much values (h, w) differ among the nine around each."""
    high = largest_around(values, 1)
    return high - smallest_around(values, 1)


def _hill(n: int) -> np.ndarray:
    """How much each of n places lies in the middle."""
    return 1 - 0.9 * np.abs((np.arange(n) + 0.5) / n * 2 - 1)


def _spanned(mask: np.ndarray) -> np.ndarray:
    """All between the first and the last pixel of each row."""
    ahead = np.maximum.accumulate(mask, axis=1)
    return ahead & np.maximum.accumulate(mask[:, ::-1], axis=1)[:, ::-1]


def _ground(coarse: np.ndarray, valid: np.ndarray, known: bool) -> tuple[np.ndarray, bool]:
    """How bright bare paper is (of the negative where ink is bright), and whether ink is dark.

    All that is narrower than a window is filled, for several windows, once if it is dark and once
    if it is bright. Ink is what takes more of the sharp edges with it; and the smallest window that
    takes nearly all which the largest does makes the ground, so that shadows which are broader than
    a stroke stay in it. known: ink is dark.
    """
    levels = np.log(coarse + DARKEST)
    shorter = min(np.ptp(np.flatnonzero(valid.any(axis=axis))) for axis in (0, 1))
    reaches = [max(2, round(shorter * share / 2)) for share in WINDOWS]
    inner = smallest_around(valid, 1)
    signs = (1,) if known else (1, -1)
    filled = [[sign * _closed(sign * levels, valid, reach) for reach in reaches] for sign in signs]
    edges = np.array([[_sharpness(one, inner) for one in way] for way in filled])
    way = int(edges.sum(axis=1).argmin())
    most = edges[way, -1] + LEFT * (_sharpness(levels, inner) - edges[way, -1])
    ground = np.exp(filled[way][int((edges[way] <= most).argmax())]) - DARKEST
    return (ground, True) if way == 0 else (255 - ground, False)


def _sharpness(levels: np.ndarray, where: np.ndarray) -> float:
    """The sum of all edges in ``levels`` (h, w), where soft ones count little."""
    return float((np.minimum(_steep(levels)[where], SHARP) ** 4).sum())


def _closed(levels: np.ndarray, valid: np.ndarray, reach: int) -> np.ndarray:
    """Levels (h, w) with all dark filled that is narrower than ``reach`` pixels either way."""
    # Windows may hang over the paper's edge, so that what is dark along it is shade, not ink
    hang = (reach + 1) // 2
    values = np.full([n + 2 * hang for n in levels.shape], -np.inf, np.float32)
    values[hang:-hang, hang:-hang][valid] = levels[valid]
    values = largest_around(values, reach)
    values = np.where(values > -np.inf, values, np.inf)
    values = smallest_around(values, reach)[hang:-hang, hang:-hang]
    return np.where(values < np.inf, values, levels[valid].mean())


def _noise(grey: np.ndarray, inside: np.ndarray) -> float:
    """Deviation from pixel to pixel: from what neighbours differ by, mostly on bare paper."""
    step = np.diff(grey[::FEW], axis=1)[inside[::FEW, 1:] & inside[::FEW, :-1]]
    return float(np.median(np.abs(step))) * 1.4826 / 2**0.5 if step.size else 0.0


def _reduced(values: np.ndarray, side: int) -> np.ndarray:
    """Means over squares, with a longer side of ``side`` pixels."""
    scale = side / max(values.shape)
    return _to(values, [max(1, round(n * scale)) for n in values.shape], "BOX")


def _enlarged(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return _to(values, shape, "BILINEAR")


def _to(values: np.ndarray, shape, filter_: str) -> np.ndarray:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling[filter_]))
