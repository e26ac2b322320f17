"""Ruled and squared paper made blank: long straight thin lines are found and taken away.

A line is looked for in blocks of columns. For each slope that a page may lie askew by, the blocks
are slid over one another; where most blocks of a row hold something thin, there is a line. It is
followed from block to block, cleared, and mended where ink crosses it.
"""

import numpy as np

from mlp_scratch.data.pictures.ink.regions import largest_around, smallest_around
from mlp_scratch.data.pictures.ink.strokes import stroke_width

BLOCKS = 32  # equal parts that the picture is cut into along a line
SLOPES = np.linspace(-0.16, 0.16, 41)  # rows down for each column to the right
SHARE = 0.62  # of the blocks in which a line must be seen
THICKEST = 0.012  # half a line's width, of the picture's shorter side, at most
ENDS = 4  # blocks at either end, of which half must hold it: a line crosses the whole paper
FAINTEST = 0.02  # ink of a line, averaged over a block
COVERED = 0.1  # ink of broad strokes, averaged over a block, under which no line can be seen
HEAVY = 0.014  # of the way from edge to edge: a single line of more can be a stroke
STRAY = 5  # pixels that a line strays from straight, either way


def without_lines(ink: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """``ink`` (h, w) without lines that run level or upright through the paper ``inside``."""
    level = _without_level(ink, inside, False)
    return _without_level(level.T, inside.T, level is not ink).T


def _without_level(ink: np.ndarray, inside: np.ndarray, ruled: bool) -> np.ndarray:
    """``ink`` itself if there are no lines. ruled: lines the other way are known, so that one is
    no stroke even where it is alone."""
    height, width = ink.shape
    if width < 2 * BLOCKS or height < 16:
        return ink
    reach = 2 + round(THICKEST * min(ink.shape))
    broad = largest_around(smallest_around(ink, reach, 0), reach, 0)
    thin = _in_blocks(ink - broad)  # (h, BLOCKS)
    there = (_in_blocks(inside.astype(np.float32)) > 0.9) & (_in_blocks(broad) < COVERED)
    usual = np.median(thin[there]) if there.any() else 0.0
    spread = np.median(np.abs(thin[there] - usual)) if there.any() else 0.0
    seen = (thin > usual + max(FAINTEST, 5 * spread)) & there
    middle = (np.arange(BLOCKS) - BLOCKS / 2 + 0.5) * width / BLOCKS
    if seen.any(axis=0).sum() < SHARE * there.any(axis=0).sum():
        return ink  # nothing thin reaches that far
    wide = largest_around(seen, 1, 0)
    slope, rows = _lines(wide, there, middle, height)
    if len(rows) == 0:
        return ink
    course = _followed(thin, rows[:, None] + slope * middle)  # (lines, BLOCKS)
    half = _half_width(thin, course)
    cleared = _cleared(ink, course, middle, half)
    alone = len(rows) == 1 and float((cleared**2).sum()) < 0.25 * float((ink**2).sum())
    if alone and not ruled and stroke_width(ink) > HEAVY * width:
        return ink  # nothing else is there: a stroke from edge to edge
    return cleared


def _in_blocks(values: np.ndarray) -> np.ndarray:
    """Means (h, BLOCKS) over blocks of columns."""
    edges = np.linspace(0, values.shape[1], BLOCKS + 1).round().astype(int)
    sums = np.add.reduceat(values, edges[:-1], axis=1)
    return (sums / np.diff(edges)).astype(np.float32)


def _lines(
    seen: np.ndarray, there: np.ndarray, middle: np.ndarray, height: int
) -> tuple[float, np.ndarray]:
    """The slope that most lines have, and the rows (in the middle column) where they are."""
    at = np.rint(SLOPES[:, None] * middle).astype(int)  # (slopes, BLOCKS)
    margin = int(np.abs(at).max()) + 1
    pad = [(0, 0), (margin, margin)]
    columns = np.pad(seen.T, pad).view(np.uint8), np.pad(there.T, pad).view(np.uint8)
    hits, paper = (
        np.array([_slid(column, margin + at[i], height) for i in range(len(at))])
        for column in columns
    )
    share = hits / np.maximum(paper, BLOCKS / 3)
    best = int((np.maximum(share - 0.4, 0) ** 2).sum(axis=1).argmax())
    block = np.arange(BLOCKS)
    rows = np.arange(height)[:, None] + margin + at[best]
    held, paper = (column[block, rows] > 0 for column in columns)  # (h, BLOCKS)
    first, last = paper.argmax(axis=1), BLOCKS - 1 - paper[:, ::-1].argmax(axis=1)
    from_start = (block >= first[:, None]) & (block < first[:, None] + ENDS)
    from_end = (block <= last[:, None]) & (block > last[:, None] - ENDS)
    begins, goes_on = ((held & end).sum(axis=1) >= ENDS / 2 for end in (from_start, from_end))
    strong = np.where(begins & goes_on & (share[best] >= SHARE), share[best], 0)
    found = []
    ends = np.flatnonzero(np.diff(strong > 0, prepend=False, append=False))
    for start, end in ends.reshape(-1, 2).tolist():  # rows beside one another show one line
        shares = strong[start:end]
        found.append(start + float(np.flatnonzero(shares == shares.max()).mean()))
    if len(found) == 1:  # alone, it may be a stroke, unless it goes on to the very edge
        row = round(found[0])
        if not (held[row, first[row]] and held[row, last[row]]):
            found = []
    return float(SLOPES[best]), np.array(found)


def _slid(columns: np.ndarray, start: np.ndarray, height: int) -> np.ndarray:
    """The sum (height,) of the columns (BLOCKS, h), each from a row of its own on."""
    total = np.zeros(height, np.uint8)
    for column, first in zip(columns, start, strict=True):
        total += column[first : first + height]
    return total


def _followed(thin: np.ndarray, course: np.ndarray) -> np.ndarray:
    """The lines' rows in each block: the middle of the ink near their straight course."""
    stray = np.arange(-STRAY, STRAY + 1)
    near = np.rint(course[..., None] + stray).astype(int)
    inside = (near >= 0) & (near < len(thin))
    block = np.arange(BLOCKS)[None, :, None]
    values = np.where(inside, thin[np.clip(near, 0, len(thin) - 1), block], 0)
    values = np.maximum(values - values.min(axis=2, keepdims=True), 1e-9)
    best = (values * stray).sum(axis=2) / values.sum(axis=2)
    padded = np.pad(best, [(0, 0), (3, 3)], mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 7, axis=1)
    return np.rint(course) + np.median(windows, axis=2)


def _half_width(thin: np.ndarray, course: np.ndarray) -> int:
    """Rows to clear on either side of the lines' middles: until their ink has nearly ended."""
    away = np.arange(0, 12)
    block = np.arange(BLOCKS)
    rows = np.rint(course).astype(int)
    profile = []
    for d in away:
        up, down = (np.clip(rows + s * d, 0, len(thin) - 1) for s in (-1, 1))
        profile.append(np.median(np.minimum(thin[up, block], thin[down, block])))
    values = np.array(profile) - min(profile)
    faint = np.flatnonzero(values < 0.15 * values[0])
    return int(faint[0]) + 1 if len(faint) else 3


def _cleared(ink: np.ndarray, course: np.ndarray, middle: np.ndarray, half: int) -> np.ndarray:
    """``ink`` without bands of half a width ``half`` along the courses (lines, BLOCKS).

    Where ink comes in above and goes on below, straight or aslant, the band keeps it; and where it
    is clearly darker than the line.
    """
    height, width = ink.shape
    x = np.arange(width)
    place = x - width / 2
    rows = np.rint([np.interp(place, middle, line) for line in course]).astype(int)  # (lines, w)
    padded = np.pad(ink, half + 4)
    rows += half + 4
    rows = np.clip(rows, half + 3, height + half + 3)
    outer = half + 1
    above = np.maximum(padded[rows - outer, x + half + 4], padded[rows - outer - 1, x + half + 4])
    below = np.maximum(padded[rows + outer, x + half + 4], padded[rows + outer + 1, x + half + 4])
    level = np.median(padded[rows, x + half + 4], axis=1)[:, None]  # of each line's ink
    reach = 2 * outer
    result = padded.copy()
    for row in range(-half, half + 1):
        down = (row + outer) / (2 * outer)  # how far through the band
        bridge = np.zeros_like(above)
        for slant in range(-reach, reach + 1):
            one = _moved(above, round(slant * down))
            other = _moved(below, round(slant * (down - 1)))
            np.maximum(bridge, np.minimum(one, other), out=bridge)
        old = padded[rows + row, x + half + 4]
        kept = np.where(old > 1.5 * level + 0.05, old, bridge)
        result[rows + row, x + half + 4] = np.minimum(old, kept)
    return result[half + 4 : -half - 4, half + 4 : -half - 4]


def _moved(values: np.ndarray, by: int) -> np.ndarray:
    """(lines, w), moved to the right by some columns; zeros come in."""
    if by == 0:
        return values
    moved = np.zeros_like(values)
    if by > 0:
        moved[:, by:] = values[:, :-by]
    else:
        moved[:, :by] = values[:, -by:]
    return moved
