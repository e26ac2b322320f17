"""A checkpoint: one ``.npz`` from which a run goes on as if it had never stopped.

Plain arrays that any NumPy reads with ``allow_pickle=False``: ``W0``, ``b0``, ... (and, with batch
normalization, ``gamma0``, ``running_mean0``, ...) are the network, ``optim_*`` the optimizer,
``shift`` and ``scale`` the normalization, ``history`` one row an epoch. ``meta`` is a string of
JSON with everything else, ``digest`` the SHA-256 of all of it.
"""

import hashlib
import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mlp_scratch.engine.files import write_atomically
from mlp_scratch.errors import CheckpointError

FORMAT = 1
TIMINGS = ("seconds", "samples_per_second")  # not in a checkpoint: they are never the same twice
_META_KEYS = {
    "format": int,
    "sizes": list,
    "class_names": list,
    "normalize": str,
    "data_digest": str,
    "threads": int,
    "history_columns": list,
    "trainer": dict,
}
_LARGEST_META = 1 << 26  # bytes; a history is an array, so the rest is small


@dataclass(frozen=True)
class Checkpoint:
    """arrays: everything with a shape, by name. meta: everything else, plain JSON values."""

    arrays: dict[str, np.ndarray]
    meta: dict[str, Any]

    @property
    def epoch(self) -> int:
        """Epochs completed when it was written."""
        return int(self.meta["trainer"]["epoch"])

    @property
    def history(self) -> list[dict[str, float]]:
        """The metrics of the epochs so far, without timings."""
        columns, whole = self.meta["history_columns"], {"epoch", "step"}
        return [
            {c: int(v) if c in whole else float(v) for c, v in zip(columns, row, strict=True)}
            for row in self.arrays["history"]
        ]


def history_array(
    history: list[dict[str, float]], columns: list[str]
) -> tuple[np.ndarray, list[str]]:
    """The rows as an array (epochs, columns) of float64, timings left out, and the columns."""
    kept = [c for c in columns if c not in TIMINGS]
    table = [[row[c] for c in kept] for row in history]
    return np.array(table, np.float64).reshape(len(history), len(kept)), kept


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write atomically and durably. Raises OSError."""
    entries = dict(checkpoint.arrays)
    entries["meta"] = np.array(json.dumps(checkpoint.meta, sort_keys=True))
    entries["digest"] = np.array(_digest(entries))
    write_atomically(path, lambda file: np.savez(file, **entries))  # type: ignore[arg-type]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read and verify. Raises CheckpointError for anything but a whole checkpoint of ours."""
    try:
        with open(path, "rb") as file:
            entries = _read_entries(path, file)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint") from None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    stated = entries.pop("digest", None)
    meta_entry = entries.get("meta")
    if not (_is_text(stated) and _is_text(meta_entry)):
        raise CheckpointError(f"{path}: not a checkpoint of mlp_scratch (no meta or no digest)")
    if str(stated) != _digest(entries):
        raise CheckpointError(f"{path}: contents do not match their digest: damaged or altered")
    del entries["meta"]
    return Checkpoint(entries, _checked_meta(path, str(meta_entry), entries))


def _is_text(entry: np.ndarray | None) -> bool:
    return entry is not None and entry.dtype.kind == "U" and entry.shape == ()


def _digest(entries: dict[str, np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and bytes, in the order of the names."""
    sha = hashlib.sha256()
    for name in sorted(entries):
        array = np.ascontiguousarray(entries[name])
        sha.update(f"{name} {array.dtype.str} {entries[name].shape}\n".encode())
        sha.update(array.reshape(-1).view(np.uint8).data)
    return sha.hexdigest()


def _read_entries(path: Path, file: BinaryIO) -> dict[str, np.ndarray]:
    """Every array of the archive; nothing is allocated that the file's size does not cover."""
    damaged = f"{path}: not a whole checkpoint"
    entries: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
                    raise CheckpointError(f"{damaged} ({member.filename} is compressed)")
                name = member.filename.removesuffix(".npy")
                entries[name] = _read_array(archive.read(member))
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OverflowError) as error:
        raise CheckpointError(f"{damaged} ({' '.join(str(error).split())})") from error
    return entries


def _read_array(raw: bytes) -> np.ndarray:
    """One ``.npy`` from memory, its header checked against the bytes there are. ValueError."""
    import io

    stream = io.BytesIO(raw)
    version = np.lib.format.read_magic(stream)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"npy version {version}")
    shape, fortran, dtype = readers[version](stream)
    if dtype.hasobject or dtype.kind not in "fiubU":
        raise ValueError(f"an array of {dtype} has no place here")
    expected = math.prod(shape) * dtype.itemsize
    if expected != len(raw) - stream.tell():
        raise ValueError(f"{len(raw) - stream.tell()} bytes for {shape} of {dtype}")
    array = np.frombuffer(raw, dtype, offset=stream.tell())
    return array.reshape(shape, order="F" if fortran else "C")


def _checked_meta(path: Path, text: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The JSON of a checkpoint whose digest is right, and whose parts must still fit together."""
    foreign = f"{path}: not a checkpoint that this version can use"
    if len(text) > _LARGEST_META:
        raise CheckpointError(f"{foreign} (its description is too long)")
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError):
        raise CheckpointError(f"{foreign} (its description is not JSON)") from None
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        found = meta.get("format") if isinstance(meta, dict) else None
        raise CheckpointError(f"{foreign} (format {found}, this version reads {FORMAT})")
    for key, kind in _META_KEYS.items():
        if not isinstance(meta.get(key), kind):
            raise CheckpointError(f"{foreign} ({key} is missing)")
    history = arrays.get("history")
    columns = meta["history_columns"]
    if history is None or history.ndim != 2 or history.shape[1] != len(columns):
        raise CheckpointError(f"{foreign} (its history does not fit its columns)")
    return meta
