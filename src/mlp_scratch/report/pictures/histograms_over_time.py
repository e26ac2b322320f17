"""The distribution of each layer's values over time: a column a look, darker where more values lie.

Looks are drawn side by side whatever lies between them: they are close at the beginning and far
apart later, so that the first epochs, in which most happens, have room.
"""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator
from numpy.typing import NDArray

from mlp_scratch.insight.layers.layer_records import KINDS, HistogramTable
from mlp_scratch.report.cut_to_size import spread
from mlp_scratch.report.pictures import style

ABREAST, MOST_LAYERS = 5, 15  # layers beside each other, and in all
PANEL, APART, BELOW = 0.86, 0.1, 0.58  # inches: a panel, between the two of a layer, below them
HEADING = 0.62
CELLS = 120  # of the axis of values
MOST_TICKS = 4
SHADES = LinearSegmentedColormap.from_list("shades", ["#FFFFFF", "#A9CBE3", style.BLUE, "#00263C"])


def frame_looks(ax: Axes, epochs: NDArray[np.int64], most: int = 6) -> None:
    """An x axis on which looks lie side by side; its ticks name their epochs."""
    n = len(epochs)
    stride = -(-n // most)
    places = list(range(0, n, stride))
    if n - 1 - places[-1] > stride // 2:
        places.append(n - 1)
    elif places[-1] != n - 1 and n > 1:
        places[-1] = n - 1
    ax.set_xlim(-0.5, n - 0.5)
    ax.xaxis.set_major_locator(FixedLocator([float(place) for place in places]))
    ax.xaxis.set_major_formatter(FixedFormatter([f"{epochs[place]:,}" for place in places]))


def short_number(value: float) -> str:
    """0.001, −2.5, 20,000, 3e-5: in few letters, for an axis."""
    sign, size = "−" if value < 0 else "", abs(value)
    if size == 0 or 1e-3 <= size < 1e5:
        return f"{sign}{size:,.6g}"
    exponent = math.floor(math.log10(size) + 1e-9)
    return f"{sign}{size / 10.0**exponent:.3g}e{exponent}"


class Grid:
    """Where the panels of ``layers`` layers go: pre-activations above, activations below. The first
    and the last layer are among those drawn."""

    def __init__(self, layers: int) -> None:
        self.layers = spread(layers, MOST_LAYERS).tolist()
        self.bands = -(-len(self.layers) // ABREAST)
        self.columns = -(-len(self.layers) // self.bands)
        kinds = 1 if layers == 1 else 2
        self.height = HEADING + self.bands * (kinds * (PANEL + APART) + BELOW) - 0.3

    def draw(
        self, figure: Figure, histograms: HistogramTable, colours: Sequence[str], down: float
    ) -> None:
        """Draw into ``figure``, from ``down`` inches below its top."""
        width, height = figure.get_size_inches()
        figure.text(
            0.012, 1 - (down + 0.12) / height,
            "Values over time: z (before) and a (after the activation), a column a look, by epoch; "
            "darker: more of them",
            fontsize=style.LABEL_SIZE, color=style.INK, va="top",
        )  # fmt: skip
        columns = max(self.columns, 3)
        left, gap = 0.62, 0.42
        wide = (width - left - 0.14 - gap * (columns - 1)) / columns
        for place, layer in enumerate(self.layers):
            band, column = divmod(place, self.columns)
            top = down + HEADING + band * (2 * PANEL + APART + BELOW)
            last = layer == histograms.layers - 1
            kinds = KINDS[:1] if last and _alike(histograms, layer) else KINDS
            for row, kind in enumerate(kinds):
                y = top + row * (PANEL + APART)
                box = (left + column * (wide + gap), height - y - PANEL, wide, PANEL)
                ax = figure.add_axes(tuple(np.divide(box, (width, height) * 2)))
                style.dress(ax, ylabel=kind if column == 0 else "")
                _draw_panel(ax, histograms, kind, layer)
                if row == 0:
                    name = f"layer {layer + 1}" if not last else f"layer {layer + 1}: outputs"
                    ax.set_title(
                        name, fontsize=style.SMALL_SIZE + 0.5, loc="left", pad=3,
                        color=colours[layer], fontweight="bold",
                    )  # fmt: skip
                if row < len(kinds) - 1:
                    ax.tick_params(labelbottom=False)


def _alike(histograms: HistogramTable, layer: int) -> bool:
    of_layer = {name: looks[:, layer] for name, looks in histograms.arrays.items()}
    pairs = ((of_layer[f"z{end}"], of_layer[f"a{end}"]) for end in ("", "_range"))
    return all(np.array_equal(z, a, equal_nan=True) for z, a in pairs)


def _draw_panel(ax: Axes, histograms: HistogramTable, kind: str, layer: int) -> None:
    names = (kind, f"{kind}_range")
    counts, ranges = (histograms.arrays[name][:, layer] for name in names)
    seen = np.isfinite(ranges).all(axis=1) & (counts.sum(axis=1) > 0)
    if not seen.any():
        style.nothing_to_draw(ax)
        return
    low, high = float(ranges[seen].min()), float(ranges[seen].max())
    room = 0.04 * (high - low) or 0.05 * abs(high) or 0.5
    low, high = low - room, high + room
    edges = np.linspace(low, high, CELLS + 1)
    shares = np.zeros((CELLS, len(counts)))
    for look in np.flatnonzero(seen):
        shares[:, look] = _resampled(counts[look], ranges[look], edges)
    highest = shares.max(axis=0, keepdims=True)
    shares = np.sqrt(shares / np.where(highest > 0, highest, 1.0))
    ax.imshow(
        shares, cmap=SHADES, vmin=0, vmax=1, aspect="auto", origin="lower",
        extent=(-0.5, len(counts) - 0.5, low, high), interpolation="nearest", zorder=2,
    )  # fmt: skip
    ax.grid(False)
    if kind == "z" and low < 0 < high:
        ax.axhline(0, color=style.VERMILION, linewidth=0.7, linestyle=":", zorder=3)
    ax.set_ylim(low, high)
    style.round_ticks(ax.yaxis, 3, short_number)
    frame_looks(ax, histograms.epochs, MOST_TICKS)


def _resampled(
    counts: NDArray[np.uint32], ends: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The share of values between each two ``edges``; within a bin they are taken as spread
    evenly."""
    low, high = ends.tolist()
    total = np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)])
    if low == high:  # one value
        shares = np.zeros(len(edges) - 1)
        place = int(np.searchsorted(edges, low, side="right")) - 1
        if 0 <= place < len(shares):
            shares[place] = 1.0
        return shares
    bins = np.linspace(low, high, len(counts) + 1)
    below = np.interp(edges, bins, total / total[-1])
    return np.diff(below)
