"""What a regression got right and wrong: predictions against the truth, and what is left between.

A good network's points lie along the diagonal; its residuals (true - predicted) lie about zero,
without a trend or a funnel, and in one heap. What a few wild values would squeeze flat stays
outside the frame, and the panel says how many points that are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from mlp_scratch.insight.seen_whole import frame_of
from mlp_scratch.report.cut_to_size import shortened
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import footnote
from mlp_scratch.report.pictures.images import Shape, as_pictures, draw_captioned
from mlp_scratch.report.quantities import title_of
from mlp_scratch.report.tables.per_class import target_scores

MOST_TARGETS = 4  # rows of panels
MOST_POINTS = 3000  # drawn one by one; beyond that hexagons count them
MOST_BARS = 300  # intervals drawn one by one
NAME = 30  # letters of a target's name
WORST = 25  # images
_COUNTS = LinearSegmentedColormap.from_list("counts", ["#D6E6F2", style.BLUE, "#00263D"])

Values = NDArray[np.float64]
Ends = tuple[Values, Values]


def draw_regression(
    true: ArrayLike,
    predicted: ArrayLike,
    names: Sequence[str],
    path: Path,
    title: str = "",
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
) -> Path:
    """Draw a row of three panels for each of up to four targets to the PNG ``path``.

    true, predicted (n, k), in the targets' own units; names: of the k targets. low, high (n, k):
    the ends of the interval that the network gives (mean -/+ deviation, or its outer quantiles),
    drawn as bars for up to 300 rows. Rows with a number that is not finite are left out, and
    counted in the line below the title.
    """
    truth, guess = _table(true), _table(predicted)
    ends = None if low is None or high is None else (_table(low), _table(high))
    n, k = truth.shape
    shown = min(k, MOST_TARGETS)
    height = 0.62 + 3.25 * shown
    usable = np.isfinite(truth) & np.isfinite(guess)
    note = _note(n, k, usable[:, :shown], ends)
    figure = style.new_figure(11.4, height, title or "Predicted and true", note)
    edges = {"left": 0.075, "right": 0.975, "bottom": 0.62 / height, "top": 1 - 0.88 / height}
    grid = figure.add_gridspec(
        shown, 3, **edges, wspace=0.26, hspace=0.46, width_ratios=(0.84, 1, 1)
    )
    for j in range(shown):
        axes = [figure.add_subplot(grid[j, i]) for i in range(3)]
        kept = usable[:, j]
        between = None if ends is None else (ends[0][kept, j], ends[1][kept, j])
        _draw_target(axes, truth[kept, j], guess[kept, j], names[j], between)
    return style.write(figure, path)


def against_figure(
    true: Values,
    predicted: Values,
    names: Sequence[str],
    title: str,
    said: str,
    frames: Sequence[tuple[float, float]],
) -> Figure:
    """Predicted against true alone, of up to four targets, not yet written; ``said`` stands in the
    grey line. true, predicted (n, k); frames: from where to where each target goes."""
    shown = min(true.shape[1], MOST_TARGETS)
    wide, tall = min(shown, 2), (shown + 1) // 2
    width, height = 0.6 + 3.6 * wide, 0.7 + 3.7 * tall
    figure = style.new_figure(width, height, title, said)
    edges = {"left": 0.75 / width, "right": 1 - 0.15 / width, "bottom": 0.55 / height}
    edges |= {"top": 1 - 0.9 / height}
    grid = figure.add_gridspec(tall, wide, **edges, wspace=0.3, hspace=0.4)
    for j in range(shown):
        ax = figure.add_subplot(grid[j // 2, j % 2])
        style.dress(ax, title=shortened(names[j], NAME), xlabel="true", ylabel="predicted")
        kept = np.isfinite(true[:, j]) & np.isfinite(predicted[:, j])
        _against(ax, true[kept, j], predicted[kept, j], frames[j])
    return figure


def frame_of_both(true: Values, predicted: Values) -> tuple[float, float]:
    """From where to where an axis goes that has both, (n,) each and finite."""
    (low, high), (lower, higher) = _frame(true), _frame(predicted)
    return min(low, lower), max(high, higher)


def draw_worst(
    images: ArrayLike,
    image_shape: Shape,
    true: ArrayLike,
    predicted: ArrayLike,
    rows: ArrayLike,
    names: Sequence[str],
    path: Path,
) -> Path:
    """Draw up to 25 images in the order given, worst first by convention, with true -> predicted.

    true, predicted (n, k) in the targets' own units; rows (m,): which of them the images (m, h*w)
    or (m, h*w*c) are. Of several targets a caption tells the one that is furthest off, measured in
    the deviations of the true values.
    """
    truth, guess = _table(true), _table(predicted)
    scale = np.nanstd(truth, axis=0)
    scale[~(scale > 0)] = 1.0
    captions = []
    for row in np.asarray(rows)[:WORST]:
        off = np.nan_to_num(np.abs(truth[row] - guess[row]) / scale, nan=np.inf)
        j = int(off.argmax())
        pair = f"{style.number(truth[row, j])} → {style.number(guess[row, j])}"
        captions.append(pair if len(names) == 1 else f"{style.plain(names[j], 19)}\n{pair}")
    which = names[0] if len(names) == 1 else "the target that is furthest off"
    note = f"true → predicted, of {which}" if captions else "no rows"
    pixels = as_pictures(images, image_shape)[:WORST]
    return draw_captioned(pixels, captions, path, "Furthest from the truth", note)


def _table(values: ArrayLike) -> Values:
    """(n,) or (n, k) as float64 (n, k)."""
    table = np.asarray(values, dtype=np.float64)
    return table.reshape(len(table), -1) if table.size else table.reshape(0, 1)


def _note(n: int, k: int, usable: NDArray[np.bool_], ends: Ends | None) -> str:
    parts = [f"{n:,} row{'s' * (n != 1)}", "residual: true − predicted"]
    if k > MOST_TARGETS:
        parts.insert(1, f"the first {MOST_TARGETS} of {k} targets")
    if lost := int((~usable).any(axis=1).sum()):
        parts.append(f"{lost:,} row{'s' * (lost != 1)} left out: not finite")
    if ends is not None and n <= MOST_BARS:
        parts.append("bars: the interval that the network gives")
    return " · ".join(parts)


def _draw_target(
    axes: Sequence[Axes], true: Values, predicted: Values, name: str, ends: Ends | None
) -> None:
    against, over, heap = axes
    style.dress(against, title=shortened(name, NAME), xlabel="true", ylabel="predicted")
    style.dress(over, title="Residuals", xlabel="predicted", ylabel="true − predicted")
    style.dress(heap, title="Their histogram", xlabel="true − predicted", ylabel="rows")
    if not len(true):
        for ax in axes:
            style.nothing_to_draw(ax)
        return
    residuals = true - predicted
    _against(against, true, predicted, frame_of_both(true, predicted))
    if ends is not None and len(true) <= MOST_BARS:
        against.vlines(true, *ends, colors=style.SKY, linewidth=0.8, alpha=0.5, zorder=1)
    over.axhline(0, color=style.FAINT, linewidth=1.0, zorder=1)
    over.set_xlim(*_frame(predicted))
    over.set_ylim(*_frame(np.append(residuals, 0.0)))
    _points(over, predicted, residuals)
    _histogram(heap, residuals)
    for ax in (over, heap):
        style.plain_ticks(ax, across=4)


def _against(ax: Axes, true: Values, predicted: Values, frame: tuple[float, float]) -> None:
    """Points about the diagonal, and the scores."""
    ax.plot(frame, frame, color=style.FAINT, linewidth=1.0, zorder=1)
    ax.set_xlim(*frame)
    ax.set_ylim(*frame)
    ax.set_aspect("equal", adjustable="box", anchor="W")
    if not len(true):
        return
    _points(ax, true, predicted)
    style.plain_ticks(ax, across=4)
    scores = target_scores(true, predicted)
    _tell(ax, [f"{title_of(name)} {style.number(v[0])}" for name, v in scores.items()])


def _tell(ax: Axes, lines: Sequence[str]) -> None:
    """Numbers in the upper left corner."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5}
    look: dict[str, Any] = {"fontsize": style.SMALL_SIZE, "color": style.INK, "bbox": box}
    ax.text(0.03, 0.97, "\n".join(lines), transform=ax.transAxes, va="top", zorder=6, **look)


def _points(ax: Axes, x: Values, y: Values) -> None:
    """Each point, the paler the more there are; many are counted in hexagons. Counts the lost."""
    (x_low, x_high), (y_low, y_high) = ax.get_xlim(), ax.get_ylim()
    inside = (x >= x_low) & (x <= x_high) & (y >= y_low) & (y <= y_high)
    if len(x) > MOST_POINTS:
        extent = (x_low, x_high, y_low, y_high)
        look: dict[str, Any] = {"bins": "log", "mincnt": 1, "cmap": _COUNTS, "linewidths": 0.1}
        ax.hexbin(x[inside], y[inside], gridsize=(44, 22), extent=extent, zorder=3, **look)
    else:
        paleness = float(np.clip(12 / np.sqrt(len(x)), 0.22, 0.8))
        size = 18 if len(x) < 300 else 9
        ax.scatter(x, y, s=size, color=style.BLUE, alpha=paleness, linewidths=0, zorder=3)
    if lost := int((~inside).sum()):
        footnote(ax, f"{lost:,} outside")


def _histogram(ax: Axes, residuals: Values) -> None:
    low, high = _frame(np.append(residuals, 0.0))
    inside = residuals[(residuals >= low) & (residuals <= high)]
    bins = int(np.clip(2 * len(residuals) ** (1 / 3), 8, 60))
    ax.hist(inside, bins=bins, range=(low, high), color=style.BLUE, alpha=0.75, zorder=3)
    ax.axvline(0, color=style.INK, linewidth=1.0, zorder=4)
    ax.set_xlim(low, high)
    ax.set_ylim(0, 1.3 * ax.get_ylim()[1])  # room for the numbers
    ax.grid(False, axis="x")
    numbers = (("mean", residuals.mean()), ("deviation", residuals.std()))
    _tell(ax, [f"{name} {style.number(value, 3)}" for name, value in numbers])
    if lost := len(residuals) - len(inside):
        footnote(ax, f"{lost:,} outside")


def _frame(values: Values) -> tuple[float, float]:
    """The ends of an axis: all values, unless a few lie far off the middle 99 %."""
    ((low, high),) = frame_of(values[:, None], room=0.04).tolist()
    return low, high
