"""NumPy's own files: .npy, one array, and .npz, a zip of them. Nothing in them is ever unpickled."""

import ast
import re
from pathlib import Path
from typing import IO

import numpy as np

from mlp_scratch.data.bounded import MAP_BYTES, check_claim, map_array, opened, read_array
from mlp_scratch.errors import DataError

_MAGIC = b"\x93NUMPY"
_MAX_HEADER = 1 << 16
_PLAIN = re.compile(r"^[<>|=]?([biufc][0-9]{1,2}|[SU][0-9]{1,6}|\?)$")


def read_npy(path: Path, map_from: int = MAP_BYTES) -> np.ndarray:
    """The array of a .npy file; one of ``map_from`` bytes or more is a read-only memory map."""
    with opened(path) as file:
        size = file.seek(0, 2)
        file.seek(0)
        if size == 0:
            raise DataError(f"{path}: the file is empty")
        dtype, shape, fortran = read_npy_header(file, str(path))
        start = file.tell()
        claimed = check_claim(path, shape, dtype.itemsize, size - start)
        if claimed != size - start:
            raise DataError(f"{path}: has {size - start - claimed} bytes too many after its data")
        if claimed >= map_from and claimed > 0:
            return map_array(path, dtype, shape, start, "F" if fortran else "C")
        return _ordered(read_array(file, path, dtype, shape), fortran)


def read_npy_header(file: IO[bytes], where: str) -> tuple[np.dtype, tuple[int, ...], bool]:
    """dtype, shape and Fortran order, from the start of a .npy stream to where its data begins."""
    head = file.read(8)
    if head[:6] != _MAGIC or len(head) < 8 or head[6] not in (1, 2, 3):
        raise DataError(f"{where}: not a .npy file: it starts with {head[:8].hex(' ')}")
    width = 2 if head[6] == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    if length > _MAX_HEADER:
        raise DataError(f"{where}: the .npy header claims a length of {length} bytes: damaged")
    text = file.read(length)
    if len(text) < length:
        raise DataError(f"{where}: ends inside its .npy header")
    try:
        header = ast.literal_eval(text.decode("utf-8" if head[6] == 3 else "latin-1").strip())
        descr, shape, fortran = header["descr"], header["shape"], header["fortran_order"]
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise DataError(f"{where}: the .npy header cannot be read: damaged") from error
    if not isinstance(descr, str) or not _PLAIN.match(descr):
        raise DataError(
            f"{where}: holds {str(descr)[:60]!r}, not plain numbers or words"
            + (" (Python objects are never loaded)" if "O" in str(descr) else "")
        )
    if (
        not isinstance(shape, tuple)
        or len(shape) > 32
        or not all(type(n) is int and n >= 0 for n in shape)
        or not isinstance(fortran, bool)
    ):
        raise DataError(f"{where}: the .npy header claims the shape {str(shape)[:60]}: damaged")
    try:
        return np.dtype(descr), shape, fortran
    except TypeError as error:
        raise DataError(f"{where}: unknown type {descr!r} in the .npy header") from error


def _ordered(array: np.ndarray, fortran: bool) -> np.ndarray:
    return array.reshape(array.shape[::-1]).T if fortran else array
