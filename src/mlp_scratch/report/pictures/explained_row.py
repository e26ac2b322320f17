"""One decision: what it rests on in the input, which units argued, which training rows are alike.

Orange is for the output that is asked about, purple against it, white neither.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from mlp_scratch.insight.explain.explanation import Explanation
from mlp_scratch.insight.explain.opened import Layer
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.first_weights import DIVERGING, scale_of
from mlp_scratch.report.pictures.images import Shape, as_pictures

FOR, AGAINST = "#B35806", "#542788"  # the two ends of DIVERGING
MOST_PARTS, MOST_LAYERS = 14, 4


class Neighbours(NamedTuple):
    """The training rows most alike: as stored (k, features), their truths in words, distances."""

    rows: NDArray
    labels: Sequence[str]
    distances: NDArray[np.float64]


def draw_explanation(
    path: Path,
    found: Explanation,
    *,
    title: str,
    row: NDArray,
    image_shape: Shape | None,
    names: Sequence[str],
    values: Sequence[str],
    neighbours: Neighbours | None,
) -> Path:
    """Draw an explanation of ``row`` (features,), as stored, to the PNG ``path``.

    names, values: of the columns, in words; for pictures they are not needed.
    """
    layers = found.layers[:MOST_LAYERS]
    alike = image_shape is not None and neighbours is not None
    first = 0.7 + 0.25 * min(len(names), MOST_PARTS) if image_shape is None else 2.35
    heights = [first, *([1.45] if alike else []), *([1.55] if layers else [])]
    height = 0.78 + sum(heights) + 0.5
    note = f"asked: {found.asked.of} = {style.number(found.value)}, of a row of zeros "
    note += f"{style.number(found.baseline)} · orange speaks for it, purple against it"
    figure = style.new_figure(9.6, height, title, note)
    edges = {"left": 0.03, "right": 0.975, "bottom": 0.5 / height, "top": 1 - 0.78 / height}
    apart = 0.55 if image_shape is None else 0.32
    grid = figure.add_gridspec(len(heights), 1, **edges, height_ratios=heights, hspace=apart)
    if image_shape is None:
        _draw_parts(figure, grid[0], found, names, values)
    else:
        _draw_maps(figure, grid[0], found, row, image_shape)
        if neighbours is not None:
            _draw_alike(figure, grid[1], neighbours, image_shape)
    if layers:
        _draw_layers(figure, grid[len(heights) - 1], layers)
    return style.write(figure, path)


def _draw_maps(figure: Figure, place: Any, found: Explanation, row: NDArray, shape: Shape) -> None:
    """The picture, and for each way to ask what each pixel does, all on scales of their own."""
    grid = place.subgridspec(1, 4, wspace=0.08)
    maps = [
        ("gradient × input", found.gradient),
        ("integrated gradients", found.integrated),
        ("fall when a patch is black", found.occluded),
    ]
    ax = figure.add_subplot(grid[0])
    ax.imshow(as_pictures(row[None], shape)[0], interpolation="nearest")
    _bare(ax, "the picture")
    for i, (name, values) in enumerate(maps, 1):
        ax = figure.add_subplot(grid[i])
        scale, image = scale_of(values), values.reshape(shape[:2])
        ax.imshow(image, cmap=DIVERGING, vmin=-scale, vmax=scale, interpolation="nearest")
        _bare(ax, name)


def _bare(ax: Axes, title: str, letters: int | None = None) -> None:
    ax.set_title(style.plain(title, letters), fontsize=style.LABEL_SIZE, color=style.INK, pad=4)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_color(style.RULE)


def _draw_parts(
    figure: Figure, place: Any, found: Explanation, names: Sequence[str], values: Sequence[str]
) -> None:
    """What each column did, the largest first."""
    order = np.argsort(-np.abs(found.integrated), kind="stable")[:MOST_PARTS]
    ax = figure.add_subplot(place.subgridspec(1, 2, width_ratios=(0.27, 0.73), wspace=0)[1])
    of = style.plain(found.asked.of, 40)
    style.dress(ax, xlabel=f"adds to {of}")
    places, integrated = np.arange(len(order)), found.integrated[order]
    colours = [FOR if value > 0 else AGAINST for value in integrated]
    ax.barh(places, integrated, height=0.62, color=colours, zorder=3, label="integrated gradients")
    look: dict[str, Any] = {"zorder": 4, "s": 22, "edgecolors": style.INK, "linewidths": 0.9}
    ax.scatter(found.occluded[order], places, color="white", label="fall when left out", **look)
    ax.axvline(0, color=style.FAINT, linewidth=0.8)
    texts = [f"{style.plain(names[i], 18)} = {style.plain(values[i], 12)}" for i in order]
    ax.set_yticks(places, texts)
    ax.set_ylim(max(len(order), 4) - 0.4, -0.6)
    style.round_ticks(ax.xaxis, 6)
    style.legend(ax, loc="lower right")


def _draw_alike(figure: Figure, place: Any, alike: Neighbours, shape: Shape) -> None:
    pictures = as_pictures(alike.rows, shape)
    grid = place.subgridspec(1, max(8, len(pictures)), wspace=0.12)
    for i, picture in enumerate(pictures):
        ax = figure.add_subplot(grid[i])
        ax.imshow(picture, interpolation="nearest")
        _bare(ax, alike.labels[i], 10)
        ax.set_xlabel(style.number(alike.distances[i], 3), fontsize=style.SMALL_SIZE, labelpad=2)
        if i == 0:
            ax.set_ylabel("most alike", fontsize=style.SMALL_SIZE, color=style.FAINT)


def _draw_layers(figure: Figure, place: Any, layers: Sequence[Layer]) -> None:
    """The arguments of each hidden layer's units, in their order from for to against."""
    widths = (0.06, *[1] * len(layers))
    grid = place.subgridspec(1, len(widths), width_ratios=widths, wspace=0.3)
    for i, layer in enumerate(layers):
        ax = figure.add_subplot(grid[i + 1])
        still = len(layer.a) - int(np.count_nonzero(layer.a))
        note = f", {still} at 0" if still else ""
        style.dress(ax, title=f"Layer {i + 1}: {len(layer.a)} units{note}")
        arguments = np.sort(layer.arguments)[::-1]
        places = np.arange(1, len(arguments) + 1)
        for colour, part in ((FOR, arguments > 0), (AGAINST, arguments < 0)):
            heights = np.where(part, arguments, 0)
            ax.fill_between(places, heights, step="mid", color=colour, linewidth=0, zorder=3)
        first, last = int(layer.arguments.argmax()), int(layer.arguments.argmin())
        most = [f"most for: unit {first + 1}"] * bool(layer.arguments[first] > 0)
        most += [f"most against: unit {last + 1}"] * bool(layer.arguments[last] < 0)
        ax.set_xlabel(" · ".join(most), fontsize=style.SMALL_SIZE, color=style.INK)
        ax.axhline(0, color=style.FAINT, linewidth=0.8)
        ax.set_xlim(0.5, max(len(arguments), 4) + 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
        if i == 0:
            ax.set_ylabel("adds", fontsize=style.SMALL_SIZE)
