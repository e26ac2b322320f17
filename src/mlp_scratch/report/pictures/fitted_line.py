"""What a network of one feature predicts along it, with the rows that it was fitted to."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlp_scratch.insight.seen_whole import Line, frame_of
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import footnote
from mlp_scratch.report.pictures.decision import DRAWN

MOST_TARGETS = 4
PANEL = 3.5  # inches
LOOKS: dict[str, dict[str, Any]] = {
    "training": {"s": 9, "color": style.TRAIN, "alpha": 0.6, "linewidths": 0, "zorder": 2},
    "test": {"s": 20, "facecolors": "none", "ec": style.VERMILION, "lw": 0.8, "zorder": 3},
}


def fit_figure(line: Line, title: str, tall: NDArray[np.float64] | None = None) -> Figure:
    """``line`` as a picture, not yet written, a panel for each of up to four targets. tall (k, 2):
    from where to where each target goes, None for ``heights``."""
    tall = heights(line) if tall is None else tall
    shown = min(line.answers.shape[1], MOST_TARGETS)
    height = 0.85 + PANEL * shown
    figure = style.new_figure(7.2, height, title, " · ".join(_note(line, shown)))
    edges = {"left": 0.11, "right": 0.975, "bottom": 0.52 / height, "top": 1 - 0.80 / height}
    grid = figure.add_gridspec(shown, 1, **edges, hspace=0.32)
    for j in range(shown):
        ax = figure.add_subplot(grid[j])
        below = style.plain(line.names[0], 60) if j == shown - 1 else ""
        style.dress(ax, xlabel=below, ylabel=style.plain(line.outputs[j], 30))
        _draw_target(ax, line, j, tall[j])
    return figure


def heights(line: Line) -> NDArray[np.float64]:
    """(k, 2): frames that hold what is true and what is predicted."""
    frames = []
    for j in range(line.answers.shape[1]):
        answer = line.answers[:, j]
        truth = [points.part(DRAWN["training"]).truth[:, j] for points in line.parts.values()]
        values = np.concatenate([*truth, answer[np.isfinite(answer)]])
        frames.append(frame_of(values[:, None])[0])
    return np.array(frames)


def _note(line: Line, shown: int) -> list[str]:
    parts = []
    for name, points in line.parts.items():
        drawn = f", {DRAWN[name]} drawn" if len(points.x) > DRAWN[name] else ""
        parts.append(f"{points.total:,} {name} rows{drawn}")
    if len(line.outputs) > shown:
        parts.append(f"the first {shown} of {len(line.outputs)} targets")
    return parts


def _draw_target(ax: Axes, line: Line, j: int, frame: NDArray[np.float64]) -> None:
    at, values = [], []
    for name, points in line.parts.items():
        drawn = points.part(DRAWN[name])
        at.append(drawn.x[:, 0])
        values.append(drawn.truth[:, j])
        ax.scatter(at[-1], values[-1], label=f"{name} rows", **LOOKS[name])
    answer: NDArray[np.float64] = line.answers[:, j]
    if line.low is not None and line.high is not None:
        band: dict[str, Any] = {"color": style.SKY, "alpha": 0.35, "linewidth": 0}
        label = "interval it gives"
        ax.fill_between(line.x, line.low[:, j], line.high[:, j], label=label, zorder=1, **band)
    ax.plot(line.x, answer, color=style.BLACK, linewidth=1.8, label="predicted", zorder=4)
    ax.set_xlim(*line.frame[0])
    ax.set_ylim(*frame)
    style.plain_ticks(ax)
    x, truth = np.concatenate(at), np.concatenate(values)
    outside = (x < line.frame[0, 0]) | (x > line.frame[0, 1]) | (truth < frame[0])
    if lost := int((outside | (truth > frame[1])).sum()):
        footnote(ax, f"{lost:,} of the rows drawn lie outside")
    if j == 0:
        style.legend_above(ax, 4, columnspacing=1.2, handletextpad=0.5)
