"""Loss and metric along the straight line from one network to another, and some way beyond."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.ticker import MultipleLocator
from numpy.typing import NDArray

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import footnote, frame_values, panels

PARTS = {
    "train": ("training", style.TRAIN),
    "val": ("validation", style.VALIDATION),
    "test": ("test", style.VALIDATION),
}


def draw_between(
    alphas: NDArray[np.float64],
    scores: Mapping[str, NDArray[np.float64]],
    path: Path,
    ends: tuple[str, str],
    sizes: Mapping[str, int],
) -> Path:
    """Draw scores (n,) such as ``train_loss`` and ``val_accuracy`` against alphas (n,).

    ends: names of the networks at 0 and at 1. sizes: how many rows each part has.
    ``path`` is .png, .pdf or .svg. Raises OSError or ConfigError.
    """
    quantities = list(dict.fromkeys(name.partition("_")[2] for name in scores))
    rows = ", ".join(f"{n:,} {PARTS[part][0]} rows" for part, n in sizes.items())
    note = f"0: {ends[0]} · 1: {ends[1]} · {rows}"
    figure = style.new_figure(9.6, 4.2, "On the line between two networks", note)
    axes = panels(figure, quantities, "α: share of the second network", 0.2)
    for ax, quantity in zip(axes, quantities, strict=True):
        drawn = []
        for part in sizes:
            values = scores[f"{part}_{quantity}"]
            seen = np.isfinite(values)
            label, colour = PARTS[part]
            if seen.any():
                ax.plot(alphas[seen], values[seen], color=colour, linewidth=1.6, label=label)
                drawn.append(values[seen])
        if not drawn:
            style.nothing_to_draw(ax)
            continue
        for end in (0.0, 1.0):
            ax.axvline(end, color=style.FAINT, linewidth=0.9, linestyle=":", zorder=1)
        ax.set_xlim(float(alphas[0]), float(alphas[-1]))
        ax.xaxis.set_major_locator(MultipleLocator(0.5))
        footnote(ax, frame_values(ax, drawn, quantity))
        style.legend_above(ax, 2)
    return style.write(figure, path)
