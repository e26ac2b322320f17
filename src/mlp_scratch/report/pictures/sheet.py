"""A sheet of paper measured in inches from its upper left corner.

Pictures that are grids (images, tables of counts) need no axes, ticks or scales. Texts, boxes and
one image put straight onto the figure are drawn several times faster than as many small axes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.transforms import Affine2D
from numpy.typing import ArrayLike, NDArray

from mlp_scratch.report.pictures import style


class _Pixels(Artist):
    """RGBA bytes copied onto the canvas as they are; matplotlib's own images would resample."""

    zorder = 0

    def __init__(self, pixels: NDArray[np.uint8], x: int, y: int) -> None:
        super().__init__()
        self._pixels, self._corner = np.ascontiguousarray(pixels[::-1]), (x, y)

    def draw(self, renderer: RendererBase) -> None:
        gc = renderer.new_gc()
        renderer.draw_image(gc, *self._corner, self._pixels)
        gc.restore()


class Sheet:
    """An empty sheet of ``width`` x ``height`` inches with a title and a grey line below it."""

    top = 0.62  # where the contents begin, below title and note

    def __init__(self, width: float, height: float, title: str, note: str = ""):
        self.width, self.height = width, height
        self.figure = style.new_figure(width, height, title, note)
        downwards = Affine2D().scale(1, -1).translate(0, height)
        self._inches = downwards + self.figure.dpi_scale_trans

    def text(
        self, x: float, y: float, text: str, size: float = style.SMALL_SIZE, **look: Any
    ) -> None:
        """Put ``text`` (already plain) at (x, y); left and bottom aligned unless told otherwise."""
        look.setdefault("color", style.INK)
        self.figure.text(x / self.width, 1 - y / self.height, text, fontsize=size, **look)

    def boxes(
        self,
        x: ArrayLike,
        y: ArrayLike,
        width: ArrayLike,
        height: ArrayLike,
        colour: str | Sequence[str],
    ) -> None:
        """Filled boxes with upper left corners (x, y), all in one go."""
        x, y, w, h = np.broadcast_arrays(*map(np.asarray, (x, y, width, height)))
        corners = np.stack([x, y, x + w, y, x + w, y + h, x, y + h], axis=-1).reshape(-1, 4, 2)
        look: dict[str, Any] = {"facecolors": colour, "edgecolors": "none", "zorder": 1}
        self.figure.add_artist(PolyCollection(list(corners), transform=self._inches, **look))

    def lines(self, segments: ArrayLike, colour: str) -> None:
        """Straight lines, ``segments`` (n, 2 ends, 2 coordinates)."""
        look: dict[str, Any] = {"colors": colour, "linewidths": 0.5, "zorder": 2}
        self.figure.add_artist(
            LineCollection(list(np.asarray(segments)), transform=self._inches, **look)
        )

    def image(self, pixels: NDArray[np.uint8], x: float, y: float) -> None:
        """Put RGBA bytes with the upper left corner at (x, y), one pixel to one of the sheet."""
        below = self.height - y - len(pixels) / style.DPI
        self.figure.add_artist(_Pixels(pixels, round(x * style.DPI), round(below * style.DPI)))

    def write(self, path: Path) -> Path:
        return style.write(self.figure, path)


def tile(
    pictures: NDArray[np.uint8], columns: int, size: float, step_x: float, step_y: float
) -> NDArray[np.uint8]:
    """Lay (n, h, w, 3 or 4) bytes into one sheet, ``columns`` to a row; lengths in inches.

    Each picture is enlarged (nearest neighbour: single pixels stay sharp) until its longer side
    is ``size`` and set in the middle of its place; what lies between is transparent.
    """
    n, h, w = pictures.shape[:3]
    side = round(size * style.DPI)
    tall, wide = max(side * h // max(h, w), 1), max(side * w // max(h, w), 1)
    rows = np.arange(tall) * h // tall
    cells = np.arange(wide) * w // wide
    sheet_height = round((n - 1) // columns * step_y * style.DPI) + side
    sheet_width = round((min(n, columns) - 1) * step_x * style.DPI) + side
    sheet = np.zeros((sheet_height, sheet_width, 4), dtype=np.uint8)
    enlarged = pictures[:, rows[:, None], cells, :3]
    for i in range(n):
        y = round((i // columns) * step_y * style.DPI) + (side - tall) // 2
        x = round((i % columns) * step_x * style.DPI) + (side - wide) // 2
        sheet[y : y + tall, x : x + wide, :3] = enlarged[i]
        sheet[y : y + tall, x : x + wide, 3] = 255
    return sheet
