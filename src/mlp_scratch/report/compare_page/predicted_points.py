"""The predicted and the true numbers of a regression's test, as points that the page draws."""

from typing import Any

import numpy as np

from mlp_scratch.report.cut_to_size import rounded, shortened, spread
from mlp_scratch.runs.array_file import read_arrays
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import Run

MOST_POINTS, MOST_TARGETS = 300, 4  # of a run
LARGEST = 64_000_000  # bytes of the file
HIGHEST = 1e100  # of a number that can be drawn


def read_points(run: Run) -> dict[str, Any] | None:
    """``true`` and ``predicted`` (n, k) of ``answers.npz``; None if absent or damaged.

    Returns rows: how many there are; names: of the first targets; true, predicted: a list of
    numbers for each of those, thinned evenly over the rows; what no axis can hold is left out.
    """
    if run.summary.get("task") != "regression":
        return None
    try:
        true, predicted = read_arrays(RunFolder(run.path).answers, ("true", "predicted"), LARGEST)
    except (OSError, ValueError):
        return None
    if true.shape != predicted.shape or true.ndim != 2 or true.size == 0:
        return None
    if {true.dtype.kind, predicted.dtype.kind} - {*"fiu"}:
        return None
    n, k = len(true), min(true.shape[1], MOST_TARGETS)
    kept = spread(n, MOST_POINTS)
    points = []
    for j in range(k):
        pairs = np.stack([true[kept, j], predicted[kept, j]]).astype(np.float64)
        points.append(pairs[:, (np.abs(pairs) < HIGHEST).all(axis=0)])
    names = run.told("data", "targets")
    if not isinstance(names, list) or len(names) < k:
        names = [f"target {j}" for j in range(k)]
    return {
        "rows": n,
        "names": [shortened(name, 60) for name in names[:k]],
        "true": [[rounded(value, 5) for value in pair[0].tolist()] for pair in points],
        "predicted": [[rounded(value, 5) for value in pair[1].tolist()] for pair in points],
    }
