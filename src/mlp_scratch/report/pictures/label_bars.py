"""How well each of several labels is told: F1, precision, recall, support as bars, worst first."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray

from mlp_scratch.engine.metrics.class_metrics import per_label
from mlp_scratch.report.pictures import style

MOST_LABELS = 40
PANELS = (  # of the scores: title, colour
    ("f1", "F1", style.BLUE),
    ("precision", "Precision", style.GREEN),
    ("recall", "Recall", style.VERMILION),
    ("support", "Rows that have it", style.FAINT),
)


def draw_label_scores(
    true: NDArray, predicted: NDArray, names: Sequence[str], path: Path, title: str = ""
) -> Path:
    """Draw up to 40 labels, lowest F1 first, to the PNG ``path``.

    true, predicted (n, labels) of 0 and 1; names: of the labels.
    """
    scores = per_label(true, predicted > 0)
    order = np.argsort(scores["f1"], kind="stable")[:MOST_LABELS]
    n, k = np.asarray(true).shape
    height = 1.25 + 0.24 * max(len(order), 2)
    width, left = 10.6, 1.75
    shown = f"the worst {len(order)} of {k} labels" if len(order) < k else f"{k} labels"
    note = f"{shown}, lowest F1 first · {n:,} rows · mean F1 {style.percent(scores['f1'].mean())}"
    figure = style.new_figure(width, height, title or "Labels", note)
    edges = {"left": left / width, "right": 0.975}
    edges |= {"bottom": 0.36 / height, "top": 1 - 0.86 / height}
    grid = figure.add_gridspec(1, len(PANELS), **edges, wspace=0.2)
    for i, (key, heading, colour) in enumerate(PANELS):
        ax = figure.add_subplot(grid[i])
        style.dress(ax, title=heading)
        _draw_bars(ax, scores[key][order], colour, share=key != "support")
        ax.set_yticks(np.arange(len(order)))
        ax.set_yticklabels([style.plain(names[j], 20) for j in order] if i == 0 else [])
    return style.write(figure, path)


def _draw_bars(ax: Axes, values: NDArray, colour: str, *, share: bool) -> None:
    places = np.arange(len(values))
    ax.barh(places, values, height=0.72, color=colour, alpha=0.85, zorder=3)
    end = 1.0 if share else max(float(values.max(initial=0)), 1.0)
    for place, value in zip(places, values, strict=True):
        inside = value > 0.7 * end
        x = float(value + (-0.015 if inside else 0.015) * end)
        text = f"{100 * value:.1f} %" if share else f"{int(value):,}"
        look: dict[str, Any] = {"va": "center_baseline", "ha": "right" if inside else "left"}
        look |= {"fontsize": style.SMALL_SIZE - 1, "color": "white" if inside else style.INK}
        ax.text(x, float(place), text, zorder=4, **look)
    ax.set_xlim(0, end * (1.0 if share else 1.02))
    ax.set_ylim(len(values) - 0.4, -0.6)  # the first on top
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_locator(MaxNLocator(nbins=2 if share else 3, integer=not share))
    ax.xaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f} %" if share else f"{v:,.0f}")
