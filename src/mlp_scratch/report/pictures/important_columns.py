"""What a network goes by in a table: which columns count, and what the first of them do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from mlp_scratch.engine.task import Task
from mlp_scratch.report.cut_to_size import shortened
from mlp_scratch.report.pictures import style

MOST_COLUMNS, MOST_LINES = 15, 4


class Curve(NamedTuple):
    """Partial dependence of one column: its values (v,), their words where it is a category, and
    the mean predictions (v, outputs). dates: whether the values are days since 1970-01-01."""

    name: str
    values: NDArray[np.float64]
    words: list[str]
    means: NDArray[np.float64]
    dates: bool = False


def draw_column_effects(
    path: Path,
    names: Sequence[str],
    mean: NDArray[np.float64],
    deviation: NDArray[np.float64],
    curves: Sequence[Curve],
    task: Task,
    *,
    by: str,
    rows: int,
) -> Path:
    """Draw importances (columns,), the largest first, beside up to four curves.

    task: what is predicted. by: what the bars say, "Accuracy falls by" without the column. rows: of
    how many it was asked.
    """
    shown = min(len(names), MOST_COLUMNS)
    height = max(4.6, 1.5 + 0.26 * shown)
    lines = _lines(curves, task)
    of = f"probability of {style.plain(task.names[1], 20)}" if lines == [1] else ""
    note = f"{rows:,} test rows, shuffled in one column, and with one value in all of them"
    figure = style.new_figure(9.6, height, "What the network goes by", note)
    edges = {"left": 0.17, "right": 0.985, "bottom": 0.62 / height, "top": 1 - 0.92 / height}
    grid = figure.add_gridspec(2, 3, **edges, wspace=0.42, hspace=0.62, width_ratios=(1.1, 1, 1))
    bars = figure.add_subplot(grid[:, 0])
    style.dress(bars, title="Shuffled", xlabel=by)
    places = np.arange(shown)
    bars.barh(places, mean[:shown], height=0.66, color=style.BLUE, zorder=3)
    look: dict[str, Any] = {"fmt": "none", "ecolor": style.INK, "elinewidth": 1.0, "zorder": 4}
    bars.errorbar(mean[:shown], places, xerr=deviation[:shown], **look)
    bars.axvline(0, color=style.FAINT, linewidth=0.8)
    bars.set_yticks(places, [style.plain(name, 16) for name in names[:shown]])
    bars.set_ylim(max(shown, 4) - 0.4, -0.6)
    style.round_ticks(bars.xaxis, 4)
    for i, curve in enumerate(curves[:4]):
        ax = figure.add_subplot(grid[i // 2, 1 + i % 2])
        style.dress(ax, title=shortened(curve.name, 24))
        _draw_curve(ax, curve, lines, task)
        if i % 2 == 0 and of:
            ax.set_ylabel(of, fontsize=style.SMALL_SIZE, color=style.INK)
        if i == 0 and len(lines) > 1:
            style.legend(ax, loc="best")
    return style.write(figure, path)


def _lines(curves: Sequence[Curve], task: Task) -> list[int]:
    """Which outputs are drawn: of two classes the second, else those that move most."""
    if task.name == "classification" and len(task.names) == 2:
        return [1]
    if not curves:
        return []
    moves = np.max([np.ptp(curve.means, axis=0) for curve in curves], axis=0)
    return sorted(np.argsort(-moves, kind="stable")[:MOST_LINES].tolist())


def _draw_curve(ax: Axes, curve: Curve, lines: Sequence[int], task: Task) -> None:
    for rank, j in enumerate(lines):
        look: dict[str, Any] = {"color": style.CYCLE[rank], "label": style.plain(task.names[j], 16)}
        if curve.words:
            ax.plot(np.arange(len(curve.values)), curve.means[:, j], "o", markersize=5, **look)
        else:
            marker = "o" if len(curve.values) <= 12 else ""
            ax.plot(curve.values, curve.means[:, j], marker=marker, markersize=4, **look)
    if curve.words:
        words = [style.plain(word, 12) for word in curve.words]
        tilted = max(map(len, curve.words)) * len(words) > 24
        look = {"rotation": 40, "ha": "right"} if tilted else {}
        ax.set_xticks(np.arange(len(words)), words, **look)
        ax.set_xlim(-0.5, len(words) - 0.5)
    elif curve.dates:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=2, integer=True))
        ax.xaxis.set_major_formatter(lambda v, _: str(np.datetime64(int(v), "D")))
    else:
        style.round_ticks(ax.xaxis, 4, lambda value: style.number(value, 5))
    style.round_ticks(ax.yaxis, 4, None if task.name == "regression" else _whole_percent)


def _whole_percent(share: float) -> str:
    return f"{100 * share:.0f} %"
