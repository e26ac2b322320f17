"""Many runs in one picture: the curves of their loss, and of the metric that counts.

A dozen lines can be told apart, fifty cannot. Beyond twelve, the seven best are drawn in colour and
named, and all others stay as a grey backdrop that shows what is usual. Runs that differ only in
their seed may be drawn as one mean with a band.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from mlp_scratch.engine.metrics import is_share, lower_is_better
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import (
    footnote,
    frame_epochs,
    frame_values,
    in_a_sentence,
    log_axis,
    share_tick,
)
from mlp_scratch.report.quantities import counts_most, title_of, unit_of
from mlp_scratch.runs.metrics_file import Columns

COLOURED = 12  # lines that can all have a colour and, in a second round, a line style
BEST = 7  # of more lines than that, so many are coloured
GREY, GREY_POINTS = "#B8B8B8", 200
ERROR_BELOW, ERROR_SPAN = 0.10, 6.0  # when an error on a log axis reads better than an accuracy

Values = NDArray[np.float64]


class Line(NamedTuple):
    """One entry of the comparison: a run, or several that count as one.

    label: what tells it from the others. histories: the metrics of each of its runs. result: its
    value of the metric that they are ranked by, as text for the legend.
    """

    label: str
    histories: Sequence[Columns] = ()
    result: str = ""


class _Curve(NamedTuple):
    x: Values
    y: Values
    spread: Values | None


def draw_comparison(lines: Sequence[Line], path: Path, title: str = "", metric: str = "") -> Path:
    """Draw ``lines`` (best first) to ``path`` (.png, .pdf or .svg).

    ``metric`` is what they are ranked by: it heads the legend, and its curves are drawn beside
    those of the loss where there are such.
    """
    there = dict.fromkeys(name for line in lines for columns in line.histories for name in columns)
    counted = counts_most(there, metric)
    quantities = ["loss"] if counted is None else ["loss", counted]
    named = len(lines) if len(lines) <= COLOURED else BEST
    with_train = named <= BEST
    note = _note(lines, named, with_train, quantities)
    figure = style.new_figure(12.6, 4.6, title or f"{len(lines)} runs", note)
    handles = [_handle(line, i) for i, line in enumerate(lines[:named])]
    if len(lines) > named:
        rest = f"{len(lines) - named} others"
        handles.append(Line2D([], [], color=GREY, linewidth=1.2, label=rest))
    left, right = 0.055, 0.99  # of the panels; the legend takes what it needs
    gap = 0.08 if unit_of(quantities[-1]) else 0.061
    if handles:
        place: dict[str, Any] = {"loc": "upper right", "bbox_to_anchor": (0.996, 0.835)}
        text: dict[str, Any] = {"labelcolor": style.INK, "alignment": "left", "handlelength": 2.0}
        text |= dict.fromkeys(("fontsize", "title_fontsize"), style.SMALL_SIZE)
        box = figure.legend(
            handles=handles, title=style.plain(metric), frameon=False, **place, **text
        )
        box.get_title().set_color(style.FAINT)
        right = figure.transFigure.inverted().transform(box.get_window_extent())[0, 0] - 0.005
    grid = figure.add_gridspec(1, len(quantities), left=left, right=right, bottom=0.115, top=0.815)
    grid.update(wspace=gap / ((right - left - gap) / 2))
    for i, quantity in enumerate(quantities):
        _draw_panel(figure.add_subplot(grid[i]), lines, named, quantity, with_train)
    return style.write(figure, path)


def _note(lines: Sequence[Line], named: int, with_train: bool, quantities: Sequence[str]) -> str:
    parts = ["solid: validation, dashed: training" if with_train else "validation"]
    if not any(_curve(line, "val_", q) for line in lines for q in quantities):
        parts = ["training (no validation)"]
    if any(len(line.histories) > 1 for line in lines):
        parts.append("band: one standard deviation on each side of the mean")
    if len(lines) > named:
        parts.append(f"the best {named} of {len(lines)} in colour")
    return " · ".join(parts)


def _look(i: int) -> tuple[str, Any]:
    """Colour and line style of line ``i``; the second round is dashed."""
    return style.CYCLE[i % len(style.CYCLE)], "-" if i < len(style.CYCLE) else (0, (3.5, 1.5))


def _handle(line: Line, i: int) -> Line2D:
    colour, dashes = _look(i)
    label = style.plain(line.label, 46 - len(line.result))
    text = f"{label}   {style.plain(line.result)}" if line.result else label
    return Line2D([], [], color=colour, linestyle=dashes, linewidth=2.0, label=text)


def _draw_panel(
    ax: Axes, lines: Sequence[Line], named: int, quantity: str, with_train: bool
) -> None:
    validated, trained = (
        [_curve(line, rows, quantity) for line in lines] for rows in ("val_", "train_")
    )
    main = [v or t for v, t in zip(validated, trained, strict=True)]
    beside = [t if with_train and v else None for v, t in zip(validated, trained, strict=True)]
    coloured, greys = ([c for c in some if c] for some in (main[:named], main[named:]))
    high_share = is_share(quantity) and not lower_is_better(quantity)
    as_error = high_share and _error_reads_better(coloured)
    title = title_of(quantity)
    if as_error:
        title = "Error" if quantity == "accuracy" else f"1 − {in_a_sentence(quantity)}"
    style.dress(ax, title=title, xlabel="epoch", ylabel=unit_of(quantity))
    if not any(main):
        style.nothing_to_draw(ax)
        return

    def turned(y: Values) -> Values:
        return 1.0 - y if as_error else y

    backdrop = [_thinned(curve.x, turned(curve.y)) for curve in greys]
    look: dict[str, Any] = {"colors": GREY, "linewidths": 0.7, "alpha": 0.7, "zorder": 1}
    ax.add_collection(LineCollection(backdrop, **look), autolim=False)
    for i in reversed(range(named)):  # the best on top
        colour, dashes = _look(i)
        if (faint := beside[i]) is not None:
            look = {"color": colour, "linewidth": 0.9, "alpha": 0.55, "zorder": 2}
            ax.plot(faint.x, turned(faint.y), "--", **look)
        if (curve := main[i]) is None:
            continue
        if curve.spread is not None:
            low, high = turned(curve.y - curve.spread), turned(curve.y + curve.spread)
            ax.fill_between(curve.x, low, high, color=colour, alpha=0.16, linewidth=0, zorder=2)
        look = {"marker": "o" if len(curve.x) == 1 else "", "markersize": 5, "linewidth": 1.6}
        ax.plot(curve.x, turned(curve.y), color=colour, linestyle=dashes, zorder=3, **look)
    frame_epochs(ax, np.concatenate([c.x for c in main if c is not None]))
    if as_error:
        note: str | None = _frame_error(ax, coloured, quantity)
    else:
        shown = [*coloured, *(c for c in beside[:named] if c)] or greys
        note = frame_values(ax, [c.y for c in shown], quantity)
    footnote(ax, "; ".join(filter(None, [note, _outside(ax, greys, turned)])))


def _curve(line: Line, prefix: str, quantity: str) -> _Curve | None:
    """The mean over the line's runs, as far as at least half of them have come; None if nothing."""
    pairs = []
    for columns in line.histories:
        epochs, values = columns.get("epoch"), columns.get(prefix + quantity)
        if epochs is None or values is None:
            continue
        seen = np.isfinite(epochs) & np.isfinite(values)
        if seen.any():
            pairs.append((epochs[seen], values[seen]))
    if not pairs:
        return None
    if len(pairs) == 1:
        return _Curve(*pairs[0], None)
    x = np.unique(np.concatenate([epochs for epochs, _ in pairs]))
    table = np.full((len(pairs), len(x)), np.nan)
    for row, (epochs, values) in zip(table, pairs, strict=True):
        row[np.searchsorted(x, epochs)] = values
    counts = np.isfinite(table).sum(axis=0)
    kept = 2 * counts >= len(pairs)
    table, counts = table[:, kept], counts[kept]
    mean = np.nansum(table, axis=0) / counts
    squares = np.nansum((table - mean) ** 2, axis=0)
    return _Curve(x[kept], mean, np.sqrt(squares / np.maximum(counts - 1, 1)))


def _thinned(x: Values, y: Values) -> Values:
    """At most GREY_POINTS points, for lines that only make up the background."""
    step = -(-len(x) // GREY_POINTS)
    return np.stack([x[::step], y[::step]], axis=-1)


def _error_reads_better(curves: Sequence[_Curve]) -> bool:
    """Whether shares crowd below 100 % while what they lack differs by several times."""
    if not curves or max(float(c.y.max()) for c in curves) < 1.0 - ERROR_BELOW:
        return False
    errors = np.concatenate([1.0 - c.y for c in curves])
    positive = errors[errors > 0]
    return len(positive) > 0 and bool(positive.max() > ERROR_SPAN * positive.min())


def _frame_error(ax: Axes, curves: Sequence[_Curve], quantity: str) -> str:
    errors = np.concatenate([1.0 - c.y for c in curves])
    positive = errors[errors > 0]
    low, high = float(positive.min()) / 1.25, min(float(positive.max()) * 1.15, 1.0)
    log_axis(ax, low, high, share_tick)
    return f"1 − {in_a_sentence(quantity)}, log scale"


def _outside(ax: Axes, greys: Sequence[_Curve], turned: Callable[[Values], Values]) -> str:
    low, high = ax.get_ylim()
    hidden = sum(1 for c in greys if not ((turned(c.y) >= low) & (turned(c.y) <= high)).any())
    return f"{hidden} others outside the frame" if hidden else ""
