"""The loss of a learning-rate range test against the rate."""

from pathlib import Path

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import footnote, frame_values


def draw_rates(
    rates: NDArray[np.float64],
    losses: NDArray[np.float64],
    smooth: NDArray[np.float64],
    rate: float | None,
    path: Path,
    title: str,
) -> Path:
    """Draw each batch's loss (n,) and the smoothed ones (n,) against rates (n,) to ``path``.

    rate: what is suggested, None for nothing. The frame is that of the smoothed losses.
    Raises OSError or ConfigError.
    """
    note = f"{len(rates):,} steps, the rate growing by one factor at each"
    figure = style.new_figure(7.2, 4.4, title, note)
    ax = figure.add_axes((0.10, 0.125, 0.87, 0.70))
    style.dress(ax, xlabel="learning rate", ylabel="loss of the batch, before the step")
    if not len(rates):
        style.nothing_to_draw(ax)
        return style.write(figure, path)
    ax.set_xscale("log")
    ax.plot(rates, losses, ".", color=style.SKY, markersize=3, label="of each batch")
    ax.plot(rates, smooth, color=style.BLUE, linewidth=1.8, label="smoothed")
    lowest = int(np.argmin(smooth))
    label = f"lowest, at {rates[lowest]:.2g}"
    ax.plot(rates[lowest], smooth[lowest], "v", color=style.BLACK, markersize=7, label=label)
    if rate is not None:
        ax.axvline(rate, color=style.VERMILION, linewidth=1.6, label=f"suggestion: {rate:g}")
    footnote(ax, frame_values(ax, [smooth], "loss"))
    ax.xaxis.set_major_locator(LogLocator(10.0, numticks=12))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    style.legend(ax, loc="best")
    return style.write(figure, path)
