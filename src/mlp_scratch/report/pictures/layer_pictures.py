"""What happened in the layers of a run, from its records, as one picture.

Above, by layer: how strong the gradient is along the depth, how far a step moves the weights, and
which units are dead or saturated. Below, the values in each layer over time
(``histograms_over_time.py``).
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from mlp_scratch.errors import RunError
from mlp_scratch.insight.layers.layer_records import (
    HistogramTable,
    LayerTable,
    read_histograms,
    read_layers,
)
from mlp_scratch.report.cut_to_size import spread
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import log_axis, log_ticks, share_tick
from mlp_scratch.report.pictures.histograms_over_time import Grid, frame_looks, short_number
from mlp_scratch.report.pictures.run_pictures import title_of_run
from mlp_scratch.runs.folder import RunFolder, command

PICTURE = "layers.png"
RULE_OF_THUMB = 1e-3  # of update/weights: see ``insight/layers/probe.py``
# inches; TOP: where the charts begin, BELOW: them, names of axes
WIDTH, TOP, CHARTS, BELOW = 9.6, 1.05, 2.35, 0.5
MOST_IN_DEPTH = 4  # looks that the chart by depth has a line for
MOST_NAMED = 14  # layers that the legend has an entry for
LOWEST = 1e-12  # of the highest: what is below shares the place of 0


def draw_layers_of(run: RunFolder, path: Path | None = None) -> tuple[LayerTable, Path]:
    """Draw what a run recorded of its layers, to its own ``layers.png`` unless told otherwise;
    returns the records and the picture's path. Where ``histograms.npz`` is lost, the picture is
    without them.

    Raises RunError where nothing was recorded or it cannot be read, OSError as it cannot be
    written.
    """
    try:
        table = read_layers(run.layers)
    except FileNotFoundError:
        again = command("rerun", run.path, "training.record_layers=true")
        fix = f"a run records them unless training.record_layers=false; train anew with: {again}"
        raise RunError(f"{run.path}: has no record of its layers; {fix}") from None
    except (OSError, ValueError) as error:
        why = str(getattr(error, "strerror", None) or error)[:200]
        raise RunError(f"{run.layers}: cannot be read ({why})") from error
    if not len(table.epochs):
        raise RunError(f"{run.layers}: holds no look yet; wait for the run's first checkpoint")
    histograms = None
    with contextlib.suppress(OSError, ValueError):
        found = read_histograms(run.histograms)
        if found.layers == table.layers:
            histograms = found
    title = title_of_run(run.path.resolve().name, run.read_summary())
    return table, draw_layers(table, histograms, path or run.path / PICTURE, title)


def draw_layers(
    table: LayerTable, histograms: HistogramTable | None, path: Path, title: str = "Layers"
) -> Path:
    """Draw the records of a run with at least one look to the picture ``path``; without
    ``histograms`` only what is above. Raises OSError, or ConfigError for another kind of file.
    """
    layers = table.layers
    grid = Grid(layers) if histograms is not None and len(histograms.epochs) else None
    height = TOP + CHARTS + BELOW + (0.0 if grid is None else grid.height)
    epochs = [f"{epoch:,}" for epoch in table.epochs.tolist()]
    looks = f"{len(epochs)} looks, epochs {epochs[0]} to {epochs[-1]}"
    if len(epochs) == 1:
        looks = f"1 look, epoch {epochs[0]}"
    several = "1 layer" if layers == 1 else f"{layers} layers, {layers} is the output"
    note = f"{several} · {looks} (0: before the first step) · a fixed probe of training rows"
    figure = style.new_figure(WIDTH, height, title, note)
    colours = layer_colours(layers)
    _name_layers(figure, colours, height)
    edges = {"left": 0.07, "right": 0.985}
    edges |= {"top": 1 - TOP / height, "bottom": 1 - (TOP + CHARTS) / height}
    space = figure.add_gridspec(1, 3, **edges, wspace=0.3)
    by_depth, ratio, lost = (figure.add_subplot(space[i]) for i in range(3))
    _draw_depth(by_depth, table)
    _draw_ratio(ratio, table, colours)
    _draw_lost(lost, table, colours)
    if grid is not None:
        assert histograms is not None
        grid.draw(figure, histograms, colours, TOP + CHARTS + BELOW)
    return style.write(figure, path)


def layer_colours(layers: int) -> list[str]:
    """From dark blue, the first, to orange, the output: told apart in grey as well."""
    return [to_hex(shade) for shade in colormaps["plasma"](np.linspace(0.0, 0.8, layers))]


def _name_layers(figure: Figure, colours: Sequence[str], height: float) -> None:
    """The legend of all charts by epoch, a line above them."""
    layers = len(colours)
    named = spread(layers, MOST_NAMED)
    entries = [Line2D([], [], color=colours[i], linewidth=2.4) for i in named]
    figure.legend(
        entries,
        [("layer " if i == 0 else "") + str(i + 1) for i in named.tolist()],
        loc="upper left", bbox_to_anchor=(0.06, 1 - 0.52 / height), ncols=len(named),
        fontsize=style.SMALL_SIZE, labelcolor=style.INK, frameon=False, borderpad=0.0,
        handlelength=1.1, handletextpad=0.4, columnspacing=0.9,
    )  # fmt: skip


def _draw_depth(ax: Axes, table: LayerTable) -> None:
    style.dress(ax, title="Gradient by depth: |dL/dW|", xlabel="layer")
    layers, looks = table.layers, len(table.epochs)
    chosen = np.unique(np.geomspace(1, looks, min(looks, MOST_IN_DEPTH)).round().astype(int) - 1)
    shades = colormaps["Blues"](np.linspace(1.0, 0.4, len(chosen)))[::-1]
    depth = np.arange(1, layers + 1)
    norms = table["grad_norm"][chosen]
    if not _frame_log(ax, norms):
        return
    for shade, look, values in zip(shades, chosen, norms, strict=True):
        label = f"epoch {table.epochs[look]:,}" if look == chosen[0] else f"{table.epochs[look]:,}"
        shown = _seated(ax, values)
        ax.plot(depth, shown, "-o", color=shade, linewidth=1.5, markersize=3.5, label=label)
    ax.set_xlim(0.7, layers + 0.3)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1))
    style.legend(ax, loc="best", handlelength=1.2)


def _draw_ratio(ax: Axes, table: LayerTable, colours: Sequence[str]) -> None:
    style.dress(ax, title="Update / weights: |ΔW| / |W|", xlabel="epoch")
    ratios = table["update_ratio"]
    _frame_log(ax, np.append(ratios.ravel(), [RULE_OF_THUMB / 3, 3 * RULE_OF_THUMB]))
    places = np.arange(len(table.epochs))
    ax.axhline(RULE_OF_THUMB, color=style.INK, linewidth=1.1, linestyle="--", zorder=3)
    for i, colour in enumerate(colours):
        _line(ax, places, _seated(ax, ratios[:, i]), colour, "-")
    ax.annotate(
        "0.001",
        (1.0, RULE_OF_THUMB), (-3, 2), ("axes fraction", "data"), "offset points",
        ha="right", va="bottom", fontsize=style.SMALL_SIZE, color=style.INK, zorder=6,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.6},
    )  # fmt: skip
    frame_looks(ax, table.epochs)


def _draw_lost(ax: Axes, table: LayerTable, colours: Sequence[str]) -> None:
    """Dead units and saturated ones; where there are both the latter have dashes."""
    kinds = [kind for kind in ("dead", "saturated") if np.isfinite(table[kind]).any()]
    names = " and (dashed) ".join(kinds) or "dead or saturated"
    style.dress(ax, title=f"{names} units".capitalize(), xlabel="epoch")
    places, highest = np.arange(len(table.epochs)), 0.0
    for kind, dashes in zip(kinds, ("-", "--"), strict=False):
        for i, colour in enumerate(colours):
            _line(ax, places, table[kind][:, i], colour, dashes)
        highest = max(highest, float(np.nanmax(table[kind])))
    if not kinds:
        style.nothing_to_draw(ax, "no unit of these activations\ncan be dead or saturated")
    else:
        top = next(step for step in (0.05, 0.1, 0.2, 0.5, 1.0) if highest <= step)
        ax.set_ylim(-0.03 * top, 1.04 * top)
        style.round_ticks(ax.yaxis, 5, share_tick)
    frame_looks(ax, table.epochs)


def _line(ax: Axes, x: NDArray, y: NDArray[np.float64], colour: str, dashes: str) -> None:
    lonely = np.isfinite(y).sum() == 1
    ax.plot(x, y, dashes, color=colour, linewidth=1.4, marker="o" if lonely else "", markersize=4)


def _frame_log(ax: Axes, values: NDArray[np.float64]) -> bool:
    """A logarithmic y axis for values from 0 up, whose lowest tick is 0 if there are any. False
    where nothing can be drawn on it, which is then said."""
    finite = values[np.isfinite(values)]
    positive = finite[finite > 0]
    if not len(positive):
        style.nothing_to_draw(ax, "all are 0" if len(finite) else style.NO_VALUES)
        return False
    high = float(positive.max())
    low = max(float(positive.min()), LOWEST * high)
    if finite.min() < low:
        low = min(low, high / 100)
    room = max((high / low) ** 0.06, 1.3)
    bottom, top = low / room, high * room
    log_axis(ax, bottom, top, short_number)
    if finite.min() < low:
        zero, ticks = bottom / max((top / bottom) ** 0.08, 1.5), log_ticks(bottom, top)
        ax.set_yticks([zero, *ticks], ["0", *map(short_number, ticks)])
        ax.set_ylim(zero / room, top)
    return True


def _seated(ax: Axes, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values below a logarithmic frame at the tick that says 0."""
    return np.where(values < ax.get_ylim()[0], ax.get_yticks()[0], values)
