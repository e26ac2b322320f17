"""The learning curves of one run: loss on the left, the metric that counts on the right.

The frame shows what matters: a first epoch far off the rest does not squeeze the others flat, and
a loss that falls over several powers of ten gets a logarithmic axis. What leaves the frame is
named in it.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray

from mlp_scratch.engine.metrics import is_share, lower_is_better
from mlp_scratch.report.pictures import style
from mlp_scratch.report.quantities import counts_most, title_of, unit_of
from mlp_scratch.runs.metrics_file import Columns

# column's ending -> (label, colour, line style)
SERIES = {
    "train_": ("train", style.TRAIN, "-"),
    "train_eval_": ("train, after the epoch", style.SKY, "--"),
    "val_": ("validation", style.VALIDATION, "-"),
}
TITLE_ROOM = 52  # letters of a legend that fit beside a title
MARKERS_UP_TO = 30  # epochs
LOG_FROM = 50.0  # largest / smallest, of what is good when it is small
R2_FROM = -0.25  # of the highest R2: from there on, once some are above 0 and some far below
FROM_ZERO = 0.5  # an error that falls below this share of its highest is drawn from 0


def curves_figure(
    columns: Columns,
    title: str = "",
    best_epoch: int | None = None,
    training_differs: str = "",
    monitor: str | None = None,
) -> Figure:
    """The history of one run, not yet written; ``best_epoch`` (from 1) gets a mark.

    columns: of ``metrics.csv``; those of validation may be missing, numbers may be NaN (not
    evaluated in that epoch, or diverged). The picture says what ``training_differs`` in: "labels
    smoothed". ``monitor`` is what the run went by: drawn beside the loss, unless it is the loss. A
    run that has nothing but its loss has one panel.
    """
    counted = counts_most(columns, monitor)
    note = _note(columns, counted, best_epoch, training_differs)
    figure = style.new_figure(9.6, 4.0, title or "Learning curves", note)
    quantities = ["loss"] if counted is None else ["loss", counted]
    axes = panels(figure, quantities, "epoch", 0.24 if unit_of(quantities[-1]) else 0.17)
    for ax, quantity in zip(axes, quantities, strict=True):
        _draw_quantity(ax, columns, quantity, best_epoch)
    return figure


def panels(figure: Figure, quantities: Sequence[str], xlabel: str, gap: float) -> list[Axes]:
    """Dressed axes side by side, one for each quantity."""
    place = {"left": 0.07, "right": 0.985, "bottom": 0.125, "top": 0.80}
    grid = figure.add_gridspec(1, len(quantities), **place, wspace=gap)
    axes = [figure.add_subplot(grid[i]) for i in range(len(quantities))]
    for ax, quantity in zip(axes, quantities, strict=True):
        style.dress(ax, title_of(quantity), xlabel, unit_of(quantity))
    return axes


def _note(columns: Columns, counted: str | None, best_epoch: int | None, differs: str) -> str:
    epochs = columns.get("epoch", np.empty(0))
    if not len(epochs):
        return "no epoch was finished"
    parts = ["1 epoch" if len(epochs) == 1 else f"{len(epochs):,} epochs"]
    at_best = np.flatnonzero(epochs == best_epoch)
    if best_epoch is not None and len(at_best):
        values = _best_values(columns, counted, int(at_best[0]))
        parts.append(f"best: epoch {best_epoch}{values}")
    losses = [columns[name] for name in ("train_loss", "val_loss") if name in columns]
    broken = np.flatnonzero(~np.isfinite(losses[0])) if losses else np.empty(0, dtype=np.intp)
    if len(broken):
        parts.append(f"loss not finite from epoch {int(epochs[broken[0]])} on")
    if any(name.startswith("train_") for name in columns):
        labels = f", {differs}" if differs else ""
        parts.append(f"train: mean over an epoch's batches{labels}")
    return " · ".join(parts)


def _best_values(columns: Columns, counted: str | None, row: int) -> str:
    for prefix, label in (("val_", "validation"), ("train_", "train")):
        loss, metric = columns.get(prefix + "loss"), columns.get(f"{prefix}{counted}")
        if loss is not None and np.isfinite(loss[row]):
            shown = f", {label} loss {loss[row]:.4g}"
            if counted and metric is not None and np.isfinite(metric[row]):
                shown += f", {label} {in_a_sentence(counted)} {_shown(metric[row], counted)}"
            return shown
    return ""


def in_a_sentence(quantity: str) -> str:
    """ "accuracy", "macro F1", "RMSE"."""
    title = title_of(quantity)
    return title if title[1:2].isupper() or len(title) < 3 else title[0].lower() + title[1:]


def _shown(value: float, quantity: str) -> str:
    return style.percent(float(value)) if is_share(quantity) else style.number(value)


def _draw_quantity(ax: Axes, columns: Columns, quantity: str, best_epoch: int | None) -> None:
    epochs = columns.get("epoch", np.empty(0))
    lines = []
    for prefix, (label, colour, dashes) in SERIES.items():
        values = columns.get(prefix + quantity)
        if values is None:
            continue
        seen = np.isfinite(values) & np.isfinite(epochs)
        if not seen.any():
            continue
        x, y = epochs[seen], values[seen]
        label = f"{label} (last {_shown(y[-1], quantity)})"
        width, marker = 1.6 if len(x) < 300 else 1.0, "o" if len(x) <= MARKERS_UP_TO else ""
        look: dict[str, Any] = {"linewidth": width, "marker": marker, "markersize": 3.5}
        ax.plot(x, y, dashes, color=colour, label=label, **look)
        lines.append((x, y, colour))
    if not lines:
        style.nothing_to_draw(ax)
        return
    frame_epochs(ax, epochs)
    footnote(ax, frame_values(ax, [y for _, y, _ in lines], quantity))
    if best_epoch is not None and best_epoch in epochs:
        _mark_best(ax, lines[-1], best_epoch)
    letters = sum(len(str(line.get_label())) for line in ax.lines[: len(lines)])
    if len(lines) > 2 or letters > TITLE_ROOM:  # too many for the line of the title
        style.legend(ax, loc="best")
    else:
        style.legend_above(ax, len(lines), columnspacing=1.2)


def _mark_best(ax: Axes, line: tuple[NDArray, NDArray, str], best_epoch: int) -> None:
    x, y, colour = line
    ax.axvline(best_epoch, color=style.FAINT, linewidth=0.9, linestyle=":", zorder=1)
    at = np.flatnonzero(x == best_epoch)
    ring: dict[str, Any] = {"mfc": "none", "mec": colour, "mew": 1.6, "markersize": 9}
    ax.plot(x[at], y[at], "o", zorder=5, clip_on=False, **ring)


def frame_epochs(ax: Axes, x: NDArray[np.float64]) -> None:
    """Whole epochs on the x axis, with room on both sides of a single one."""
    first, last = float(np.nanmin(x)), float(np.nanmax(x))
    room = 0.5 if last == first else max(0.02 * (last - first), 0.15)
    ax.set_xlim(first - room, last + room)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True, min_n_ticks=1))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def footnote(ax: Axes, note: str | None) -> None:
    """A remark on the frame, in grey beside the name of the x axis."""
    if note:
        place = ((1, 0), (0, -20), "axes fraction", "offset points")
        look: dict[str, Any] = {"fontsize": style.SMALL_SIZE - 0.5, "color": style.FAINT}
        ax.annotate(note, *place, ha="right", va="top", **look)


def frame_values(ax: Axes, series: Sequence[NDArray[np.float64]], quantity: str) -> str | None:
    """Choose the y axis for finite, non-empty ``series``; returns what a reader must know.

    What is good when it is small (a loss, an error) and spans more than a factor of 50 is drawn
    logarithmically. Otherwise the worst twentieth of the points may leave the frame when it would
    take most of its height. An error that falls far is drawn from 0. Only a share is in percent.
    """
    pooled = np.concatenate(list(series))
    low, high = float(pooled.min()), float(pooled.max())
    small_is_good, share = lower_is_better(quantity), is_share(quantity)
    if small_is_good and low >= 0 and high > LOG_FROM * max(low, 1e-12) and high > 0:
        return _frame_log(ax, pooled, share)
    worst_side = "high" if small_is_good else "low"
    usual = float(np.percentile(pooled, 95 if worst_side == "high" else 5))
    note = None
    if worst_side == "high" and high - low > 2.5 * (usual - low) > 0:
        high, note = low + 1.5 * (usual - low), f"highest {_brief(high, share)} not shown"
    elif worst_side == "low" and high - low > 2.5 * (high - usual) > 0:
        low, note = high - 1.5 * (high - usual), f"lowest {_brief(low, share)} not shown"
    if quantity == "r2" and low < -1 and high > 0:  # worse than the mean is all that they say
        low, note = R2_FROM * high, f"lowest {_brief(float(pooled.min()), share)} not shown"
    room = 0.05 * (high - low) or (0.05 * abs(high) or 0.05)
    bottom, top = low - room, high + room
    if share:
        bottom, top = max(bottom, -0.02), min(top, 1.0 + 0.03 * (1.0 - bottom))
    elif low >= 0:
        falls_far = small_is_good and quantity != "loss" and low < FROM_ZERO * high
        bottom = 0.0 if falls_far else max(bottom, 0.0)
    style.round_ticks(ax.yaxis, 8, share_tick if share else style.six_digits)
    ax.set_ylim(bottom, top)
    return note


def _brief(value: float, share: bool) -> str:
    return f"{100 * value:.1f} %" if share else style.number(value, 3)


def share_tick(value: float) -> str:
    return f"{100 * value:.6g} %"


def _frame_log(ax: Axes, pooled: NDArray[np.float64], share: bool) -> str:
    positive = pooled[pooled > 0]
    low, high = float(positive.min()), float(positive.max())
    note = "log scale"
    if low < 1e-8 * high:  # underflow to (nearly) nothing: the rest is what can be compared
        low, note = 1e-8 * high, f"log scale; lowest {pooled.min():.2g} not shown"
    room = max((high / low) ** 0.05, 1.2)
    log_axis(ax, low / room, high * room, share_tick if share else style.six_digits)
    return note


def log_axis(ax: Axes, low: float, high: float, shown: Callable[[float], str]) -> None:
    """A logarithmic y axis with few ticks, written as ``shown`` has it."""
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ax.set_yticks(log_ticks(low, high))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(lambda value, _: shown(value))


def log_ticks(low: float, high: float) -> list[float]:
    """At most about eight round numbers within a logarithmic frame."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), range(1, 10)):
        ticks = [float(f"{digit}e{exponent}") for exponent in exponents for digit in digits]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 4:
            return inside[:: -(-len(inside) // 9)]
    return inside if len(inside) >= 2 else [low, high]
