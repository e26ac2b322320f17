"""Parsed data, kept as plain .npy files so that the second start is instant.

An entry is a folder of arrays and a small JSON file that points at it. The JSON is replaced last
and atomically: readers see the old entry or the new one, never half of one, and of several
processes that write at once the last one wins. Nothing here is needed: what cannot be written is
left out with a warning, what is damaged or out of date is parsed again, and what was not used for
three months is removed when something is added.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.bounded_reads import map_array, plain_json, read_plain_file
from mlp_scratch.data.array_formats.npy import read_npy
from mlp_scratch.data.dataset import ARRAYS, WHOLE_DIGEST_BYTES, Dataset
from mlp_scratch.data.pictures.folders.listing import Listing, listing_of
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.errors import DataError
from mlp_scratch.files import write_text_atomically

FORMAT = 7
LARGEST = 1 << 24  # bytes of a pointer; the names of a million columns have ten
MAP_FROM = 1 << 20  # arrays from this size on are mapped rather than read
_PLAIN = (
    *("name", "class_names", "image_shape", "digest", "source", "feature_names"),
    *("task", "target_names", "notes", "ids", "reader"),
)
_RACY_NS = 2_000_000_000  # a file changed this shortly before it was read may change unnoticed
_ORPHAN_SECONDS = 3600
_UNUSED_SECONDS = 90 * 86_400
_DAMAGE = (OSError, ValueError, TypeError, LookupError, RecursionError)
Listings = Sequence[Listing]
_log = logging.getLogger(__name__)


class Cache:
    """The entry for one data set read from these files in this way.

    ``files`` are what the data is parsed from; ``options`` is whatever else the result depends on.
    ``listings`` are of more files, too many to be named: their digests stand for them.
    """

    def __init__(
        self, folder: Path, name: str, files: Sequence[Path], options: dict, listings: Listings = ()
    ):
        self.folder = folder
        self.listings = listings
        self.files = [Path(os.path.abspath(f)) for f in files]
        key = json.dumps([FORMAT, name, [str(f) for f in self.files], options], sort_keys=True)
        self.stem = f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        self.pointer = folder / f"{self.stem}.json"
        self.listed = [listing.digest for listing in listings]
        self.before = stamps(self.files)  # taken before parsing: a later change will be noticed

    def load(self) -> Dataset | None:
        """The cached data set, or None if there is none that can be trusted."""
        for _ in range(2):  # the folder may go while we look: another process has a newer one
            try:
                entry = _entry(self.pointer)
                if entry is None or not self._current(entry):
                    return None
                dataset = self._read(entry)
                with contextlib.suppress(OSError):
                    os.utime(self.pointer)
                return dataset
            except (DataError, *_DAMAGE) as error:
                reason = error
        _log.warning("%s: damaged cache entry, parsing the data again (%s)", self.pointer, reason)
        return None

    def store(self, dataset: Dataset) -> None:
        """Write the entry. An array that is a map of one of the files is not copied: the entry
        tells where it lies."""
        temporary = self.folder / f".{self.stem}-{os.urandom(6).hex()}.tmp"
        try:
            files = [
                {"path": path, "size": size, "mtime_ns": changed}
                | {"crc32": file_checksum(Path(path), size)}
                for path, size, changed in self.before
            ]
            listed = [listing_of(listing.root).digest for listing in self.listings]
            if stamps(self.files) != self.before or listed != self.listed:
                return  # changed while it was read: what is hashed may not be what was parsed
            temporary.mkdir(parents=True)
            old = None
            with contextlib.suppress(*_DAMAGE):
                old = _entry(self.pointer)
            final = self.folder / f"{self.stem}-{os.urandom(6).hex()}"
            entry = {
                "folder": final.name,
                "files": files,
                "listed": self.listed,
                "checked_ns": time.time_ns(),
                "arrays": {part: self._write(temporary, part, dataset) for part in ARRAYS},
                "plain": {key: getattr(dataset, key) for key in _PLAIN},
                "columns": dataset.columns and [_said(column) for column in dataset.columns],
            }
            os.rename(temporary, final)
            self._point(entry)
            if old is not None and old["folder"].startswith(f"{self.stem}-"):
                _remove(self.folder / Path(old["folder"]).name)
            _sweep(self.pointer, keep=final.name)
        except (DataError, OSError) as error:
            shutil.rmtree(temporary, ignore_errors=True)
            _log.warning("%s: cannot cache the parsed data: %s", self.folder, error)

    def _write(self, folder: Path, part: str, dataset: Dataset) -> dict | None:
        """Save one array; what the entry needs to find it again."""
        array = getattr(dataset, part)
        if array is None:
            return None
        mapped = _mapped_from(array)
        if mapped is not None and mapped[0] in self.files:
            where = {"file": self.files.index(mapped[0]), "offset": mapped[1]}
            return where | {"dtype": array.dtype.str, "shape": array.shape}
        if array.dtype == np.intp:
            array = array.astype(np.int64, copy=False)
        np.save(folder / f"{part}.npy", array, allow_pickle=False)
        return {"checksum": block_checksum(array)}

    def _current(self, entry: dict) -> bool:
        """Whether the files are those that were parsed: by size and time of change, and by contents
        where the time differs or is too close to the reading to be trusted."""
        if entry.get("listed", []) != self.listed:
            return False
        known = [(f["path"], f["size"], f["mtime_ns"]) for f in entry["files"]]
        if [k[:2] for k in known] != [now[:2] for now in self.before]:
            return False
        limit, end = entry["checked_ns"] - _RACY_NS, entry["checked_ns"] + _RACY_NS
        if any(listing.changed_between(limit, end) for listing in self.listings):
            return False  # to compare the contents would cost as much as to read them again
        pairs = [*zip(entry["files"], (now[2] for now in self.before), strict=True)]
        suspect = [f for f, changed in pairs if f["mtime_ns"] != changed or changed > limit]
        for f in suspect:
            if f["crc32"] is None or f["crc32"] != file_checksum(Path(f["path"]), f["size"]):
                return False
        if suspect:
            for f, changed in pairs:
                f["mtime_ns"] = changed
            entry["checked_ns"] = time.time_ns()
            with contextlib.suppress(OSError):
                self._point(entry)
        return True

    def _read(self, entry: dict) -> Dataset:
        folder = self.folder / entry["folder"]
        arrays: dict[str, Any] = dict.fromkeys(ARRAYS)
        for part in ARRAYS:
            how = entry["arrays"][part]
            if how is None:
                continue
            if "file" in how:  # in one of the source files, which `_current` has found unchanged
                path, dtype, shape = self.files[how["file"]], np.dtype(how["dtype"]), how["shape"]
                arrays[part] = map_array(path, dtype, tuple(shape), how["offset"])
                continue
            arrays[part] = array = read_npy(folder / f"{part}.npy", map_from=MAP_FROM)
            if block_checksum(array) != how["checksum"]:
                raise DataError(f"{folder}: {part}.npy does not match its checksum")
            if array.dtype.kind == "i":
                arrays[part] = array.astype(np.intp, copy=False)
        plain: dict[str, Any]
        plain = {k: tuple(v) if isinstance(v, list) else v for k, v in entry["plain"].items()}
        columns = entry["columns"] and tuple(_column(said) for said in entry["columns"])
        return Dataset(**arrays, **plain, columns=columns)

    def _point(self, entry: dict) -> None:
        text = json.dumps({"sha256": _entry_digest(entry), "entry": entry}, indent=1)
        write_text_atomically(self.pointer, text, durable=False)


def _entry(pointer: Path) -> dict | None:
    """What the pointer says, None if there is none; an exception of _DAMAGE if it is broken."""
    try:
        content = plain_json(read_plain_file(pointer, LARGEST).decode("utf-8"))
    except FileNotFoundError:
        return None
    if content["sha256"] != _entry_digest(content["entry"]):
        raise ValueError("checksum")
    return content["entry"]


def _said(column: Column) -> str | list:
    """A column in JSON: of a table of many numbers there may be many."""
    return column.name if column.kind == "number" else [column.name, column.kind, column.words]


def _column(said: str | list) -> Column:
    if isinstance(said, str):
        return Column(said)
    name, kind, words = said
    return Column(name, kind, tuple(words))


def _sweep(mine: Path, keep: str) -> None:
    """Remove what killed processes left behind, once it is old enough to be nobody's, and entries
    of any data that nobody has used for long."""
    for pointer in mine.parent.glob("*.json"):
        with contextlib.suppress(*_DAMAGE):
            unused = time.time() - pointer.stat().st_mtime > _UNUSED_SECONDS
            entry = _entry(pointer) if unused else None
            if entry is not None and str(entry["folder"]).startswith(f"{pointer.stem}-"):
                _remove(mine.parent / Path(entry["folder"]).name)
                _remove(pointer)
    for path in mine.parent.glob(f"*{mine.stem}*"):
        ours = path.name in (keep, mine.name)
        if not ours and time.time() - path.stat().st_mtime > _ORPHAN_SECONDS:
            _remove(path)


def _entry_digest(entry: dict) -> str:
    return hashlib.sha256(json.dumps(entry).encode()).hexdigest()


def stamps(files: Sequence[Path]) -> list[tuple[str, int, int]]:
    """(path, size, time of change in nanoseconds) of each file."""
    result = []
    for file in files:
        try:
            stat = file.stat()
        except OSError as error:
            raise DataError(f"{file}: cannot be read: {error.strerror}") from error
        result.append((str(file), stat.st_size, stat.st_mtime_ns))
    return result


def file_checksum(path: Path, size: int) -> int | None:
    """CRC-32; None for a file so large that parsing it again costs less than reading it. It tells a
    file that was touched or copied from one that was edited, at a third of the cost of SHA-256."""
    if size > WHOLE_DIGEST_BYTES:
        return None
    checksum = 0
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            checksum = zlib.crc32(piece, checksum)
    return checksum


def block_checksum(array: np.ndarray) -> str:
    """Sum of each 4 KiB of the array, hashed. Runs at memory speed; SHA-256 of all of it would cost
    more than the rest of the start. Finds what is torn, zeroed, shortened or flipped; it is no
    guard against forgery."""
    flat = array.reshape(-1).view(np.uint8)
    whole = flat.size // 4096 * 4096
    sums = flat[:whole].view(np.uint64).reshape(-1, 512).sum(axis=1)
    sha = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    sha.update(sums.data)
    sha.update(flat[whole:].data)
    return sha.hexdigest()


def _mapped_from(array: np.ndarray) -> tuple[Path, int] | None:
    """The file that a memory map shows, and where in it the array begins."""
    base = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    if not isinstance(base, np.memmap) or base.filename is None:
        return None
    start = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    return Path(os.path.abspath(base.filename)), base.offset + start


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)  # on Windows a mapped file stays: swept later
    else:
        path.unlink(missing_ok=True)
