"""The confusion matrix of a run's test, read back from its summary, where a stranger may have
written anything."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.nested import entry

MOST_CLASSES = 1000  # of a matrix that is laid out whole: 8 MB
MOST_ROWS = 2.0**53  # of a test that a summary is believed


def confusion_matrix_in(summary: Mapping[str, Any]) -> NDArray[np.int64] | None:
    """Counts (classes, classes), row = true class, column = predicted class; None where there are
    none, none to believe, or too many classes. Of many classes a summary holds what is not zero."""
    given, names = entry(summary, "test", "confusion_matrix"), entry(summary, "data", "classes")
    if isinstance(given, Mapping):
        return _laid_out(given, len(names) if isinstance(names, list) else 0)
    counts = _counts(given)
    return counts if counts.ndim == 2 and counts.shape == counts.shape[::-1] else None


def _counts(given: Any) -> NDArray[np.int64]:
    """Numbers from 0 as int64; where they are no such, an array without dimensions."""
    nothing = np.array(0)
    if not isinstance(given, list):
        return nothing
    try:
        numbers = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return nothing
    sound = numbers.size and np.isfinite(numbers).all() and numbers.min() >= 0
    return numbers.astype(np.int64) if sound and numbers.sum() <= MOST_ROWS else nothing


def _laid_out(counts: Mapping[str, Any], n: int) -> NDArray[np.int64] | None:
    true, predicted, count = (_counts(counts.get(key)) for key in ("true", "predicted", "count"))
    if n > MOST_CLASSES or not true.shape == predicted.shape == count.shape == (true.size,):
        return None
    if max(true.max(), predicted.max()) >= n:
        return None
    table = np.zeros((n, n), np.int64)
    table[true, predicted] = count
    return table
