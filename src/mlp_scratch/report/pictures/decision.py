"""What a network of two features makes of the plane: regions of classes, or a map of numbers.

Of classes: a region has the colour of the class that the network names there, the stronger the
surer it is; the lines are where it wavers between two. A row has the colour of its true class, and
a cross where the network takes it for another. Of numbers: map and rows share one scale, so that a
row that stands out from its ground is an error.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from mlp_scratch.insight.seen_whole import Plane, Points
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import footnote

DRAWN = {"training": 700, "test": 250}  # rows at most, one by one
DARKER = 0.2  # share of black in a row's colour, for it to stand out from a region of its class
LEGEND_UP_TO = 10  # classes
LINES_UP_TO = 40  # classes; above it the lines between them are left out
PALEST, STRONGEST = 0.10, 0.62  # share of a class's colour, from a guess to certainty
SQUARE = 3.0  # one unit is as long in both directions, unless one extent is so many times the other
NAME = 14  # letters of a class
LEFT, AXES, LEGEND, TOP, BELOW = 0.72, 4.3, 1.75, 0.72, 0.55  # inches
LOWEST = 2.6  # inches of the axes

Values = NDArray[np.float64]


def decision_figure(plane: Plane, title: str, scale: tuple[float, float] | None = None) -> Figure:
    """``plane`` as a picture, not yet written. scale: of numbers the ends of the colours, None for
    all but the outermost of them."""
    wide, tall = _extent(plane.frame)
    width, height = LEFT + wide + LEGEND, TOP + max(tall, LOWEST) + BELOW
    figure = style.new_figure(width, height, title, " · ".join(_note(plane)))
    place = (LEFT, height - TOP - tall, wide, tall)  # left, bottom, width, height
    ax = figure.add_axes(tuple(np.divide(place, (width, height) * 2)))
    drawn = _chosen(plane)
    style.dress(ax, "", *(style.plain(name, 40) for name in plane.names))
    ax.grid(False)
    extent = (*plane.frame[0], *plane.frame[1])
    ground: dict[str, Any] = {"origin": "lower", "extent": extent, "aspect": "auto", "zorder": 0}
    ground["interpolation"] = "bilinear"
    if plane.task == "classification":
        _draw_classes(ax, plane, drawn, ground)
    else:
        _draw_numbers(ax, plane, drawn, ground, scale or scale_of_numbers(plane))
    ax.set_xlim(*plane.frame[0])
    ax.set_ylim(*plane.frame[1])
    style.plain_ticks(ax)
    low, high = plane.frame.T
    lost = (((points.x < low) | (points.x > high)).any(axis=1) for _, points in drawn)
    if outside := sum(int(rows.sum()) for rows in lost):
        footnote(ax, f"{outside:,} of the rows drawn lie outside")
    return figure


def class_colours(k: int) -> Values:
    """(k, 3): after the seventh class the colours come again, darker, then paler; names in the
    regions tell them apart."""
    rounds = ((0.0, 0.0), (0.45, 0.0), (0.55, 1.0))  # how much is mixed in, of black 0 or white 1
    colours = []
    for i in range(k):
        share, ink = rounds[i // len(style.REGIONS) % len(rounds)]
        base = np.array(to_rgb(style.REGIONS[i % len(style.REGIONS)]))
        colours.append((1 - share) * base + share * ink)
    return np.array(colours)


def _extent(frame: Values) -> tuple[float, float]:
    """Width and height of the axes in inches."""
    extents = np.ptp(frame, axis=1)
    if extents.max() > SQUARE * extents.min():
        return AXES, AXES
    wide, tall = AXES * extents / extents.max()
    return float(wide), float(tall)


def _chosen(plane: Plane) -> list[tuple[str, Points]]:
    return [(name, points.part(DRAWN[name])) for name, points in plane.parts.items()]


def _note(plane: Plane) -> list[str]:
    """How many are wrong; what is not drawn."""
    parts = []
    for name, points in plane.parts.items():
        said = f"{points.total:,} {name} rows"
        if plane.task == "classification":
            share = style.percent(1 - float(points.wrong.mean()))
            said = f"{name} {share} right of {points.total:,}"
        parts.append(f"{said}, {DRAWN[name]} drawn" if len(points.x) > DRAWN[name] else said)
    if plane.task == "regression" and len(plane.outputs) > 1:
        parts.append(f"the first of {len(plane.outputs)} targets")
    return parts


def _draw_classes(
    ax: Axes, plane: Plane, drawn: Sequence[tuple[str, Points]], ground: dict[str, Any]
) -> None:
    p, k = plane.answers, plane.answers.shape[2]
    colours = class_colours(k)
    winner, surest = p.argmax(axis=2), p.max(axis=2)
    sure = np.clip((surest - 1 / k) / (1 - 1 / k), 0, 1)[..., None]
    ink = PALEST + (STRONGEST - PALEST) * sure
    ax.imshow(1 - ink + ink * colours[winner], **ground)
    if k <= LINES_UP_TO:
        _draw_borders(ax, plane, winner)
    for name, points in drawn:
        colour = (1 - DARKER) * colours[points.truth]
        _dots(ax, points.x, c=colour, **_mark(name))
    for name, points in drawn:
        size, wrong = 26 if name == "test" else 15, points.x[points.wrong]
        _dots(ax, wrong, marker="x", s=size, color=style.BLACK, linewidths=1.1, zorder=5)
    if k > len(style.REGIONS):
        _name_regions(ax, plane, winner)
    handles = []
    if k <= LEGEND_UP_TO:
        for i, colour in enumerate(colours):
            label = style.plain(plane.outputs[i], NAME)
            handles.append(Line2D([], [], color=colour, linewidth=7, label=label))
    else:
        handles.append(Line2D([], [], alpha=0, label=f"{k} classes,\nnamed in their regions"))
    handles += [_row_key(name) for name, _ in drawn]
    handles.append(_key("taken for another", marker="x", markersize=5.5, color=style.BLACK))
    _legend(ax, handles, "the stronger a colour,\nthe surer the network")


def _draw_borders(ax: Axes, plane: Plane, winner: NDArray[np.intp]) -> None:
    """Where the surest class is as probable as the next one."""
    p = plane.answers
    across, up = _places(plane)
    line: dict[str, Any] = {"colors": [style.INK], "linewidths": 0.8, "alpha": 0.75, "zorder": 1}
    found = np.unique(winner)
    for i in found[: -1 if len(found) == 2 else None]:
        others = np.delete(p, i, axis=2).max(axis=2)
        ax.contour(across, up, p[..., i] - others, levels=[0.0], **line)


def _places(plane: Plane) -> list[Values]:
    """Where its columns and its rows of points lie."""
    sides = zip(plane.frame, plane.answers.shape[1::-1], strict=True)
    return [np.linspace(low, high, n) for (low, high), n in sides]


def _name_regions(ax: Axes, plane: Plane, winner: NDArray[np.intp]) -> None:
    """Each class's name where its region is widest."""
    box: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.72, "pad": 1.0}
    look: dict[str, Any] = {"ha": "center", "va": "center", "color": style.INK, "zorder": 6}
    across, up = _places(plane)
    for i in np.unique(winner):
        row, column = _widest(winner == i)
        name = style.plain(plane.outputs[i], NAME)
        ax.text(
            across[column], up[row], name, fontsize=style.SMALL_SIZE, bbox=box, clip_on=True, **look
        )


def _widest(inside: NDArray[np.bool_]) -> tuple[int, int]:
    """A cell that is left when the region is eaten away from its edges, the frame's among them."""
    left = inside
    while True:
        padded = np.pad(left, 1)
        smaller = left & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        if not smaller.any():
            break
        left = smaller
    cells = np.argwhere(left)
    row, column = cells[((cells - cells.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    return int(row), int(column)


def scale_of_numbers(plane: Plane) -> tuple[float, float]:
    """All but the outermost of the numbers predicted and true."""
    true = (points.truth[:, 0] for _, points in _chosen(plane))
    values = np.concatenate([plane.answers[..., 0].ravel(), *true])
    low, high = np.quantile(values[np.isfinite(values)], (0.005, 0.995))
    return float(low), float(high)


def _draw_numbers(
    ax: Axes,
    plane: Plane,
    drawn: Sequence[tuple[str, Points]],
    ground: dict[str, Any],
    ends: tuple[float, float],
) -> None:
    heat, (low, high) = plane.answers[..., 0], ends
    high = high if high > low else low + 1
    scale: dict[str, Any] = {"cmap": style.HEAT, "vmin": low, "vmax": high}
    image = ax.imshow(heat, **ground, **scale)
    for name, points in drawn:
        ring = {"linewidths": 0.4, "edgecolors": "white"} if name == "training" else {}
        _dots(ax, points.x, c=points.truth[:, 0], **scale, **(_mark(name) | ring))
    _legend(ax, [_row_key(name) for name, _ in drawn], "ground: predicted\npoints: true")
    bar = ax.inset_axes((1.07, 0.0, 0.05, 0.66))
    ax.figure.colorbar(image, cax=bar, extend="both")
    bar.tick_params(labelsize=style.SMALL_SIZE, labelcolor=style.INK, colors=style.FAINT)
    bar.set_title(style.plain(plane.outputs[0], NAME), fontsize=style.SMALL_SIZE, loc="left")


def _dots(ax: Axes, x: Values, **look: Any) -> None:
    ax.scatter(x[:, 0], x[:, 1], **look)


def _mark(name: str) -> dict[str, Any]:
    """Training rows are small, test rows have a ring."""
    if name == "test":
        return {"s": 24, "edgecolors": style.BLACK, "linewidths": 0.9, "zorder": 4}
    return {"s": 8, "linewidths": 0, "zorder": 3}


def _row_key(name: str) -> Line2D:
    look: dict[str, Any] = {"marker": "o", "markersize": 3.5, "color": style.FAINT}
    if name == "test":
        look |= {"markersize": 5.5, "mec": style.INK, "mew": 0.8}
    return _key(f"{name} row", **look)


def _key(label: str, **look: Any) -> Line2D:
    return Line2D([], [], linestyle="", label=label, **look)


def _legend(ax: Axes, handles: list[Line2D], title: str) -> None:
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.02, 1.01)}
    look: dict[str, Any] = {"handlelength": 1.2, "title": title, "alignment": "left"}
    style.legend(ax, handles=handles, title_fontsize=style.SMALL_SIZE, **place, **look)
