"""A figure drawn as the training images are: strokes of their width, in their frame, by their mass.

MNIST's digits were fitted into 20x20 pixels and moved until their centre of mass was the middle of
28x28 (LeCun et al. 1998). A hairline pen or a marker would leave strokes there that no training
image has, so the outline is moved outwards or inwards first.
"""

import numpy as np

from mlp_scratch.data.pictures.resizing import scaled

SIDE = 80  # pixels of the figure's longer side while its outline is moved
FRAME = 20 / 28  # the share of the training images' side that a figure's longer side fills
USUAL = 0.115  # width of a stroke in the training images, of the figure's longer side
WITHIN = 0.85, 1.15  # of that: widths that are left alone
REACH = 16  # pixels from the outline up to which distances are known
SOFT = 3.0  # pixels in which an edge goes from ink to paper


def stroke_width(ink: np.ndarray) -> float:
    """In pixels, of ink (h, w) from 0 to 1: twice the area by the length of the outline.

    The length is the total variation, which counts an edge alike whether it is sharp or soft.
    """
    dy, dx = np.diff(ink, axis=0)[:, :-1], np.diff(ink, axis=1)[:-1]
    return 2 * float(ink.sum()) / max(float(np.hypot(dy, dx).sum()), 1e-6)


def outline(ink: np.ndarray) -> np.ndarray | None:
    """Distances (n, n) in pixels from the figure's outline, below 0 in it, the figure SIDE large.

    ink: (h, w), 0 to 1. Beyond REACH they stay REACH. None without ink, or with grains of it alone.
    """
    from PIL import Image

    rows, columns = np.nonzero(ink > 0.5)
    if len(rows) == 0:
        return None
    top, left = max(rows.min() - 2, 0), max(columns.min() - 2, 0)
    cut = ink[top : rows.max() + 3, left : columns.max() + 3]
    scale = SIDE / max(np.ptp(rows) + 1, np.ptp(columns) + 1)
    image = scaled(Image.fromarray(np.ascontiguousarray(cut, np.float32)), scale)
    mask = np.pad(np.asarray(image) > 0.5, REACH)
    if not mask.any():
        return None
    return _distance(~mask) - _distance(mask)


def _distance(mask: np.ndarray) -> np.ndarray:
    """Of each pixel of the mask, to the nearest outside it (less half a pixel), up to REACH."""
    far = float(REACH) ** 2
    square = np.where(mask, far, 0.0).astype(np.float32)
    for axis in (0, 1):
        moved = np.moveaxis(square, axis, 0)
        best = moved.copy()
        for step in range(1, REACH):
            cost = np.float32(step * step)
            np.minimum(best[step:], moved[:-step] + cost, out=best[step:])
            np.minimum(best[:-step], moved[step:] + cost, out=best[:-step])
        square = np.moveaxis(best, 0, axis)
    return np.maximum(np.sqrt(square) - 0.5, 0) * mask


def drawn(distance: np.ndarray, grown: float, slant: float = 0.0) -> np.ndarray:
    """Ink (n, n) from 0 to 1, its outline moved outwards by ``grown`` pixels.

    slant: pixels that it leans to the right for each pixel upwards.
    """
    from PIL import Image

    ink = np.clip(0.5 + (grown - distance) / SOFT, 0, 1).astype(np.float32)
    if slant == 0:
        return ink
    wide = np.pad(ink, [(0, 0), [int(abs(slant) * len(ink) / 2) + 1] * 2])
    image = Image.fromarray(wide)
    way = (1, slant, -slant * len(ink) / 2, 0, 1, 0)
    turned = image.transform(image.size, Image.Transform.AFFINE, way, Image.Resampling.BILINEAR)
    return np.asarray(turned, np.float32)


def growth(distance: np.ndarray) -> float:
    """Pixels that the outline must move for strokes of the usual width."""
    width = stroke_width(drawn(distance, 0.0)) / SIDE
    wanted = float(np.clip(width, USUAL * WITHIN[0], USUAL * WITHIN[1]))
    # The figure grows with its strokes: (width + 2 g) / (1 + 2 g) = wanted
    return SIDE * (wanted - width) / (2 * (1 - wanted))


def framed(ink: np.ndarray, shape: tuple[int, int], shift: float = 0) -> np.ndarray:
    """uint8 of ``shape``: the ink's longer side at FRAME, its mass in the middle.

    In MNIST that is the middle of pixel 14, counted from 0, half a pixel beyond that of the frame:
    98.1 % of enlarged test digits are read right with that half pixel, 96.6 % without it.
    shift: pixels both down and to the right, of the result.
    """
    from PIL import Image

    height, width = shape
    rows, columns = np.nonzero(ink > 0.5)
    if len(rows) == 0:
        return np.zeros(shape, np.uint8)
    tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    scale = FRAME * min(height / tall, width / wide)
    total = float(ink.sum())
    y = float(np.arange(ink.shape[0]) @ ink.sum(axis=1)) / total + 0.5 - (0.5 + shift) / scale
    x = float(np.arange(ink.shape[1]) @ ink.sum(axis=0)) / total + 0.5 - (0.5 + shift) / scale
    half_y, half_x = height / scale / 2, width / scale / 2
    pad = int(np.ceil(max(half_y, half_x) + (0.5 + abs(shift)) / scale)) + 1
    image = Image.fromarray(np.pad(ink, pad))
    box = x - half_x + pad, y - half_y + pad, x + half_x + pad, y + half_y + pad
    small = np.asarray(image.resize((width, height), Image.Resampling.BOX, box=box))
    return np.clip(np.rint(small * 255), 0, 255).astype(np.uint8)
