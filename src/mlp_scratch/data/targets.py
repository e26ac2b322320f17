"""What is to be predicted: classes, numbers or several labels, in the arrays that are trained on.

    classification   one class a row            y (n,) intp, an index into ``class_names``
    regression       one or several numbers     y (n, targets) float64, in their own units
    multilabel       several labels, each 0, 1  y (n, labels) float64
    autoencoder      the row itself             y is not looked at

``auto`` looks at the target (``detect_task.py``); what it finds is said in one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlp_scratch.data.detect_task import FEW, Part, detected
from mlp_scratch.data.labels import encode_labels, known_labels, numbers_in
from mlp_scratch.errors import DataError

_SHOWN = 5  # classes named in a note


@dataclass(frozen=True, eq=False)
class Targets:
    """The targets of training rows and, where there are some, of test rows.

    arrays: y as above. class_names: () unless they are classes. names: of the columns. notes:
    lines for the person who asked.
    """

    task: str
    arrays: list[np.ndarray]
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def encode_targets(
    parts: Sequence[Part],
    task: str = "auto",
    *,
    class_names: tuple[str, ...] | None = None,
    names: tuple[str, ...] = (),
    images: bool = False,
) -> Targets:
    """Targets as read -> as they are trained on. Raises DataError for what cannot be learned.

    parts: arrays (n,) or (n, k) of numbers or words; the first is of the training rows.
    class_names: where the data set fixes its classes. names: of the columns. images: whether the
    rows are images, whose whole numbers are classes.
    """
    if task == "autoencoder":
        return Targets(task, [np.zeros(len(y), np.intp) for y, _ in parts], (), (), ())
    parts = [(_flat(np.asarray(labels)), where) for labels, where in parts]
    shapes = [labels.shape for labels, _ in parts]
    odd = any(len(shape) not in (1, 2) or 0 in shape[1:] for shape in shapes)
    if odd or len({shape[1:] for shape in shapes}) > 1:
        got = " and ".join(map(str, shapes))
        raise DataError(f"{parts[0][1]}: the targets must be (n,) or (n, k) alike, got {got}")
    columns = parts[0][0].shape[1] if parts[0][0].ndim == 2 else 1
    if len(names) != columns:
        names = tuple(f"y{i + 1}" for i in range(columns)) if columns > 1 else ("y",)
    notes: list[str] = []
    if task == "auto" and class_names is not None:
        task = "classification"
    elif task == "auto":
        task, reason = detected(parts, names, images)
        notes.append(reason)
    if task == "classification":
        known = class_names
        if columns > 1:
            parts, known = [(_one_hot(*part), part[1]) for part in parts], names
        arrays, found = encode_labels(parts, known)
        if class_names is None:
            notes += _rare(arrays[0], found, parts[0][1])
        return Targets(task, arrays, found, names if columns == 1 else ("y",), tuple(notes))
    arrays = [_numbers(labels, names, where, task) for labels, where in parts]
    for name, column in zip(names, arrays[0].T, strict=True):
        if len(column) > 1 and (column == column[0]).all():
            raise DataError(
                f"{parts[0][1]}: {name!r} is {column[0]:g} in every row: there is nothing to learn"
            )
    return Targets(task, arrays, (), names, tuple(notes))


def later_targets(
    labels: np.ndarray, where: str, task: str, names: tuple[str, ...], *, numbered: bool
) -> np.ndarray:
    """Targets of rows that came after a training, (n,) or (n, k) -> y as above.

    names: its classes, or the columns of its target. numbered: see `known_labels`. Raises
    DataError, also for a label that is none of the classes.
    """
    labels = _flat(np.asarray(labels))
    columns = labels.shape[1] if labels.ndim == 2 else 1
    if labels.ndim not in (1, 2) or columns not in (1, len(names)):
        raise DataError(f"{where}: targets of shape {labels.shape}, but there were {len(names)}")
    if task == "classification":
        if columns > 1:
            return _one_hot(labels, where)
        return known_labels(labels, where, names, numbered=numbered)
    y = _numbers(labels, names, where, task)
    if y.shape[1] != len(names):
        raise DataError(f"{where}: {y.shape[1]} target, but there were {len(names)}")
    return y


def _flat(labels: np.ndarray) -> np.ndarray:
    return labels.reshape(-1) if labels.ndim == 2 and labels.shape[1] == 1 else labels


def _one_hot(labels: np.ndarray, where: str) -> np.ndarray:
    """Which column of each row is 1. Raises DataError unless it is one and the others are 0."""
    values = numbers_in(labels)
    if values is None or not np.isin(values, (0, 1)).all() or (values.sum(axis=1) != 1).any():
        raise DataError(
            f"{where}: classes in {labels.shape[1]} columns must be 0 but for one 1 in each row; "
            "task=multilabel takes each column as a label, task=regression as numbers"
        )
    return values.argmax(axis=1)


def _numbers(labels: np.ndarray, names: tuple[str, ...], where: str, task: str) -> np.ndarray:
    """Targets (n, k) float64. Raises DataError where one is no finite number, or no label."""
    values = numbers_in(labels)
    if values is None:
        table = labels.reshape(len(labels), -1)
        good = np.array([[_is_number(cell) for cell in row] for row in table])
        _check(good, table, names, where, f"is not a number, but the task is {task}")
        raise DataError(f"{where}: targets must be numbers, got an array of {labels.dtype}")
    values = values.reshape(len(values), -1)
    _check(np.isfinite(values), values, names, where, "is not a finite number")
    if task == "multilabel":
        _check(np.isin(values, (0, 1)), values, names, where, "is neither 0 nor 1")
    return values


def _is_number(cell: object) -> bool:
    return numbers_in(np.array([cell], object)) is not None


def _check(
    good: np.ndarray, values: np.ndarray, names: tuple[str, ...], where: str, rule: str
) -> None:
    if not good.all():
        row, column = np.argwhere(~good)[0]
        value = str(values[row, column])[:60]
        raise DataError(f"{where}: {names[column]!r} of row {row + 1} is {value!r}: it {rule}")


def _rare(y: np.ndarray, class_names: tuple[str, ...], where: str) -> list[str]:
    """What must be known of classes with too few rows. Raises DataError where nothing is left."""
    counts = np.bincount(y, minlength=len(class_names))
    if np.count_nonzero(counts) == 1 and len(y) > 1:
        only = class_names[int(counts.argmax())]
        raise DataError(
            f"{where}: the label is {only[:60]!r} in every row: there is nothing to tell apart"
        )
    if counts.max() == 1 and len(y) > FEW:
        raise DataError(
            f"{where}: each of the {len(y)} rows has a class of its own; is this the column of the "
            "labels (data.label)?"
        )
    single = [class_names[k] for k in np.flatnonzero(counts == 1)]
    if not single:
        return []
    shown = ", ".join(name[:40] for name in single[:_SHOWN])
    more = f" and {len(single) - _SHOWN} more" if len(single) > _SHOWN else ""
    return [f"one row only: class {shown}{more}; such a row is trained on, never held out"]
