"""The predicted and the true numbers of a regression's test, as points that the page draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.bounded_reads import opened
from mlp_scratch.data.array_formats.npz import ZIP_DAMAGE, Archive
from mlp_scratch.errors import DataError
from mlp_scratch.report.selection import shortened
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import Run

MOST_POINTS, MOST_TARGETS = 300, 4  # of a run
LARGEST_FILE = 64_000_000
HIGHEST = 1e100  # of a number that can be drawn


def read_points(run: Run) -> dict[str, Any] | None:
    """``true`` and ``predicted`` (n, k) of ``answers.npz``; None if absent or damaged.

    Returns rows: how many there are; names: of the first targets; true, predicted: a list of
    numbers for each of those, thinned evenly over the rows; what no axis can hold is left out.
    """
    if run.summary.get("task") != "regression":
        return None
    try:
        arrays = _load(run)
    except (DataError, KeyError, *ZIP_DAMAGE):
        return None
    if arrays is None:
        return None
    true, predicted = arrays
    n, k = len(true), min(true.shape[1], MOST_TARGETS)
    kept = np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(int))
    points = []
    for j in range(k):
        pairs = np.stack([true[kept, j], predicted[kept, j]])
        points.append(pairs[:, (np.abs(pairs) < HIGHEST).all(axis=0)])
    given = run.summary.get("data")
    names = given.get("targets") if isinstance(given, dict) else None
    if not isinstance(names, list) or len(names) < k:
        names = [f"target {j}" for j in range(k)]
    return {
        "rows": n,
        "names": [shortened(name, 60) for name in names[:k]],
        "true": [_short(pair[0]) for pair in points],
        "predicted": [_short(pair[1]) for pair in points],
    }


def _load(run: Run) -> tuple[NDArray, NDArray] | None:
    path = RunFolder(run.path).answers
    with opened(path) as file:
        if file.seek(0, 2) > LARGEST_FILE:
            return None
        archive = Archive(file, path)
        true, predicted = (archive.read(name) for name in ("true", "predicted"))
    if true.shape != predicted.shape or true.ndim != 2 or true.size == 0:
        return None
    if {true.dtype.kind, predicted.dtype.kind} - {*"fiu"}:
        return None
    return true.astype(np.float64), predicted.astype(np.float64)


def _short(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
