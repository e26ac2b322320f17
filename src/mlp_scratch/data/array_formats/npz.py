"""NumPy's .npz files: a zip of .npy members, of which only those with known names are read."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

import numpy as np

from mlp_scratch.bounded_reads import opened, size_of, unpack_limit
from mlp_scratch.data.array_formats.npy import read_npy_stream
from mlp_scratch.data.dataset import Examples, Parsed
from mlp_scratch.errors import DataError

_X = ("x", "images", "features", "data")
_Y = ("y", "labels", "label", "targets", "target")
_PAIRS = [(x, y) for x in _X for y in _Y]
_OF_A_PART = (("x_{0}", "y_{0}"), ("{0}_images", "{0}_labels"), ("{0}_x", "{0}_y"))
_TRAIN_PAIRS, _TEST_PAIRS, _VAL_PAIRS = (
    [(x.format(word), y.format(word)) for word in words for x, y in _OF_A_PART]
    for words in (("train",), ("test",), ("val", "valid", "validation", "dev"))
)
_MAX_MEMBERS = 10_000
_MAX_READ = 2 << 20  # bytes at once; a directory of so many members takes less
# What zipfile raises on damaged archives: much of it undocumented, all of it met by fuzzing
ZIP_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, ValueError, OverflowError),
)


def parse_npz(
    path: Path,
    class_names: tuple[str, ...] | None,
    test: Path | None = None,
    val: Path | None = None,
) -> Parsed:
    """x_train, y_train, x_test, y_test as in Keras's mnist.npz, or x and y (also called images or
    data, and labels or target) alone; x_val and y_val where there are any. Case does not matter.

    test, val: files of these rows, which then are not looked for in the first.
    """
    train, *own = _pairs(
        *(path, _TRAIN_PAIRS + _PAIRS),
        _TEST_PAIRS if test is None else [],
        _VAL_PAIRS if val is None else [],
    )
    return Parsed(
        train,
        own[0] if test is None else _pairs(test, _TEST_PAIRS + _PAIRS)[0],
        own[1] if val is None else _pairs(val, _VAL_PAIRS + _PAIRS)[0],
        class_names=class_names,
        source=", ".join(str(file) for file in (path, test, val) if file is not None),
    )


def read_labelled_npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of a file of test rows: x_test and y_test, or x and y."""
    return _pairs(path, _TEST_PAIRS + _PAIRS)[0][:2]


def _pairs(
    path: Path, wanted: list[tuple[str, str]], *more: list[tuple[str, str]]
) -> tuple[Examples, *tuple[Examples | None, ...]]:
    """The first pair (features, labels) of ``wanted`` that the file has; and the first of each of
    ``more``, None if it has the features of none of these. Case does not matter. Nothing else is
    read."""
    known = {name for pairs in (wanted, *more) for pair in pairs for name in pair}
    with _opened_archive(path) as archive:
        there: dict[str, str] = {}
        for name in archive.members:
            if name.lower() in known and name.lower() in there:
                raise DataError(
                    f"{path}: two arrays are called {name.lower()} (case does not matter)"
                )
            there[name.lower()] = name
        if not known & set(there):
            found = ", ".join(printable(name) for name in [*archive.members][:8])
            raise DataError(
                f"{path}: expected arrays x_train, y_train, x_test, y_test or x and y, "
                f"found {found or 'nothing'}"
            )
        rows: list[Any] = []
        for pairs in (wanted, *more):
            if pairs is not wanted and not any(x in there for x, _ in pairs):
                rows.append(None)
                continue
            x, y = (archive.read(there[name]) for name in _first(there, pairs, path))
            rows.append(Examples(x, y, str(path)))
    return rows[0], *rows[1:]


def read_one_array(path: Path, name: str) -> np.ndarray:
    """The array ``name`` of an .npz. Raises DataError."""
    with _opened_archive(path) as archive:
        if name not in archive.members:
            raise DataError(f"{path}: expected an array {name} in it")
        return archive.read(name)


@contextmanager
def _opened_archive(path: Path) -> "Iterator[Archive]":
    """Raises DataError, also for what the reading inside meets."""
    with opened(path) as file:
        size_of(file, path)
        try:
            yield Archive(file, path)
        except ZIP_DAMAGE as error:
            raise DataError(f"{path}: not an .npz file, or a damaged one: {error}") from error


def _first(there: dict[str, str], pairs: list[tuple[str, str]], path: Path) -> tuple[str, str]:
    for pair in pairs:
        if there.keys() >= set(pair):
            return pair
    raise DataError(
        f"{path}: no pair of features and labels among its arrays {', '.join([*there][:8])}: "
        f"expected {pairs[0][0]} and {pairs[0][1]}"
    )


class Archive:
    """An open .npz, none of whose arrays costs more than the file accounts for.

    members: by the arrays' names. packed: whether any of them is compressed. Making one, and
    reading from it, raises DataError or what ZIP_DAMAGE names; ``where`` is the file's name.
    """

    def __init__(self, file: BufferedReader, where: Path | str) -> None:
        self._where, self._size = where, file.seek(0, 2)
        self._zip = zipfile.ZipFile(cast(Any, InPieces(file)))
        self._room = unpack_limit(self._size)  # for what is packed, all of it together
        infos = self._zip.infolist()
        self.members = {info.filename.removesuffix(".npy"): info for info in infos}
        stored = [info.file_size for info in infos if info.compress_type == zipfile.ZIP_STORED]
        self.packed = len(stored) < len(infos)
        if len(infos) > _MAX_MEMBERS:
            raise DataError(f"{where}: {len(infos)} members: this is not a data set")
        if max(sum(stored), sum(info.compress_size for info in infos)) > self._size:
            raise DataError(f"{where}: its members claim more than the file holds")
        if len(self.members) < len(infos):
            raise DataError(f"{where}: two arrays have the same name")

    def read(self, name: str) -> np.ndarray:
        """The array of one member; KeyError if there is none."""
        member = self.members[name]
        where = f"{self._where}: {printable(member.filename)}"
        if member.flag_bits & 1:
            raise DataError(f"{where} is encrypted")
        if member.compress_type == zipfile.ZIP_DEFLATED:
            if member.file_size > min(self._room, unpack_limit(member.compress_size)):
                raise DataError(
                    f"{where} claims to unpack to {member.file_size} bytes from "
                    f"{member.compress_size}: refused above {self._room} for the whole file "
                    "(save larger arrays with np.savez or np.save)"
                )
            self._room -= member.file_size
        elif member.compress_type != zipfile.ZIP_STORED:
            raise DataError(
                f"{where} is packed in a way that NumPy does not use: save the file again"
            )
        with cast(zipfile.ZipExtFile, self._zip.open(member)) as stream:
            return read_npy_stream(stream, where, member.file_size)


class InPieces:
    """A file of which little is read at once: zipfile reads a directory of any length whole."""

    def __init__(self, file: BufferedReader) -> None:
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self._file = file

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(min(size, _MAX_READ) if size >= 0 else _MAX_READ)
        if len(data) == _MAX_READ:
            raise zipfile.BadZipFile("its directory is too long")
        return data


def printable(name: str) -> str:
    """A name from a file of unknown origin, made fit for a line of an error message."""
    return ascii(name)[1:-1][:60]
