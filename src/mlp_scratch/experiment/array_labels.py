"""Targets as people hold them in memory: labels and the classes that they stand for, or numbers."""

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.data.dataset import check_weights
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import CheckpointError, DataError


def labels_of(y: ArrayLike) -> np.ndarray:
    """y as a flat array of whole numbers, booleans or words. Raises DataError for anything else."""
    labels = np.asarray(y)
    if labels.dtype.kind == "O":
        labels = np.asarray(labels.tolist())
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels.ravel()
    if labels.ndim != 1 or len(labels) == 0:
        hint = "one-hot labels: use y.argmax(axis=1); else say task='multilabel' or 'regression'"
        hint = f"; {hint}" if labels.ndim == 2 else ""
        raise DataError(f"y: must be one label a row, got an array of shape {labels.shape}{hint}")
    if labels.dtype.kind == "f":
        if not (np.isfinite(labels).all() and (labels == np.rint(labels)).all()):
            raise DataError(
                "y: labels must be whole numbers or words, and these are fractions; numbers to "
                "predict: task='regression'"
            )
    elif labels.dtype.kind not in "iubU":
        raise DataError(f"y: labels must be whole numbers or words, got {labels.dtype}")
    return labels


def numbers_of(y: ArrayLike, task: Task) -> np.ndarray:
    """y (n,) or (n, k) as float64 (n, k), for a task of k names. Raises DataError."""
    try:
        numbers = np.asarray(y, np.float64)
    except (ValueError, TypeError) as error:
        raise DataError(f"y: must be numbers ({error})") from error
    numbers = numbers.reshape(len(numbers), -1) if numbers.ndim == 1 else numbers
    if numbers.ndim != 2 or numbers.shape[1] != len(task.names):
        raise DataError(f"y: must be (n, {len(task.names)}), got {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise DataError("y: must be finite numbers")
    return numbers


def weights_of(weights: ArrayLike, rows: int) -> np.ndarray:
    """Weights of rows (n,) as float64, checked. Raises DataError."""
    w = np.asarray(weights, np.float64)
    check_weights(w, rows, "sample_weight")
    return w


def classes_in(checkpoint: Checkpoint, origin: str) -> np.ndarray:
    """The labels behind a checkpoint's class names: numbers where all names are whole numbers."""
    names = [str(name) for name in checkpoint.meta["class_names"]]
    if not names:
        return np.empty(0)
    labels = checkpoint.meta.get("labels")
    if labels is not None:
        classes = np.asarray(labels)
        if classes.shape != (len(names),) or classes.dtype.kind not in "iufbU":
            raise CheckpointError(f"{origin}: its labels do not fit its classes")
        return classes
    if all(name.isdecimal() and name == str(int(name)) for name in names):
        return np.array([int(name) for name in names])
    return np.array(names)


def indices_of(y: ArrayLike, classes: np.ndarray) -> np.ndarray:
    """Labels as indices into ``classes``; where those are words, indices are taken as well."""
    labels = labels_of(y)
    if classes.dtype.kind == "U" and labels.dtype.kind in "iu":
        classes = np.arange(len(classes))
    unknown = ~np.isin(labels, classes)
    if unknown.any():
        shown = ", ".join(map(str, classes[:10])) + (", ..." if len(classes) > 10 else "")
        raise DataError(f"y: {labels[unknown][0]} is not one of the classes {shown}")
    return np.searchsorted(classes, labels).astype(np.intp)
