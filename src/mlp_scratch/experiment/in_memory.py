"""Arrays that somebody holds in memory, as a data set; and the labels behind its classes."""

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset, Parsed, assemble
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.errors import CheckpointError, DataError


def dataset_of(
    config: ExperimentConfig,
    X: ArrayLike,
    y: ArrayLike,
    validation_data: tuple[ArrayLike, ArrayLike] | None,
) -> tuple[np.ndarray, Dataset]:
    """(classes, data set); the validation rows, if given, stand in the place of the test rows."""
    labels = [labels_of(y)]
    if validation_data is not None:
        labels.append(labels_of(validation_data[1]))
    classes = np.unique(np.concatenate(labels))
    asked = config.model.layers[-1]
    if classes.dtype.kind in "iu" and asked and classes[0] >= 0 and classes[-1] < asked:
        classes = np.arange(asked)  # some of which these rows may not hold
    indices = [np.searchsorted(classes, part) for part in labels]
    has_validation = validation_data is not None
    parsed = Parsed(
        x_train=np.asarray(X),
        labels_train=indices[0],
        train="X",
        x_test=np.asarray(validation_data[0]) if validation_data is not None else None,
        labels_test=indices[1] if has_validation else None,
        test="validation_data",
        class_names=tuple(map(str, classes)),
        source="arrays in memory",
    )
    return classes, assemble("arrays", parsed)


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
