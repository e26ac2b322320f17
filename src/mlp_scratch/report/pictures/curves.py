"""The learning curves of one run: loss on the left, accuracy on the right.

The frame shows what matters: a first epoch far off the rest does not squeeze the others flat, and
a loss that falls over several powers of ten gets a logarithmic axis. What leaves the frame is
named in it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from mlp_scratch.report.pictures import style
from mlp_scratch.runs.metrics_file import Columns, read_metrics, to_columns

# column's ending -> (label, colour, line style)
SERIES = {
    "train_": ("train", style.TRAIN, "-"),
    "train_eval_": ("train, after the epoch", style.SKY, "--"),
    "val_": ("validation", style.VALIDATION, "-"),
}
MARKERS_UP_TO = 30  # epochs
LOG_FROM = 50.0  # largest loss / smallest loss


def draw_curves(
    rows: Sequence[Mapping[str, object]] | str | os.PathLike[str],
    path: str | os.PathLike[str],
    title: str = "",
    best_epoch: int | None = None,
    label_smoothing: float = 0.0,
) -> Path:
    """Draw the history of one run to the PNG ``path``; ``best_epoch`` (from 1) gets a mark.

    ``rows`` is the path of a ``metrics.csv`` or its rows as dicts. Validation columns may be
    missing, cells may be empty (not evaluated in that epoch) or NaN (diverged). With
    ``label_smoothing`` the picture says that the training loss has it in it.
    """
    columns = read_metrics(rows) if isinstance(rows, str | os.PathLike) else to_columns(rows)
    figure = style.new_figure(9.6, 4.0)
    style.headline(
        figure, title or "Learning curves", _note(columns, best_epoch, label_smoothing > 0)
    )
    grid = figure.add_gridspec(1, 2, left=0.07, right=0.985, bottom=0.125, top=0.80, wspace=0.17)
    for position, quantity in enumerate(("loss", "accuracy")):
        ax = figure.add_subplot(grid[position])
        style.dress(ax, title=quantity.capitalize(), xlabel="epoch")
        _draw_quantity(ax, columns, quantity, best_epoch)
    return style.write(figure, path)


def _note(columns: Columns, best_epoch: int | None, smoothed: bool) -> str:
    epochs = columns.get("epoch", np.empty(0))
    if not len(epochs):
        return "no epoch was finished"
    parts = ["1 epoch" if len(epochs) == 1 else f"{len(epochs):,} epochs"]
    at_best = np.flatnonzero(epochs == best_epoch)
    if best_epoch is not None and len(at_best):
        parts.append(f"best: epoch {best_epoch}" + _best_values(columns, int(at_best[0])))
    losses = [columns[name] for name in ("train_loss", "val_loss") if name in columns]
    broken = np.flatnonzero(~np.isfinite(losses[0])) if losses else np.empty(0, dtype=np.intp)
    if len(broken):
        parts.append(f"loss not finite from epoch {int(epochs[broken[0]])} on")
    if any(name.startswith("train_") for name in columns):
        labels = ", labels smoothed" if smoothed else ""
        parts.append(f"train: mean over an epoch's batches{labels}")
    return " · ".join(parts)


def _best_values(columns: Columns, row: int) -> str:
    for prefix, label in (("val_", "validation"), ("train_", "train")):
        loss, accuracy = columns.get(prefix + "loss"), columns.get(prefix + "accuracy")
        if loss is not None and np.isfinite(loss[row]):
            shown = f", {label} loss {loss[row]:.4g}"
            if accuracy is not None and np.isfinite(accuracy[row]):
                shown += f", {label} accuracy {style.percent(float(accuracy[row]))}"
            return shown
    return ""


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
        last = style.percent(float(y[-1])) if quantity == "accuracy" else f"{y[-1]:.4g}"
        ax.plot(
            x,
            y,
            dashes,
            color=colour,
            linewidth=1.6 if len(x) < 300 else 1.0,
            marker="o" if len(x) <= MARKERS_UP_TO else "",
            markersize=3.5,
            label=f"{label} (last {last})",
        )
        lines.append((x, y, colour))
    if not lines:
        style.nothing_to_draw(ax)
        return
    frame_epochs(ax, epochs)
    note = frame_values(ax, [y for _, y, _ in lines], quantity)
    footnote(ax, note)
    if best_epoch is not None and best_epoch in epochs:
        _mark_best(ax, lines[-1], best_epoch)
    if len(lines) > 2:  # too many for the line of the title
        style.legend(ax, loc="best")
    else:
        above = {"loc": "lower right", "bbox_to_anchor": (1.01, 0.99)}
        style.legend(ax, ncols=len(lines), columnspacing=1.2, **above)


def _mark_best(ax: Axes, line: tuple[NDArray, NDArray, str], best_epoch: int) -> None:
    x, y, colour = line
    ax.axvline(best_epoch, color=style.FAINT, linewidth=0.9, linestyle=":", zorder=1)
    at = np.flatnonzero(x == best_epoch)
    if len(at):
        ax.plot(
            x[at],
            y[at],
            "o",
            markersize=9,
            markerfacecolor="none",
            markeredgecolor=colour,
            markeredgewidth=1.6,
            zorder=5,
            clip_on=False,
        )


def frame_epochs(ax: Axes, x: NDArray[np.float64]) -> None:
    """Whole epochs on the x axis, with room on both sides of a single one."""
    first, last = float(np.nanmin(x)), float(np.nanmax(x))
    room = 0.5 if last == first else max(0.02 * (last - first), 0.15)
    ax.set_xlim(first - room, last + room)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True, min_n_ticks=1))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def footnote(ax: Axes, note: str | None) -> None:
    """A remark on the frame, in grey beside the name of the x axis."""
    if note:
        ax.annotate(
            note,
            (1, 0),
            (0, -20),
            "axes fraction",
            "offset points",
            ha="right",
            va="top",
            fontsize=style.SMALL_SIZE - 0.5,
            color=style.FAINT,
        )


def frame_values(ax: Axes, series: Sequence[NDArray[np.float64]], quantity: str) -> str | None:
    """Choose the y axis for finite, non-empty ``series``; returns what a reader must know.

    A loss over more than a factor of 50 is drawn logarithmically. Otherwise the worst twentieth
    of the points may leave the frame when it would take most of its height.
    """
    pooled = np.concatenate(list(series))
    low, high = float(pooled.min()), float(pooled.max())
    if quantity == "loss" and low >= 0 and high > LOG_FROM * max(low, 1e-12) and high > 0:
        return _frame_log(ax, pooled)
    worst_side = "high" if quantity == "loss" else "low"
    usual = float(np.percentile(pooled, 95 if worst_side == "high" else 5))
    note = None
    if worst_side == "high" and high - low > 2.5 * (usual - low) > 0:
        high, note = low + 1.5 * (usual - low), f"highest {high:.3g} not shown"
    elif worst_side == "low" and high - low > 2.5 * (high - usual) > 0:
        low, note = high - 1.5 * (high - usual), f"lowest {100 * low:.1f} % not shown"
    room = 0.05 * (high - low) or (0.05 * abs(high) or 0.05)
    bottom, top = low - room, high + room
    if quantity == "accuracy":
        bottom, top = max(bottom, -0.02), min(top, 1.0 + 0.03 * (1.0 - bottom))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.6g} %"))
    else:
        bottom = max(bottom, 0.0) if low >= 0 else bottom
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.6g}"))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    ax.set_ylim(bottom, top)
    return note


def _frame_log(ax: Axes, pooled: NDArray[np.float64]) -> str:
    positive = pooled[pooled > 0]
    low, high = float(positive.min()), float(positive.max())
    note = "log scale"
    if low < 1e-8 * high:  # underflow to (nearly) nothing: the rest is what can be compared
        low, note = 1e-8 * high, f"log scale; lowest {pooled.min():.2g} not shown"
    room = max((high / low) ** 0.05, 1.2)
    ax.set_yscale("log")
    ax.set_ylim(low / room, high * room)
    ax.set_yticks(log_ticks(low / room, high * room))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    return note


def log_ticks(low: float, high: float) -> list[float]:
    """At most about eight round numbers within a logarithmic frame."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), range(1, 10)):
        ticks = [float(f"{digit}e{exponent}") for exponent in exponents for digit in digits]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 4:
            return inside[:: -(-len(inside) // 9)]
    return inside if len(inside) >= 2 else [low, high]
