"""The confusion matrix: which classes are taken for which.

Each row is one true class. Blue says how much of it was recognised, orange what the rest was
taken for; orange has a scale of its own, or errors of one percent would be invisible beside 99 %.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike, NDArray

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.sheet import Sheet

COUNTS_UP_TO = 30  # classes; above it the cells are too small for numbers
NAMES_UP_TO = 120  # classes; above it only every n-th class is named
RECALL_WIDTH = 1.5  # inches
PAIRS = 30  # of classes, named where the matrix would be too large to be drawn


def confusion_sheet(
    counts: ArrayLike, class_names: Sequence[str], title: str = "", darkest: float | None = None
) -> Sheet:
    """``counts`` (k, k), rows true and columns predicted, with each class's recall beside; not yet
    written. Classes without examples keep their row, empty and marked "none".

    darkest: the share of a row's mistakes that has the darkest orange, None for the largest one.
    """
    table = np.asarray(counts, dtype=np.int64)
    k = len(table)
    names = [style.plain(name, 16) for name in class_names]

    side = float(np.clip(0.42 * k, 2.4, 10.5))  # inches
    cell = side / k
    letter = float(np.clip(72 * cell * 0.62, 3.0, style.SMALL_SIZE))  # points
    name_width = max(map(len, names)) * letter * 0.62 / 72
    upright = name_width > 0.95 * cell
    left = 0.45 + name_width
    below = (name_width if upright else letter / 72) + 0.40
    width = max(left + side + 0.15 + RECALL_WIDTH + 0.35, 4.6)

    total = int(table.sum())
    share = f"{style.percent(np.trace(table) / total)} of {total:,} correct" if total else "empty"
    note = f"{share} · blue: recognised, orange: mistaken"
    sheet = Sheet(width, Sheet.top + side + below, title or "Confusion matrix", note)
    _draw_cells(sheet, table, left, cell, letter, darkest)
    _draw_names(sheet, names, left, cell, letter, upright)
    _draw_recall(sheet, table, left + side + 0.15, cell, letter)
    return sheet


def confused_pairs_sheet(
    counts: Mapping[str, Sequence[int]], class_names: Sequence[str], title: str = ""
) -> Sheet:
    """Of more classes than a matrix can show: the PAIRS that are mistaken most often, as bars.

    counts: ``{"true": [...], "predicted": [...], "count": [...]}``.
    """
    true, predicted, count = (np.asarray(counts[k]) for k in ("true", "predicted", "count"))
    wrong = np.flatnonzero(true != predicted)
    most = wrong[np.argsort(-count[wrong], kind="stable")[:PAIRS]]
    total, right = int(count.sum()), int(count[true == predicted].sum())
    left, width, line = 3.6, 2.6, 0.26
    note = f"{style.percent(right / max(total, 1))} of {total:,} correct · of "
    note += f"{len(class_names):,} classes, what is mistaken most often"
    height = Sheet.top + line * max(len(most), 1) + 0.2
    sheet = Sheet(left + width + 0.9, height, title or "Confusion matrix", note)
    y = Sheet.top + (np.arange(len(most)) + 0.15) * line
    largest = max(count[most].tolist(), default=1)
    sheet.boxes(left, y, count[most] / largest * width, 0.7 * line, style.ORANGE)
    for top, i in zip(y, most, strict=True):
        names = (style.plain(class_names[k], 16) for k in (true[i], predicted[i]))
        middle = top + 0.35 * line
        for x, text, ha in (
            (left - 0.1, " taken for ".join(names), "right"),
            (left + count[i] / largest * width + 0.06, f"{count[i]:,}", "left"),
        ):
            sheet.text(x, middle, text, ha=ha, va="center")
    return sheet


def _shades(table: NDArray[np.int64], darkest: float | None) -> NDArray[np.float64]:
    """(k, k, 3) colours: blue by recall on the diagonal, orange by share of the row elsewhere."""
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    diagonal = np.eye(len(table), dtype=bool)
    errors = np.where(diagonal, 0.0, shares)
    most = darkest or max(errors.max(), 1e-12)
    depth = np.where(diagonal, shares, np.sqrt(errors / most) * 0.95)
    hue = np.where(diagonal[..., None], to_rgb(style.BLUE), to_rgb(style.ORANGE))
    return 1.0 - depth[..., None] * (1.0 - hue)


def _draw_cells(
    sheet: Sheet,
    table: NDArray[np.int64],
    left: float,
    cell: float,
    letter: float,
    darkest: float | None,
) -> None:
    k, top = len(table), Sheet.top
    shades = _shades(table, darkest)
    pixels = round(cell * k * style.DPI)
    nearest = np.arange(pixels) * k // pixels
    cells = np.full((pixels, pixels, 4), 255, dtype=np.uint8)
    cells[..., :3] = np.round(255 * shades)[nearest[:, None], nearest]
    sheet.image(cells, left, top)
    borders = np.arange(k + 1) if k <= COUNTS_UP_TO else np.array([0, k])
    side = k * cell
    sheet.lines(
        [[(left, top + b * cell), (left + side, top + b * cell)] for b in borders]
        + [[(left + b * cell, top), (left + b * cell, top + side)] for b in borders],
        style.RULE,
    )
    if k > COUNTS_UP_TO:
        return
    digits = len(str(int(table.max())))
    size = min(letter + 0.5, 72 * cell / (digits + 0.6) / 0.62)
    for i, j in np.argwhere(table > 0):
        dark = float(shades[i, j] @ (0.30, 0.59, 0.11)) < 0.55
        look = {"ha": "center", "va": "center", "color": "white" if dark else style.INK}
        x, y = left + (j + 0.5) * cell, top + (i + 0.5) * cell
        sheet.text(x, y, str(table[i, j]), size, **look)


def _draw_names(
    sheet: Sheet, names: Sequence[str], left: float, cell: float, letter: float, upright: bool
) -> None:
    k = len(names)
    bottom = Sheet.top + k * cell + 0.05
    for i in range(0, k, max(1, -(-k // NAMES_UP_TO))):
        middle = (i + 0.5) * cell
        sheet.text(left - 0.06, Sheet.top + middle, names[i], letter, ha="right", va="center")
        look = {"ha": "center", "va": "top", "rotation": 90 if upright else 0}
        sheet.text(left + middle, bottom, names[i], letter, **look)
    half, size = k * cell / 2, style.LABEL_SIZE
    sheet.text(left + half, sheet.height - 0.08, "predicted", size, ha="center")
    sheet.text(0.12, Sheet.top + half, "true", size, va="center", rotation=90)


def _draw_recall(
    sheet: Sheet, table: NDArray[np.int64], left: float, cell: float, letter: float
) -> None:
    k = len(table)
    support = table.sum(axis=1)
    recall = np.diag(table) / np.maximum(support, 1)
    y = Sheet.top + (np.arange(k) + 0.18) * cell
    sheet.boxes(left, y, RECALL_WIDTH, 0.64 * cell, "#EFEFEF")
    sheet.boxes(left, y, recall * RECALL_WIDTH, 0.64 * cell, style.SKY)
    bottom = Sheet.top + k * cell
    size = min(letter + 1, style.SMALL_SIZE)
    for share, label in ((0.0, "0"), (0.5, "50"), (1.0, "100 %")):
        x = left + share * RECALL_WIDTH
        sheet.text(x, bottom + 0.05, label, size, ha="center", va="top")
    middle = left + RECALL_WIDTH / 2
    sheet.text(middle, sheet.height - 0.08, "recall", style.LABEL_SIZE, ha="center")
    if 72 * cell < 6:
        return
    for row in range(k):
        text = f"{100 * recall[row]:.1f} %  of {support[row]:,}" if support[row] else "none"
        sheet.text(left + 0.05, Sheet.top + (row + 0.5) * cell, text, letter, va="center")
