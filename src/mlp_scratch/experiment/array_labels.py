"""Labels as people hold them in memory, numbers or words, and the classes that they stand for."""

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.errors import CheckpointError, DataError


def labels_of(y: ArrayLike) -> np.ndarray:
    """y as a flat array of whole numbers, booleans or words. Raises DataError for anything else."""
    labels = np.asarray(y)
    if labels.dtype.kind == "O":
        labels = np.asarray(labels.tolist())
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels.ravel()
    if labels.ndim != 1 or len(labels) == 0:
        hint = "; one-hot labels: use y.argmax(axis=1)" if labels.ndim == 2 else ""
        raise DataError(f"y: must be one label a row, got an array of shape {labels.shape}{hint}")
    if labels.dtype.kind == "f":
        if not (np.isfinite(labels).all() and (labels == np.rint(labels)).all()):
            raise DataError("y: labels must be whole numbers or words, and these are fractions")
    elif labels.dtype.kind not in "iubU":
        raise DataError(f"y: labels must be whole numbers or words, got {labels.dtype}")
    return labels


def classes_in(checkpoint: Checkpoint, origin: str) -> np.ndarray:
    """The labels behind a checkpoint's class names: numbers where all names are whole numbers."""
    names = [str(name) for name in checkpoint.meta["class_names"]]
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
