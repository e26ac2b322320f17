"""Reading files that may be damaged or hostile. Only regular files are opened, never a pipe or a
device; what a header claims is held against what the file can hold before any memory is asked for,
and packed data is unpacked up to a limit.
"""

import gzip
import json
import math
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mlp_scratch.errors import DataError

_DEFLATE_RATIO = 1032  # deflate can do no better than this
_UNPACKED_FREE = 64 << 20  # bytes that may come out of a gzip file, zip member or tar anyway ...
_USUAL_RATIO = 200  # ... more than that only at a ratio that real data has ...
_UNPACKED_MAX = 4 << 30  # ... up to here
MAP_BYTES = 256 << 20  # plain arrays from this size on are memory-mapped where they lie
_CHUNK = 1 << 20
MOST_VALUES, MOST_PARTS = 2_000_000, 200_000  # of JSON; parts are lists, and mappings' entries
LONGEST_NUMBER = 300  # digits: what is longer is no float either


class NotRegular(ValueError):
    """A folder, a pipe or a device where a file is expected."""


class Stream(Protocol):
    """What is read from: a file, or the inside of a gzip or zip."""

    def read(self, size: int = ..., /) -> bytes: ...
    def readinto(self, buffer: memoryview, /) -> int | None: ...
    def tell(self) -> int: ...


def unpack_limit(packed: int) -> int:
    """How many bytes may come out of ``packed`` bytes before it is called a bomb."""
    usual = min(_UNPACKED_MAX, max(_UNPACKED_FREE, _USUAL_RATIO * packed))
    return min(usual, _DEFLATE_RATIO * packed)


def _regular(path: Path) -> BufferedReader:
    """Open a regular file, without waiting for whoever feeds a pipe. Raises OSError, NotRegular."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise NotRegular("not a plain file")
    file = os.fdopen(handle, "rb")
    if not status.st_size and not _can_be_read(file):
        file.close()
        raise NotRegular("not a plain file")
    return file


def _can_be_read(file: BufferedReader) -> bool:
    """Whether what has no size can be read now. Linux has such files below /proc whose readers are
    to wait, as for the news of the kernel: they say None instead of bytes."""
    try:
        return bool(file.read(1) is not None and file.seek(0) == 0)
    except OSError:
        return False


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open for reading; what the system or a packed stream reports becomes a DataError."""
    try:
        with _regular(path) as file:
            yield file
    except NotRegular as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip data: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def size_of(file: BufferedReader, path: Path) -> int:
    """Bytes of a file, which is left at its beginning. Raises DataError if there are none."""
    size = file.seek(0, 2)
    file.seek(0)
    if size == 0:
        raise DataError(f"{path}: the file is empty")
    return size


def unpacked(file: BufferedReader) -> BufferedReader | gzip.GzipFile:
    """The file itself, or a view of what is inside when it is gzip, whatever its name says."""
    magic = file.read(2)
    file.seek(0)
    return gzip.GzipFile(fileobj=file, mode="rb") if magic == b"\x1f\x8b" else file


def check_claim(path: Path | str, shape: tuple[int, ...], itemsize: int, room: int) -> int:
    """Bytes of an array whose header claims ``shape``; DataError if ``room`` cannot hold them."""
    claimed = math.prod(shape) * itemsize  # Python integers: no overflow
    # NumPy refuses more than 32 dimensions, and an empty array with one dimension too large
    odd = len(shape) > 32 or math.prod(max(1, n) for n in shape) * itemsize > 1 << 62
    if claimed > room or odd:
        raise DataError(
            f"{path}: the header claims {'x'.join(map(str, shape[:8])) or 'one'} values "
            f"({claimed} bytes) but the file holds at most {room}: truncated or damaged"
        )
    return claimed


def read_array(
    file: Stream, path: Path | str, dtype: np.dtype, shape: tuple[int, ...]
) -> np.ndarray:
    """Exactly the array's bytes, then the end of the file; DataError with the offset otherwise.

    Memory is touched as data arrives, so a stream that ends early costs no more than it held.
    """
    array = np.empty(shape, dtype)
    flat = array.reshape(-1).view(np.uint8).data
    start = file.tell()
    done = 0
    while done < flat.nbytes:
        got = file.readinto(flat[done : done + _CHUNK])
        if not got:
            raise DataError(
                f"{path}: ends at offset {start + done} but its header promises "
                f"{start + flat.nbytes} bytes: truncated"
            )
        done += got
    if file.read(1):
        raise DataError(f"{path}: has more data after offset {start + done}, where it should end")
    return array


def map_array(
    path: Path, dtype: np.dtype, shape: tuple[int, ...], offset: int, order: str = "C"
) -> np.ndarray:
    """A read-only view of the file's end; pages are read when touched, shared among processes."""
    try:
        more = path.stat().st_size - offset - math.prod(shape) * dtype.itemsize
        if more > 0:
            raise DataError(f"{path}: has {more} bytes too many after its data")
        mapped = np.memmap(path, dtype, "r", offset, shape, order=order)  # type: ignore[call-overload]
    except (OSError, ValueError) as error:  # ValueError: the file has shrunk meanwhile
        raise DataError(f"{path}: cannot be mapped into memory: {error}") from error
    return np.asarray(mapped)  # plain ndarray: slicing a memmap costs Python time in every batch


def read_plain_file(path: Path, most: int) -> bytes:
    """The bytes of a plain file, at most ``most``.

    Raises OSError when it cannot be read, ValueError when it is something else or larger.
    """
    with _regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise ValueError(f"{size:,} bytes are too many")
        return file.read(size)


def plain_json(text: str) -> Any:
    """The value that JSON text stands for. Raises ValueError, in one line, for other text, for what
    would take far more memory than its text, for endless numbers and for what is not Unicode."""
    if text.count(",") > MOST_VALUES or sum(map(text.count, "[{:")) > MOST_PARTS:
        raise ValueError("too many values")
    try:
        value = json.loads(text, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON (line {error.lineno}: {error.msg})") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if "\\u" in text:  # an escape may be half a character, which cannot be written or shown
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)
