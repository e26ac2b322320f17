"""Which of a sheet's ink is the figure: not dust, not a frame, not a second figure beside it."""

from dataclasses import dataclass

import numpy as np

from mlp_scratch.data.pictures.ink.paper import Sheet
from mlp_scratch.data.pictures.ink.regions import Regions, largest_around, mean_around, regions
from mlp_scratch.data.pictures.ink.ruling import without_lines

FAINT = 0.045  # ink that paper shows by itself
NOISES = 4.0  # deviations of the noise (of a mean over 3x3) that ink must stand out by
RAISED = 1.0, 3.0  # if nothing is found that way, faint things may have joined all to the edge
EDGE = 0.42  # of the figure's own darkness: what is fainter is not it
SPECK, SPECK_SIDE = 0.05, 0.16  # of the figure's area and longer side: what is less is dust
RIM = 1.5  # pixels of the rim (4 wide) by the paper's shorter side: what has more is no figure
# Ink 3 to 6 pixels off a figure, by the figure's own: digits have at most 0.11, and what lamps and
# shade leave at least 0.25, for it fades out
FADING = 0.17
SLIVER = 0.045  # of the paper's shorter side: what lies that near its edge is a piece of a line
WIDEST_FIGURE = 3.0  # how much wider than tall a figure can be; MNIST's are at most 1.8
SMALLEST = 0.06  # of the sheet's shorter side: a smaller thing is no figure


@dataclass(frozen=True, eq=False)
class Figure:
    """ink (h, w) from 0 to 1, cut to the figure. others: how many more figures there are."""

    ink: np.ndarray
    others: int


def figure_on(sheet: Sheet) -> Figure | None:
    """The largest figure of a sheet, or None."""
    least = np.maximum(FAINT, NOISES * sheet.noise)
    smooth = mean_around(sheet.ink, 1)
    smooth[_rings(regions(smooth > least), sheet.inside)] = 0
    ink = without_lines(np.where(smooth > 0, sheet.ink, 0), sheet.inside)
    smooth = mean_around(ink, 1)
    found = (_found(ink, smooth, least * raised, sheet) for raised in RAISED)
    return next((figure for figure in found if figure is not None), None)


def _found(ink: np.ndarray, smooth: np.ndarray, least: np.ndarray, sheet: Sheet) -> Figure | None:
    """The largest figure in what is darker than ``least``; smooth: means of ink over 3x3."""
    inside = sheet.inside
    first = regions(smooth > least)
    ours = (first.labels > 0) & ~_at_the_edge(first, inside)
    if not ours.any():
        return None
    found = regions(ours & (smooth > np.maximum(least, EDGE * _usual(smooth[ours]))))
    if len(found.areas) == 0:
        return None
    mass = np.bincount(found.labels.ravel(), smooth.ravel())[1:]
    chosen, others = _chosen(found, mass, min(ink.shape))
    if chosen is None:
        return None
    mask = np.concatenate([[False], chosen])[found.labels]
    own = _usual(smooth[mask])
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if np.ptp(columns) + 1 > WIDEST_FIGURE * (np.ptp(rows) + 1):
        return None  # a piece of a line
    around = largest_around(mask, 2)
    if _fades(ink, sheet.ink, mask, (found.labels > 0) | ~inside, own):
        return None  # a lamp's light, or its shade
    return Figure(np.clip(np.where(around, ink, 0) / own, 0, 1), others)


def _fades(
    ink: np.ndarray, all_ink: np.ndarray, mask: np.ndarray, other: np.ndarray, own: float
) -> bool:
    """Whether ink (h, w) goes on outside the figure ``mask``, which is ``own`` dark, but fainter.

    all_ink: with the lines that were taken from ``ink``, which are less than half of any ring.
    other: where the figure, others and no paper are.
    """
    near = largest_around(mask, 3)
    ring = largest_around(near, 3) & ~near
    ring &= ~largest_around(other, 3)
    if not ring.any():
        return False
    return max(float(ink[ring].mean()), float(np.median(all_ink[ring]))) > FADING * own


def _usual(ink: np.ndarray) -> float:
    """How dark ink usually is: half of all (weighed by its square) is darker."""
    ordered = np.sort(ink.ravel())
    total = np.cumsum(ordered.astype(np.float64) ** 2)
    return float(ordered[np.searchsorted(total, total[-1] / 2)])


def _rings(found: Regions, inside: np.ndarray) -> np.ndarray:
    """Where (h, w) frames are: they have ink in the corners of a large box, none in its middle."""
    page = np.array([inside.any(axis=1).sum(), inside.any(axis=0).sum()])
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    mask = np.zeros(found.labels.shape, bool)
    for i in np.flatnonzero((sides > 0.5 * page).all(axis=1)):
        top, left, bottom, right = found.boxes[i]
        own = found.labels[top:bottom, left:right] == i + 1
        dy, dx = max(1, len(own) // 8), max(1, own.shape[1] // 8)
        corners = [own[:dy, :dx], own[:dy, -dx:], own[-dy:, :dx], own[-dy:, -dx:]]
        middle = own[2 * dy : -2 * dy, 2 * dx : -2 * dx]
        if all(corner.any() for corner in corners) and middle.sum() <= 0.01 * middle.size:
            mask[top:bottom, left:right] |= own
    return largest_around(mask, 2)


def _at_the_edge(found: Regions, inside: np.ndarray) -> np.ndarray:
    """Where (h, w) regions are that lie along the paper's edge: what is left of table and frame,
    and of ruled lines that end there."""
    height, width = inside.shape
    outside = np.ones((height + 2, width + 2), bool)
    outside[1:-1, 1:-1] = ~inside
    rim = largest_around(outside, 4)[1:-1, 1:-1] & inside
    touching = np.bincount(found.labels[rim], minlength=len(found.areas) + 1)
    shorter = min(inside.any(axis=1).sum(), inside.any(axis=0).sum())
    areas = np.concatenate([[1], found.areas])
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    top, left, bottom, right = found.boxes.T
    across = bottom - rows[0], rows[-1] + 1 - top, right - columns[0], columns[-1] + 1 - left
    sliver = np.zeros(len(areas), bool)
    sliver[1:] = np.min(across, axis=0) < SLIVER * shorter
    return (sliver | (touching > RIM * shorter) | (touching > 0.5 * areas))[found.labels]


def _chosen(found: Regions, mass: np.ndarray, shorter: int) -> tuple[np.ndarray | None, int]:
    """Which regions (n,) make up the largest figure, and how many other figures there are."""
    boxes = found.boxes
    sides = boxes[:, 2:] - boxes[:, :2]
    size = sides.max(axis=1)
    main = int(mass.argmax())
    if size[main] < SMALLEST * shorter:
        return None, 0
    pieces = (mass >= SPECK * mass[main]) | (size >= SPECK_SIDE * size[main])
    chosen = np.zeros(len(mass), bool)
    chosen[main] = True
    others = 0
    for i in np.argsort(-mass):
        if i == main or not pieces[i]:
            continue
        own = boxes[chosen]
        box = np.concatenate([own[:, :2].min(axis=0), own[:, 2:].max(axis=0)])
        gap = np.maximum(boxes[i, :2] - box[2:], box[:2] - boxes[i, 2:])  # below 0: overlapping
        tall = box[2] - box[0]
        alike = mass[i] > 0.3 * mass[main] and sides[i, 0] > 0.5 * tall
        if alike and (gap[1] > 0.03 * tall or gap[0] > 0.15 * tall):
            others += 1
        elif gap.max() < 0.25 * size[main]:
            chosen[i] = True
    return chosen, others
