"""The pictures of the course: how they are drawn is no part of the lesson.

Everything that is learned about networks stands in the notebooks; here is only matplotlib. The
colours are those of the laboratory's own pictures, told apart with every common colour blindness.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyBboxPatch

from mlp_scratch.report.pictures.style import BLUE, CYCLE, FAINT, GREEN, INK, ORANGE, VERMILION

MARKERS = ("o", "^")  # class 0, class 1: a form beside the colour
COLOURS = (BLUE, ORANGE)
TWO_CLASSES = LinearSegmentedColormap.from_list("two", ["#9CC7E2", "#FFFFFF", "#F7D38A"])

plt.rcParams.update(
    {
        "figure.dpi": 80,
        "font.size": 10,
        "axes.prop_cycle": plt.cycler(color=CYCLE),
        "axes.grid": True,
        "grid.color": "#DDDDDD",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "lines.linewidth": 1.6,
        "legend.framealpha": 0.85,
    }
)


def panels(columns, height=2.6, width=9.0, **more):
    """A figure with so many pictures in a row."""
    return plt.subplots(1, columns, figsize=(width, height), layout="constrained", **more)


def plane(axis, points, labels, answer=None, title="", size=16, reach=None):
    """Points of two classes, and the probability of class 1 that ``answer`` gives everywhere.

    answer: from points (n, 2) to probabilities of class 1 (n,), or None. The black line is where
    it says one half.
    """
    reach = reach or 1.12 * np.abs(points).max()
    if answer is not None:
        side = np.linspace(-reach, reach, 120)
        across, up = np.meshgrid(side, side)
        p = answer(np.column_stack([across.ravel(), up.ravel()])).reshape(across.shape)
        axis.contourf(across, up, p, np.linspace(0, 1, 8), cmap=TWO_CLASSES)
        if p.min() < 0.5 < p.max():
            axis.contour(across, up, p, [0.5], colors="black", linewidths=1.2)
    for k, (marker, colour) in enumerate(zip(MARKERS, COLOURS, strict=True)):
        chosen = points[labels == k]
        axis.scatter(*chosen.T, s=size, marker=marker, color=colour, edgecolor=INK, linewidth=0.4)
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=title)
    axis.grid(False)


def graph(boxes, arrows, values, slopes=None, height=3.4):
    """A computation as a graph: under each name its value, and the slope of the loss along it.

    boxes: name -> (column, row), from the left, from the top. arrows: (from, to, local slope as
    text). values, slopes: name -> number.
    """
    columns = 1 + max(column for column, _ in boxes.values())
    rows = 1 + max(row for _, row in boxes.values())
    _, axis = plt.subplots(figsize=(9, height), layout="constrained")
    half_width, half_height = 0.27, 0.36
    for start, end, local in arrows:
        (x0, y0), (x1, y1) = boxes[start], boxes[end]
        tail, head = (x0 + half_width, -y0), (x1 - half_width, -y1)
        axis.annotate("", head, tail, arrowprops={"arrowstyle": "-|>", "color": FAINT, "lw": 1.2})
        if local:
            middle = (0.55 * tail[0] + 0.45 * head[0], 0.55 * tail[1] + 0.45 * head[1])
            look = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none"}
            axis.text(*middle, local, ha="center", va="center", color=GREEN, bbox=look)
    for name, (x, y) in boxes.items():
        corner = (x - half_width, -y - half_height)
        look = {"boxstyle": "round,pad=0,rounding_size=0.06", "fc": "#F6F6F6", "ec": FAINT}
        axis.add_patch(FancyBboxPatch(corner, 2 * half_width, 2 * half_height, **look))
        lines = [(name, INK, "bold"), (f"{values[name]:.3f}", BLUE, "normal")]
        if slopes is not None:
            lines.append((f"{slopes[name]:+.3f}", VERMILION, "normal"))
        for k, (text, colour, weight) in enumerate(lines):
            at = -y + half_height * (1 - (2 * k + 1) / len(lines)) * 0.9
            axis.text(x, at, text, ha="center", va="center", color=colour, weight=weight)
    axis.set(xlim=(-0.45, columns - 0.55), ylim=(-rows + 0.45, 0.55))
    axis.axis("off")
    legend = [("value", BLUE)]
    if slopes is not None:
        legend += [("slope of the loss", VERMILION), ("local slope, on the arrow", GREEN)]
    for k, (text, colour) in enumerate(legend):
        at = 0.02 + 0.24 / height * (len(legend) - 1 - k)  # from the top, as in a box
        axis.text(0.99, at, text, color=colour, ha="right", transform=axis.transAxes)


def images(rows, titles=None, signed=False, width=6.4):
    """Rows of 784 numbers as pictures in a line; signed: purple below 0, orange above."""
    _, axes = panels(len(rows), height=width / len(rows) + 0.3 * (titles is not None))
    reach = np.abs(rows).max()
    for k, (axis, row) in enumerate(zip(axes, rows, strict=True)):
        look = {"cmap": "PuOr_r", "vmin": -reach, "vmax": reach} if signed else {"cmap": "gray_r"}
        axis.imshow(np.reshape(row, (28, 28)), **look)
        axis.axis("off")
        if titles is not None:
            axis.set_title(titles[k], loc="center")


def band(axis, x, curves, dashes, label):
    """The mean of curves (n, len(x)), and a band of their deviation."""
    mean, deviation = np.mean(curves, axis=0), np.std(curves, axis=0, ddof=1)
    (line,) = axis.plot(x, mean, dashes, label=label)
    axis.fill_between(x, mean - deviation, mean + deviation, alpha=0.18, color=line.get_color())


def dots(axis, groups, mean_and_half):
    """Each group's values (name -> array) side by side, with a bar for mean and interval.

    mean_and_half: from the values to their mean and half the width of its interval.
    """
    for k, values in enumerate(groups.values()):
        aside = np.linspace(-0.12, 0.12, len(values))
        axis.plot(k + aside, values, "o", markersize=4, alpha=0.7, color=CYCLE[k])
        mean, half = mean_and_half(values)
        axis.errorbar(k + 0.28, mean, half, fmt="_", color=INK, capsize=4, markersize=12)
    axis.set_xticks(range(len(groups)), groups)
    axis.set_xlim(-0.45, len(groups) - 0.5)
    axis.grid(axis="x", visible=False)
