"""The first layer's weights: what each hidden unit looks for, as an image where rows are images,
and as a table of colours otherwise.
"""

from pathlib import Path

import numpy as np
from matplotlib import colormaps
from numpy.typing import ArrayLike, NDArray

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.images import Shape
from mlp_scratch.report.pictures.sheet import Sheet, tile

DIVERGING = "PuOr_r"  # orange above 0, purple below, white at 0; safe for colour-blind readers
UNITS_WIDE, UNITS = 8, 64
SIZE = 0.78  # inches of a unit


def draw_weights(weights: ArrayLike, image_shape: Shape | None, path: Path) -> Path:
    """Draw what the first hidden units look for: W0 (n_in, n_hidden), one image a unit.

    All share one scale, symmetric about 0, that the largest half percent of the weights exceeds.
    Rows that are not images are drawn as one table, inputs downwards and units to the right.
    """
    w = np.nan_to_num(np.asarray(weights, dtype=np.float64), posinf=0.0, neginf=0.0)
    return weights_sheet(w, image_shape, "First-layer weights", scale_of(w)).write(path)


def scale_of(w: NDArray[np.float64]) -> float:
    """The weight that has the darkest colour."""
    return float(np.quantile(np.abs(w), 0.995)) or float(np.abs(w).max(initial=0.0)) or 1.0


def weights_sheet(
    w: NDArray[np.float64],
    image_shape: Shape | None,
    title: str,
    scale: float,
    most: int = UNITS,
    wide: int = UNITS_WIDE,
    size: float = SIZE,
) -> Sheet:
    """The picture, not yet written; where units are images, of at most so many, so many abreast,
    ``size`` inches each."""
    n_in, n_hidden = w.shape
    if image_shape is None or int(np.prod(image_shape)) != n_in:
        return _weight_table(w, scale, title)

    shown = min(n_hidden, most)
    columns = min(wide, shown)
    gap, left = 0.06, 0.12  # inches
    step = size + gap
    of_all = "" if shown == n_hidden else f" of {n_hidden}"
    width = max(left + columns * step + 0.85, 4.6)
    height = max(Sheet.top + -(-shown // columns) * step + 0.08, 1.9)
    sheet = Sheet(width, height, title, f"hidden units 1 to {shown}{of_all}, all on one scale")
    units = w[:, :shown].T.reshape(shown, *image_shape)
    if units.ndim == 4 and units.shape[-1] != 3:
        units = units.mean(axis=-1)
    if units.ndim == 4:  # each channel's weight moves its colour away from mid-grey
        coloured = np.round(255 * np.clip(0.5 + 0.5 * units / scale, 0.0, 1.0)).astype(np.uint8)
    else:
        coloured = _diverging(units, scale)
        long = min(height - sheet.top - 0.2, 2.4)
        _draw_scale(sheet, left + columns * step + 0.08, long, scale)
    sheet.image(tile(coloured, columns, size, step, step), left, sheet.top)
    return sheet


def _weight_table(w: NDArray[np.float64], scale: float, title: str) -> Sheet:
    n_in, n_hidden = w.shape
    wide = float(np.clip(0.06 * n_hidden, 2.4, 8.0))  # inches
    tall = float(np.clip(0.10 * n_in, 1.2, 6.5))
    size = (max(0.4 + wide + 0.9, 4.6), Sheet.top + tall + 0.35)
    sheet = Sheet(*size, title, f"{n_in} inputs, {n_hidden} hidden units")
    rows = np.arange(round(tall * style.DPI)) * n_in // round(tall * style.DPI)
    columns = np.arange(round(wide * style.DPI)) * n_hidden // round(wide * style.DPI)
    sheet.image(_diverging(w, scale)[rows[:, None], columns], 0.4, sheet.top)
    sheet.text(0.4 + wide / 2, sheet.height - 0.1, "hidden unit →", ha="center")
    sheet.text(0.14, sheet.top + tall / 2, "← input", va="center", rotation=90)
    _draw_scale(sheet, 0.4 + wide + 0.12, min(tall, 2.4), scale)
    return sheet


def _diverging(values: NDArray[np.float64], scale: float) -> NDArray[np.uint8]:
    """RGBA bytes; -scale and below are the darkest purple, 0 is white, scale and above orange."""
    return colormaps[DIVERGING](np.clip(0.5 + 0.5 * values / scale, 0.0, 1.0), bytes=True)


def _draw_scale(sheet: Sheet, x: float, height: float, scale: float) -> None:
    ramp = np.linspace(scale, -scale, round(height * style.DPI))[:, None]
    sheet.image(_diverging(np.repeat(ramp, round(0.14 * style.DPI), axis=1), scale), x, sheet.top)
    for at, label in ((0.0, f"{scale:.2g}"), (0.5, "0"), (1.0, f"−{scale:.2g}")):
        va = ("top", "center", "bottom")[round(2 * at)]
        sheet.text(x + 0.2, sheet.top + at * height, label, va=va)
