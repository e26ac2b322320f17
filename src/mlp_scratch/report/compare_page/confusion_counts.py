"""The confusion matrix of a run's test as the page draws it, or in words why there is none."""

from typing import Any

import numpy as np

from mlp_scratch.report.cut_to_size import shortened
from mlp_scratch.runs.reader import Run

MOST_CLASSES = 1000  # of a matrix on the page, and of names
LONGEST_CLASS = 80  # letters of a class's name


def confusion_of(run: Run) -> np.ndarray | None:
    """The counts (classes, classes) of the test set, or None if there are none worth showing."""
    given = run.told("test", "confusion_matrix")
    if isinstance(given, dict):
        return _dense(given, len(class_names(run, 0)))
    counts = _whole(given)
    return counts if counts.ndim == 2 and counts.shape == counts.shape[::-1] else None


def _whole(given: Any) -> np.ndarray:
    """Numbers from 0 as int64; where they are no such, an array without dimensions."""
    nothing = np.array(0)
    try:
        numbers = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return nothing
    sound = numbers.size and np.isfinite(numbers).all() and numbers.min() >= 0
    return numbers.astype(np.int64) if sound and numbers.max() <= 2**53 else nothing


def _dense(counts: dict[str, Any], n: int) -> np.ndarray | None:
    """Counts (n, n) of so many classes that the summary holds only those that are not zero."""
    true, predicted, count = (_whole(counts.get(key)) for key in ("true", "predicted", "count"))
    if not true.shape == predicted.shape == count.shape == (true.size,):
        return None
    if max(true.max(), predicted.max()) >= n:
        return None
    table = np.zeros((n, n), np.int64)
    table[true, predicted] = count
    return table


def class_names(run: Run, n: int) -> tuple[str, ...]:
    names = run.told("data", "classes")
    if isinstance(names, list) and len(names) == (n or len(names)) and len(names) <= MOST_CLASSES:
        return tuple(shortened(name, LONGEST_CLASS) for name in names)
    return tuple(str(i) for i in range(n))


def why_no_matrix(run: Run) -> str | None:
    """What the page says in place of a matrix; None where nobody looks for one."""
    if not isinstance(run.summary.get("test"), dict):
        return "This run was not tested."
    if run.summary.get("task", "classification") != "classification":
        return None
    names, rows = run.told("data", "classes"), run.told("test", "confusion_matrix")
    n = max((len(part) for part in (names, rows) if isinstance(part, list)), default=0)
    if rows is not None and n > MOST_CLASSES:
        return f"The matrix of {n:,} classes is left out: a page draws up to {MOST_CLASSES:,}."
    return "The test left no matrix that can be drawn."
