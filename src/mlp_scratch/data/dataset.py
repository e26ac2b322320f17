"""What loading data gives: rows of features, what is to be predicted of them, and its names.

Every reader returns a `Parsed`, what a file says in whatever form it says it. `assemble` turns that
into a `Dataset`, the one form that the rest of the program knows, and refuses what cannot be one.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from mlp_scratch.data.division.split_column import groups_in_words, groups_of, roles_of
from mlp_scratch.data.features import as_features, converted, whole_offset
from mlp_scratch.data.tables.columns import Column, check_lengths
from mlp_scratch.data.targets import encode_targets
from mlp_scratch.errors import DataError

# Contents above this size are not hashed whole: see `content_digest`.
WHOLE_DIGEST_BYTES = 1 << 30
ARRAYS = (
    *("x_train", "y_train", "x_test", "y_test", "weights_train", "weights_test", "offset"),
    *("x_val", "y_val", "weights_val", "roles_train", "groups_train"),
)
PARTS = {"train": "training", "val": "validation", "test": "test"}  # how their rows are called
_NAMED = 5  # classes in a note
_SAMPLES = 64
_SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows and targets, ready to be trained on.

    Shapes: x_train (n, n_features), y_train (n,) or (n, k), x_test (m, n_features), y_test alike.
    x is uint8 or float32, C-contiguous, read-only where it is a memory map; y is as ``task`` has
    it, see ``targets.py``: of classes intp, an index into ``class_names``, else float64 with a
    column for each of ``target_names``. Weights of rows are (n,) and (m,) float64, or None: all
    alike. Images are rows of row-major pixels; ``image_shape`` is (height, width) or
    (height, width, channels), None for what is no image. Without a test set its parts are None.
    ``feature_names`` are a table's columns, None where the file names none.

    offset: (features,) float64, what was taken off each feature before it became float32, or None:
    nothing. columns: of a table, what x holds for each (see ``Table``: codes, days, nan for gaps)
    until an encoder makes features of them; None where x is features already. ids: names of the
    table's columns that only tell rows apart. reader: how pictures of a folder became rows, so that
    others are read alike, see ``pictures/picture_reading.py``; None for all other data.

    Validation rows of their own, x_val and so on, are like test rows; where there are none they
    come out of the training rows. roles_train (n,): what each training row is for, see
    ``split_column.py``; groups_train (n,): which of them belong together; both intp, or None.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray | None
    y_test: np.ndarray | None
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...] | None
    digest: str  # SHA-256 of arrays, class names and image shape
    source: str  # one line for people: which files
    feature_names: tuple[str, ...] | None = None
    task: str = "classification"
    target_names: tuple[str, ...] = ("y",)
    weights_train: np.ndarray | None = None
    weights_test: np.ndarray | None = None
    notes: tuple[str, ...] = ()  # for people: how the task was decided, what is odd
    offset: np.ndarray | None = None
    columns: tuple[Column, ...] | None = None
    ids: tuple[str, ...] = ()
    x_val: np.ndarray | None = None
    y_val: np.ndarray | None = None
    weights_val: np.ndarray | None = None
    roles_train: np.ndarray | None = None
    groups_train: np.ndarray | None = None
    reader: str | None = None

    @property
    def n_features(self) -> int:
        return self.x_train.shape[1]

    @property
    def output_names(self) -> tuple[str, ...]:
        """What is predicted: the classes, the targets, the labels, or the features."""
        if self.task == "autoencoder":
            return self.feature_names or tuple(f"x{i + 1}" for i in range(self.n_features))
        return self.class_names if self.task == "classification" else self.target_names

    @property
    def strata(self) -> np.ndarray:
        """(n,) groups of the training rows whose proportions a split keeps: the classes."""
        y = self.y_train
        return y if self.task == "classification" else np.zeros(len(y), np.intp)


class Examples(NamedTuple):
    """Rows and their labels, (n,) or of several columns (n, k), as a file has them; ``where`` names
    the file in messages. weights (n,), or None: all alike."""

    x: np.ndarray
    labels: np.ndarray
    where: str
    weights: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Parsed:
    """What the files say, before it is checked: arrays of any shape and dtype.

    ``class_names`` is given where the data set fixes its classes, so that a label can be out of
    range; otherwise the labels found make them. ``image_shape`` is that of rows that are images
    without showing it, as in a CSV; ``feature_names`` and ``target_names`` are the names of its
    columns. columns, offset, ids, notes: of tables, see ``Table``; its x is then as it is there,
    the test rows' too. split, group: the table's columns (n,) of what its training rows are for and
    of which belong together, each with its name.
    """

    train: Examples
    test: Examples | None = None
    val: Examples | None = None
    class_names: tuple[str, ...] | None = None
    image_shape: tuple[int, ...] | None = None
    source: str = ""
    feature_names: tuple[str, ...] | None = None
    target_names: tuple[str, ...] = ()
    columns: tuple[Column, ...] | None = None
    offset: np.ndarray | None = None
    ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    split: tuple[np.ndarray, str] | None = None
    group: tuple[np.ndarray, str] | None = None
    reader: str | None = None


def assemble(name: str, parsed: Parsed, salt: str = "", task: str = "auto") -> Dataset:
    """Check and convert what was parsed; ``salt`` (time and size of the files) joins the digest
    of data too large to be hashed whole. task: one of ``TASKS``, or auto: as the target looks."""
    columns, offset = parsed.columns, parsed.offset
    words = (word for column in columns or () for word in (column.name, *column.words))
    train = parsed.train
    check_lengths([*words, *(parsed.feature_names or ()), *parsed.ids], train.where)
    if columns is None:
        offset = whole_offset(train.x)
    parts: dict[str, Examples] = {}
    x: dict[str, np.ndarray] = {}
    image_shape = None
    for part, rows in (("train", train), ("test", parsed.test), ("val", parsed.val)):
        if rows is None:
            continue
        parts[part] = rows
        x[part], shape = _rows(rows.x, rows.where, columns, offset)
        n_features = x["train"].shape[1]
        if part == "train":
            given = math.prod(parsed.image_shape or ()) == n_features
            image_shape = parsed.image_shape if shape is None and given else shape
        elif x[part].shape[1] != n_features:
            raise DataError(
                f"{rows.where}: rows have {x[part].shape[1]} features but those of {train.where} "
                f"have {n_features}: training and {PARTS[part]} data must agree"
            )
        labels = len(np.atleast_1d(rows.labels))
        if labels != len(x[part]):
            raise DataError(
                f"{rows.where}: {len(x[part])} rows but {labels} labels: there must be one each"
            )
    if len({rows.dtype for rows in x.values()}) > 1:  # bytes here, floats there: all become floats
        x = {part: converted(rows, np.float32, parts[part].where) for part, rows in x.items()}
    targets = encode_targets(
        [(rows.labels, rows.where) for rows in parts.values()],
        task,
        class_names=parsed.class_names,
        names=parsed.target_names,
        images=image_shape is not None,
    )
    y = dict(zip(parts, targets.arrays, strict=True))
    for part, rows in parts.items():
        if rows.weights is not None:
            check_weights(rows.weights, len(y[part]), rows.where)
    notes = [*parsed.notes, *targets.notes]
    if targets.task == "classification":
        notes += never_learned(targets.class_names, y)
    roles = groups = None
    if parsed.split is not None:
        roles, said = roles_of(*parsed.split, train.where)
        notes.append(said)
    if parsed.group is not None:
        groups = groups_of(*parsed.group, train.where)
        notes.append(groups_in_words(groups, roles, parsed.group[1]))
    weights = {part: rows.weights for part, rows in parts.items()}
    of_parts: dict[str, dict[str, Any]] = {"x": x, "y": y, "weights": weights}
    arrays: dict[str, Any]
    arrays = {f"{k}_{part}": found.get(part) for k, found in of_parts.items() for part in PARTS}
    dataset = Dataset(
        name=name,
        **arrays,
        class_names=targets.class_names,
        image_shape=image_shape,
        digest="",
        source=parsed.source or train.where,
        feature_names=parsed.feature_names,
        task=targets.task,
        target_names=targets.names,
        notes=tuple(notes),
        offset=None if offset is None or not offset.any() else offset,
        columns=columns,
        ids=parsed.ids,
        roles_train=roles,
        groups_train=groups,
        reader=parsed.reader,
    )
    return replace(dataset, digest=content_digest(dataset, salt))


def _rows(
    x: np.ndarray, where: str, columns: tuple[Column, ...] | None, offset: np.ndarray | None
) -> tuple[np.ndarray, tuple[int, ...] | None]:
    """``as_features``; of a table, whose reader has made x, what may hold gaps and codes."""
    if columns is None:
        return as_features(x, where, offset)
    if x.dtype == np.uint8 and all(column.kind == "number" for column in columns):
        return as_features(x, where)
    return converted(x, x.dtype, where), None


def content_digest(dataset: Dataset, salt: str = "") -> str:
    """SHA-256 over arrays, names of classes or targets, and image shape.

    An array above 1 GiB would take longer to read than to start training on: of that, shape, 64
    evenly spread blocks of 1 MiB, and ``salt`` stand for the whole.
    """
    sha = hashlib.sha256()
    for key in ARRAYS:
        array = getattr(dataset, key)
        if array is None:
            continue
        if array.dtype == np.intp:
            array = array.astype("<i8", copy=False)
        sha.update(f"{key} {array.dtype.str} {array.shape}\n".encode())
        flat = array.reshape(-1).view(np.uint8)
        if flat.size <= WHOLE_DIGEST_BYTES:
            sha.update(flat.data)
        else:
            sha.update(f"sampled {salt}\n".encode())
            for start in np.linspace(0, flat.size - _SAMPLE_BYTES, _SAMPLES).astype(np.int64):
                sha.update(flat[start : start + _SAMPLE_BYTES].data)
    sha.update(json.dumps([dataset.class_names, dataset.image_shape]).encode())
    meanings = [(c.name, c.kind, c.words) for c in dataset.columns or () if c.kind != "number"]
    if meanings:
        sha.update(json.dumps(meanings).encode())
    if dataset.task != "classification":
        sha.update(json.dumps([dataset.task, dataset.target_names]).encode())
    return sha.hexdigest()


def check_weights(weights: np.ndarray, rows: int, where: str) -> None:
    """Raise DataError unless there is a finite weight of 0 or more for each row, and one above."""
    if weights.shape != (rows,):
        raise DataError(f"{where}: {rows} rows but weights of shape {weights.shape}")
    good = np.isfinite(weights) & (weights >= 0)
    if not good.all():
        row = int(np.argmin(good))
        raise DataError(f"{where}: the weight of row {row + 1} is {weights[row]}: not 0 or more")
    if not weights.any():
        raise DataError(f"{where}: all weights are 0")


def never_learned(names: Sequence[str], y: Mapping[str, np.ndarray]) -> list[str]:
    """A line for each part whose rows show classes that no training row has.

    y: by part, as in ``PARTS``, the rows' indices (n,) into ``names``.
    """
    counts = {part: np.bincount(rows, minlength=len(names)) for part, rows in y.items()}
    lines = []
    for part in [*counts][1:]:
        lost = np.flatnonzero((counts[part] > 0) & (counts["train"] == 0))
        if len(lost):
            shown = ", ".join(f"{names[k][:40]} ({counts[part][k]:,} rows)" for k in lost[:_NAMED])
            more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
            lines.append(
                f"in the {PARTS[part]} rows but not in the training rows, so it cannot be learned: "
                f"class {shown}{more}"
            )
    return lines
