"""Text that lies packed: gzip, bzip2, xz, or a zip with one file in it, told by the first bytes.

Whatever a packed file claims, no more comes out of it than real data would give: what is behind
that is refused as soon as it appears, and nothing is unpacked into memory as a whole.
"""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

from mlp_scratch.bounded_reads import opened, unpack_limit
from mlp_scratch.data.array_formats.npz import ZIP_DAMAGE, InPieces
from mlp_scratch.data.tables.formats.refused import refuse
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # an empty one
}
_CHUNK = 1 << 16
_XZ = partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, 160 << 20)  # the highest preset takes 65 MiB
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def unpacked_text(path: Path) -> Iterator[tuple[BufferedReader, str]]:
    """The bytes of a file as they were before packing, and how it is packed (see ``_MAGIC``; or
    nothing). Raises DataError, also for what the reading inside meets."""
    with opened(path) as file:
        magic = file.read(8)
        packing = next((name for begin, name in _MAGIC.items() if magic.startswith(begin)), "")
        size = file.seek(0, 2)
        file.seek(0)
        if size == 0 and magic:  # the system's own, in /proc
            raise DataError(f"{path}: not a file of data")
        if not packing:
            yield file, ""
            return
        with _damage_told(path, packing):
            inside = _OPENERS[packing](file, path)
        bounded = _Bounded(inside, path, packing, unpack_limit(size))
        yield BufferedReader(bounded, _CHUNK), packing


@contextmanager
def _damage_told(path: Path, packing: str) -> Iterator[None]:
    try:
        yield
    except (lzma.LZMAError, OSError, *ZIP_DAMAGE) as error:
        raise DataError(f"{path}: damaged {packing} data: {error}") from error


class _Bounded(io.RawIOBase):
    """Reads from ``inside`` until more has come out of it than ``limit`` bytes."""

    def __init__(self, inside: Any, path: Path, packing: str, limit: int) -> None:
        self._inside, self._path, self._packing = inside, path, packing
        self._limit, self._done = limit, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _damage_told(self._path, self._packing):
            data = self._inside.read(len(buffer))
        self._done += len(data)
        if self._done > self._limit:
            raise DataError(
                f"{self._path}: more than {self._limit:,} bytes come out of it, which real data "
                "does not: unpack it yourself if you trust it"
            )
        buffer[: len(data)] = data
        return len(data)


class _Pieces:
    """What comes out of bzip2 or xz: streams one behind the other, each undone by a ``new`` one."""

    def __init__(self, file: BufferedReader, new: Callable[[], Any]) -> None:
        self._file, self._new, self._undo, self._rest = file, new, new(), b""

    def read(self, size: int) -> bytes:
        while True:
            if self._undo.eof:
                self._rest = self._undo.unused_data.lstrip(b"\0") or self._file.read(_CHUNK)
                if not self._rest.strip(b"\0"):
                    return b""
                self._undo = self._new()
            elif self._undo.needs_input and not self._rest:
                self._rest = self._file.read(_CHUNK)
                if not self._rest:
                    raise EOFError("it ends before its data does")
            data, self._rest = self._undo.decompress(self._rest, size), b""
            if data:
                return data


def _zip_member(file: BufferedReader, path: Path) -> Any:
    """The one file in a zip. What systems and spreadsheets put beside it is left alone."""
    archive = zipfile.ZipFile(cast(Any, InPieces(file)))
    infos = archive.infolist()
    refuse(path, b"", [info.filename for info in infos])
    infos = [i for i in infos if not i.is_dir() and not i.filename.startswith("__MACOSX/")]
    if len(infos) != 1:
        names = ", ".join(escaped(info.filename[:60]) for info in infos[:8])
        more = ", ..." if len(infos) > 8 else ""
        raise DataError(
            f"{path}: a zip with {len(infos)} files in it: {names or 'none'}{more}; "
            "unpack it and give the one that is meant"
        )
    if infos[0].flag_bits & 1:
        raise DataError(f"{path}: {escaped(infos[0].filename[:60])} is encrypted: unpack it first")
    if infos[0].compress_type not in _ZIP_METHODS:
        raise DataError(f"{path}: packed in a rare way: unpack it first")
    return archive.open(infos[0])


_OPENERS: dict[str, Callable[[BufferedReader, Path], Any]] = {
    "gzip": lambda file, path: gzip.GzipFile(fileobj=file, mode="rb"),
    "bz2": lambda file, path: _Pieces(file, bz2.BZ2Decompressor),
    "xz": lambda file, path: _Pieces(file, _XZ),
    "zip": _zip_member,
}
