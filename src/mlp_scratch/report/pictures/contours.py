"""The loss on a plane through a trained network, as lines of equal height."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MultipleLocator
from numpy.typing import NDArray

from mlp_scratch.report.pictures import style

LEVELS = 14
LOG_FROM = 10.0  # highest / lowest


def draw_contours(
    axis: NDArray[np.float64],
    losses: NDArray[np.float64],
    path: Path,
    title: str,
    note: str,
) -> Path:
    """Draw losses[i, j] (n, n) at x = axis[j], y = axis[i] to ``path`` (.png, .pdf or .svg).

    The network stands at (0, 0); the lowest point is marked where that is another. What is not
    finite stays white. Raises OSError or ConfigError.
    """
    figure = style.new_figure(6.6, 5.8, title, note)
    ax = figure.add_axes((0.11, 0.09, 0.70, 0.70 * 6.6 / 5.8))  # a square
    style.dress(ax, xlabel="α: first random direction", ylabel="β: second random direction")
    finite = losses[np.isfinite(losses)]
    if not finite.size:
        style.nothing_to_draw(ax)
        return style.write(figure, path)
    ax.grid(False)
    ax.xaxis.set_major_locator(MultipleLocator(0.5))
    ax.yaxis.set_major_locator(MultipleLocator(0.5))
    levels, norm = _levels(float(finite.min()), float(finite.max()))
    shown = np.ma.masked_invalid(losses)
    filled = ax.contourf(axis, axis, shown, levels, norm=norm, cmap=style.HEAT)
    lines = ax.contour(axis, axis, shown, levels[1:-1], colors="white", linewidths=0.6, alpha=0.7)
    look: dict[str, Any] = {"fontsize": style.SMALL_SIZE, "colors": style.INK}
    for label in ax.clabel(lines, levels[2:-3:2], fmt=_short, **look):
        label.set_path_effects([withStroke(linewidth=2.2, foreground="white")])
    cax = figure.add_axes((0.835, 0.09, 0.03, 0.70 * 6.6 / 5.8))
    bar = figure.colorbar(filled, cax=cax, format=lambda value, _: _short(value))
    bar.set_ticks([*levels[::2]])
    bar.ax.set_title("loss", fontsize=style.LABEL_SIZE, color=style.INK, loc="left")
    bar.minorticks_off()
    bar.ax.tick_params(labelsize=style.SMALL_SIZE, labelcolor=style.INK, color=style.FAINT)
    bar.outline.set_visible(False)
    middle = len(axis) // 2
    _mark(ax, 0.0, 0.0, "o", f"the network: {style.number(float(losses[middle, middle]))}")
    i, j = np.unravel_index(np.nanargmin(shown.filled(np.nan)), losses.shape)
    if (i, j) != (middle, middle):
        _mark(ax, axis[j], axis[i], "v", f"the lowest point: {style.number(float(losses[i, j]))}")
    style.legend(ax, loc="upper right", framealpha=1.0)
    return style.write(figure, path)


def _mark(ax: Axes, x: float, y: float, marker: str, label: str) -> None:
    look: dict[str, Any] = {"color": style.VERMILION, "mec": "white", "linestyle": "none"}
    ax.plot([x], [y], marker, markersize=8, label=label, **look)


def _levels(low: float, high: float) -> tuple[NDArray[np.float64], Normalize]:
    """Heights of the lines, in equal steps, or equal ratios where the loss spans much."""
    if low > 0 and high > LOG_FROM * low:
        return np.geomspace(low, high, LEVELS), LogNorm(low, high)
    if high <= low:
        high = low + (abs(low) or 1.0) * 1e-6
    return np.linspace(low, high, LEVELS), Normalize(low, high)


def _short(value: float) -> str:
    return style.number(value, 2)
