"""NumPy's .npy files: one array each, images in one and their labels in another.

NumPy's own readers parse the header, out of at most 64 KiB; what it claims is checked against the
file before memory is asked for. Python objects in such a file are never loaded.
"""

import re
import tokenize
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.bounded_reads import (
    MAP_BYTES,
    Stream,
    check_claim,
    map_array,
    opened,
    read_array,
    size_of,
)
from mlp_scratch.data.dataset import Examples, Parsed
from mlp_scratch.errors import DataError

# Version 3 differs in the names of a record's fields only, and records are refused
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_MAX_HEADER = 1 << 16
# What NumPy raises on damaged headers: ValueError by its documentation, the others met by fuzzing
_NOT_A_HEADER = (
    *(ValueError, SyntaxError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(MemoryError, RecursionError, tokenize.TokenError, Warning),
)


def read_npy(path: Path, map_from: int = MAP_BYTES) -> np.ndarray:
    """The array of a .npy file; one of ``map_from`` bytes or more is a read-only memory map."""
    with opened(path) as file:
        dtype, shape, fortran, claimed = _header(file, str(path), size_of(file, path))
        if claimed >= map_from and claimed > 0:
            return map_array(path, dtype, shape, file.tell(), "F" if fortran else "C")
        return _in_order(read_array(file, path, dtype, shape), fortran)


def read_npy_stream(file: Stream, where: str, size: int) -> np.ndarray:
    """The array of a .npy that is all there is in a stream of ``size`` bytes."""
    dtype, shape, fortran, _ = _header(file, where, size)
    return _in_order(read_array(file, where, dtype, shape), fortran)


def _header(file: Stream, where: str, size: int) -> tuple[np.dtype, tuple[int, ...], bool, int]:
    """dtype, shape, Fortran order and bytes of the array in a stream of ``size`` bytes, which is
    left where the array's data begins."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a sound header gives no reason to warn
            read = _HEADERS[np.lib.format.read_magic(file)]
            shape, fortran, dtype = read(_Head(file), max_header_size=_MAX_HEADER)  # type: ignore[arg-type]
    except _NOT_A_HEADER as error:
        reason = " ".join(str(error).split())[:160]
        raise DataError(f"{where}: not a .npy file, or its header is damaged: {reason}") from error
    if dtype.kind not in "biufcSU" or dtype.itemsize == 0:
        objects = " (Python objects are never loaded)" if dtype.hasobject else ""
        raise DataError(f"{where}: holds {str(dtype)[:60]}, not plain numbers or words{objects}")
    if not all(type(n) is int and n >= 0 for n in shape):
        raise DataError(f"{where}: the .npy header claims the shape {str(shape)[:60]}: damaged")
    return dtype, shape, fortran, check_claim(where, shape, dtype.itemsize, size - file.tell())


class _Head:
    """The first 64 KiB of a stream: NumPy would read a header as long as it says that it is."""

    def __init__(self, file: Stream) -> None:
        self._file, self._left = file, _MAX_HEADER

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


def _in_order(array: np.ndarray, fortran: bool) -> np.ndarray:
    """What was read as if row-major, given the order that the header states."""
    return array.reshape(array.shape[::-1]).T if fortran else array


# How the file of the labels is called, given that of the features; case is kept.
_LABELS = {r"(?<![a-z])x(?![a-z])": "y", "images": "labels", "features": "labels", "data": "labels"}
_FOLDER_NAMES = ("x_train", "X_train", "train_images", "x", "X", "images", "features", "data")
_WORDS = {"test": ("test",), "val": ("val", "valid", "validation")}
_MAX_COPY = 1 << 30


def find_npy(
    path: Path, label: str | int | None, test: Path | None = None, val: Path | None = None
) -> dict[str, Path]:
    """The files that make up the data set, by part: x_train, y_train, x_test, y_test, x_val, y_val.

    ``path`` is the file of the features or a folder with one (x_train.npy, x.npy, images.npy, ...).
    Its labels lie beside it under the matching name (y_train.npy, y.npy, labels.npy), or in the
    file that ``label`` names, or in a column of the array itself, which then has no file of labels.
    A file called ..train.. is joined by its ..test.. and its ..val.. if there are any.
    """
    if path.is_dir():
        stem = next((s for s in _FOLDER_NAMES if (path / f"{s}.npy").is_file()), None)
        if stem is None:
            raise DataError(
                f"{path}: no x_train.npy or x.npy in it; give the file itself: data.path=FILE.npy"
            )
        path = path / f"{stem}.npy"
    files = {"x_train": path}
    if isinstance(label, str) and label.endswith(".npy"):
        labels = next((p for p in (Path(label), path.parent / label) if p.is_file()), None)
        if labels is None:
            raise DataError(f"{label}: no such file (data.label)")
        files["y_train"] = labels
    elif label is None and (labels := _labels_beside(path)) is not None:
        files["y_train"] = labels
    for part, other in {"test": test, "val": val}.items():
        for word in _WORDS[part] if "train" in path.stem else ():
            beside = path.with_name(path.name.replace("train", word))
            other = beside if other is None and beside.is_file() else other
        if other is None:
            continue
        files[f"x_{part}"] = other
        if "y_train" in files:
            labels = _labels_beside(other)
            if labels is None:
                raise DataError(f"{other}: no file of labels beside it, such as y_{part}.npy")
            files[f"y_{part}"] = labels
    return files


def _labels_beside(path: Path) -> Path | None:
    """The file of labels beside a file of features."""
    candidates = []
    for pattern, other in _LABELS.items():
        if match := re.search(pattern, path.stem, re.IGNORECASE):
            for word in (other.capitalize(), other) if match[0][0].isupper() else (other,):
                stem = path.stem[: match.start()] + word + path.stem[match.end() :]
                candidates.append(path.with_name(f"{stem}.npy"))
    found = next((c for c in candidates if c.is_file()), None)
    if candidates and found is None:
        raise DataError(
            f"{path}: no labels: expected {candidates[0].name} beside it "
            "(or data.label=FILE.npy, or data.label=0 where a column of it holds them)"
        )
    return found


def parse_npy(files: dict[str, Path], label: str | int | None) -> Parsed:
    source = ", ".join(str(path) for path in files.values())
    column = None
    if "y_train" not in files:
        column = 0 if label is None else _column(files["x_train"], label)
        source += f" (labels in column {column})"
    parts: dict[str, Any] = {
        part: _examples(files[f"x_{part}"], files.get(f"y_{part}"), column)
        for part in ("train", "test", "val")
        if f"x_{part}" in files
    }
    return Parsed(**parts, source=source)


def _examples(features: Path, labels: Path | None, column: int | None) -> Examples:
    """column: of the features' file, where it holds the labels."""
    x = read_npy(features)
    if labels is not None:
        return Examples(x, read_npy(labels), str(labels))
    assert column is not None
    return Examples(*_split_column(x, column, features), str(features))


def read_labelled_npy(path: Path, label: str | int | None) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels, these in a file beside it, that ``label`` names, or in a column."""
    found = find_npy(path, label)
    parsed = parse_npy({part: found[part] for part in found if "train" in part}, label)
    return parsed.train[:2]


def _column(path: Path, label: str | int) -> int:
    try:
        return int(label)
    except ValueError:
        raise DataError(
            f"{path}: data.label={label!r} must be a .npy file or the number of a column"
        ) from None


def _split_column(table: np.ndarray, column: int, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """A table with its labels in a column -> features, labels. This copies."""
    if table.ndim != 2 or not -table.shape[1] <= column < table.shape[1] or table.shape[1] < 2:
        raise DataError(
            f"{path}: has the shape {table.shape}; without a file of labels it must be a table "
            f"(rows, columns) with them in column {column}"
        )
    if table.nbytes > _MAX_COPY:
        raise DataError(
            f"{path}: {table.nbytes / 2**30:.1f} GiB with the labels inside would have to be "
            "copied: store features and labels apart, as x_train.npy and y_train.npy"
        )
    return np.delete(table, column, axis=1), table[:, column]
