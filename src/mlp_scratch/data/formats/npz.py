"""NumPy's .npz files: a zip of .npy members, of which only those with known names are read."""

import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from mlp_scratch.bounded_reads import opened, unpack_limit
from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.formats.npy import read_npy_stream
from mlp_scratch.errors import DataError

_X = ("x", "images", "features", "data")
_Y = ("y", "labels", "label", "targets", "target")
_PAIRS = [(x, y) for x in _X for y in _Y]
_TRAIN_PAIRS = [("x_train", "y_train"), ("train_images", "train_labels"), ("train_x", "train_y")]
_TEST_PAIRS = [("x_test", "y_test"), ("test_images", "test_labels"), ("test_x", "test_y")]
_MAX_MEMBERS = 1000
# What zipfile raises on damaged archives: much of it undocumented, all of it met by fuzzing
ZIP_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, ValueError, OverflowError),
)


def parse_npz(files: Sequence[Path], class_names: tuple[str, ...] | None) -> Parsed:
    """One file, or the training rows' and the test rows'.

    x_train, y_train, x_test, y_test as in Keras's mnist.npz, or x and y (also called images or
    data, and labels or target) alone. Case does not matter.
    """
    path, test = files[0], files[-1]
    train_arrays = read_npz(path, _TRAIN_PAIRS, _TEST_PAIRS, _PAIRS)
    x, y = _pair(train_arrays, path, _TRAIN_PAIRS + _PAIRS)
    x_test = y_test = None
    if len(files) > 1:
        x_test, y_test = _pair(read_npz(test, _TEST_PAIRS, _PAIRS), test, _TEST_PAIRS + _PAIRS)
    elif any(x_name in train_arrays for x_name, _ in _TEST_PAIRS):
        x_test, y_test = _pair(train_arrays, path, _TEST_PAIRS)
    return Parsed(
        *(x, y, str(path)),
        *(x_test, y_test, str(test)),
        class_names=class_names,
        source=", ".join(map(str, files)),
    )


def read_npz(path: Path, *wanted: list[tuple[str, str]]) -> dict[str, np.ndarray]:
    """Those arrays of the file that are named in ``wanted``, lists of (features, labels), by their
    name in lower case."""
    names = {name for group in wanted for pair in group for name in pair}
    arrays = {}
    with opened(path) as file:
        size = file.seek(0, 2)
        if size == 0:
            raise DataError(f"{path}: the file is empty")
        try:
            archive = zipfile.ZipFile(file)
            members = archive.infolist()
            if len(members) > _MAX_MEMBERS:
                raise DataError(f"{path}: {len(members)} members: this is not a data set")
            for member in members:
                name = member.filename.lower().removesuffix(".npy")
                if name in arrays:
                    raise DataError(f"{path}: two arrays are called {name} (case does not matter)")
                if name in names:
                    arrays[name] = read_member(archive, member, f"{path}: {member.filename}", size)
        except ZIP_DAMAGE as error:
            raise DataError(f"{path}: not an .npz file, or a damaged one: {error}") from error
        if not arrays:
            there = ", ".join(m.filename.removesuffix(".npy")[:40] for m in members[:8])
            raise DataError(
                f"{path}: expected arrays x_train, y_train, x_test, y_test or x and y, "
                f"found {there or 'nothing'}"
            )
    return arrays


def read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str, size: int
) -> np.ndarray:
    """The array of one member of an archive of ``size`` bytes, refused where it claims to be larger
    than it can be. Raises DataError or what ZIP_DAMAGE names."""
    if member.flag_bits & 1:
        raise DataError(f"{where} is encrypted")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{where} is packed in a way that NumPy does not use: save the file again")
    stored = member.compress_type == zipfile.ZIP_STORED
    limit = size if stored else unpack_limit(min(member.compress_size, size))
    if member.file_size > limit:
        raise DataError(
            f"{where} claims to unpack to {member.file_size} bytes from {member.compress_size}: "
            f"refused above {limit} (save larger arrays with np.savez or np.save)"
        )
    with cast(zipfile.ZipExtFile, archive.open(member)) as stream:
        return read_npy_stream(stream, where, member.file_size)


def _pair(
    arrays: dict[str, np.ndarray], path: Path, pairs: list[tuple[str, str]]
) -> tuple[np.ndarray, np.ndarray]:
    for x, y in pairs:
        if x in arrays and y in arrays:
            return arrays[x], arrays[y]
    raise DataError(
        f"{path}: no pair of features and labels among its arrays {', '.join(arrays)}: "
        f"expected {pairs[0][0]} and {pairs[0][1]}"
    )
