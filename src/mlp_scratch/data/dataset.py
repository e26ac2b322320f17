"""What loading data gives: rows of features, what is to be predicted of them, and its names.

Every reader returns a `Parsed`, what a file says in whatever form it says it. `assemble` turns that
into a `Dataset`, the one form that the rest of the program knows, and refuses what cannot be one.
"""

import hashlib
import json
import math
from dataclasses import dataclass, replace

import numpy as np

from mlp_scratch.data.features import as_features, converted, whole_offset
from mlp_scratch.data.split import split_validation
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.targets import encode_targets
from mlp_scratch.errors import DataError

# Contents above this size are not hashed whole: see `content_digest`.
WHOLE_DIGEST_BYTES = 1 << 30
ARRAYS = ("x_train", "y_train", "x_test", "y_test", "weights_train", "weights_test", "offset")
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


@dataclass(frozen=True, eq=False)
class Parsed:
    """What the files say, before it is checked: arrays of any shape and dtype.

    ``train`` and ``test`` name the file in messages. ``class_names`` is given where the data set
    fixes its classes, so that a label can be out of range; otherwise the labels found make them.
    ``image_shape`` is that of rows that are images without showing it, as in a CSV;
    ``feature_names`` and ``target_names`` are the names of its columns. Labels may be of several
    columns (n, k); weights are of rows (n,). columns, offset, ids, notes: of tables, see ``Table``;
    its x is then as it is there, the test rows' too.
    """

    x_train: np.ndarray
    labels_train: np.ndarray
    train: str
    x_test: np.ndarray | None = None
    labels_test: np.ndarray | None = None
    test: str = ""
    class_names: tuple[str, ...] | None = None
    image_shape: tuple[int, ...] | None = None
    source: str = ""
    feature_names: tuple[str, ...] | None = None
    target_names: tuple[str, ...] = ()
    weights_train: np.ndarray | None = None
    weights_test: np.ndarray | None = None
    columns: tuple[Column, ...] | None = None
    offset: np.ndarray | None = None
    ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reader: str | None = None


def assemble(name: str, parsed: Parsed, salt: str = "", task: str = "auto") -> Dataset:
    """Check and convert what was parsed; ``salt`` (time and size of the files) joins the digest
    of data too large to be hashed whole. task: one of ``TASKS``, or auto: as the target looks."""
    columns, offset = parsed.columns, parsed.offset
    if columns is None:
        offset = whole_offset(parsed.x_train)
    x_train, image_shape = _rows(parsed.x_train, parsed.train, columns, offset)
    if image_shape is None and math.prod(parsed.image_shape or ()) == x_train.shape[1]:
        image_shape = parsed.image_shape
    parts = [(parsed.labels_train, parsed.train)]
    _same_length(x_train, parsed.labels_train, parsed.train)
    x_test = None
    if parsed.x_test is not None and parsed.labels_test is not None:
        x_test, _ = _rows(parsed.x_test, parsed.test, columns, offset)
        if x_test.shape[1] != x_train.shape[1]:
            raise DataError(
                f"{parsed.test}: rows have {x_test.shape[1]} features but those of "
                f"{parsed.train} have {x_train.shape[1]}: training and test data must agree"
            )
        _same_length(x_test, parsed.labels_test, parsed.test)
        parts.append((parsed.labels_test, parsed.test))
        if x_test.dtype != x_train.dtype:  # bytes here, floats there: both become floats
            x_train, x_test = (
                converted(x_train, np.float32, parsed.train),
                converted(x_test, np.float32, parsed.test),
            )
    images = image_shape is not None
    targets = encode_targets(
        parts, task, class_names=parsed.class_names, names=parsed.target_names, images=images
    )
    weights = parsed.weights_train, None if x_test is None else parsed.weights_test
    for y, array, (_, where) in zip(targets.arrays, weights, parts, strict=False):
        if array is not None:
            check_weights(array, len(y), where)
    dataset = Dataset(
        name=name,
        x_train=x_train,
        y_train=targets.arrays[0],
        x_test=x_test,
        y_test=None if x_test is None else targets.arrays[1],
        class_names=targets.class_names,
        image_shape=image_shape,
        digest="",
        source=parsed.source or parsed.train,
        feature_names=parsed.feature_names,
        task=targets.task,
        target_names=targets.names,
        weights_train=weights[0],
        weights_test=weights[1],
        notes=(*parsed.notes, *targets.notes),
        offset=None if offset is None or not offset.any() else offset,
        columns=columns,
        ids=parsed.ids,
        reader=parsed.reader,
    )
    return replace(dataset, digest=content_digest(dataset, salt))


def _rows(
    x: np.ndarray,
    where: str,
    columns: tuple[Column, ...] | None,
    offset: np.ndarray | None,
) -> tuple[np.ndarray, tuple[int, ...] | None]:
    """``as_features``; of a table, whose reader has made x, what may hold gaps and codes."""
    if columns is None:
        return as_features(x, where, offset)
    if x.dtype == np.uint8 and all(column.kind == "number" for column in columns):
        return as_features(x, where)
    if not x.size:
        raise DataError(f"{where}: no data: its shape is {x.shape}, it must have rows and features")
    return converted(x, x.dtype, where), None


def hold_out_test(dataset: Dataset, fraction: float, seed: int) -> Dataset:
    """Take a stratified test set out of the training rows, where the data has none of its own.

    Of more than 1 GiB the last rows are taken, because a choice of rows would have to be copied.
    """
    if fraction == 0 or dataset.x_test is not None:
        return dataset
    train: np.ndarray | slice
    test: np.ndarray | slice
    if dataset.x_train.nbytes <= WHOLE_DIGEST_BYTES:
        train, test = split_validation(dataset.strata, fraction, seed)
        which = f"seed {seed}"
    else:
        n = len(dataset.y_train)
        start = n - min(max(1, round(n * fraction)), n - 1)
        train, test = slice(start), slice(start, n)
        which = "the last ones"
        strata = dataset.strata
        if not np.array_equal(np.unique(strata[train]), np.unique(strata[test])):
            raise DataError(
                f"{dataset.source}: its last rows, data.test_fraction={fraction:g} of them, do not "
                "show all classes: shuffle the file, or give test rows in a file of their own"
            )
    held_out, weights = dataset.y_train[test], dataset.weights_train
    return replace(
        dataset,
        x_train=dataset.x_train[train],
        y_train=dataset.y_train[train],
        x_test=dataset.x_train[test],
        y_test=held_out,
        weights_train=None if weights is None else weights[train],
        weights_test=None if weights is None else weights[test],
        digest=hashlib.sha256(f"{dataset.digest} {fraction!r} {which}".encode()).hexdigest(),
        source=f"{dataset.source}; {len(held_out)} rows held out for the test ({which})",
    )


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


def _same_length(x: np.ndarray, labels: np.ndarray, where: str) -> None:
    if len(labels) != len(x):
        raise DataError(f"{where}: {len(x)} rows but {len(labels)} labels: there must be one each")
