"""A checkpoint: one ``.npz`` from which a run goes on as if it had never stopped.

Plain arrays that any NumPy reads with ``allow_pickle=False``: ``W0``, ``b0``, ... (and, with batch
normalization, ``gamma0``, ``running_mean0``, ...) are the network, ``optim_*`` the optimizer,
``shift`` and ``scale`` the normalization, ``history`` one row an epoch. ``meta`` is a string of
JSON with everything else, ``digest`` the SHA-256 of all of it.
"""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mlp_scratch.bounded_reads import opened, plain_json
from mlp_scratch.data.array_formats.npz import ZIP_DAMAGE, Archive, printable
from mlp_scratch.engine.checkpoint.checkpoint_schema import SCHEMA, misfit
from mlp_scratch.errors import CheckpointError, DataError
from mlp_scratch.files import write_together

FORMAT = 1
_LARGEST_META = 1 << 24  # bytes, four a character; a history is an array, so the rest is small
_STRUCTURE_BEFORE = {
    "activations": None,
    "layer_norm": False,
    "ln_eps": 1e-5,
    "residual": "none",
    "mup": None,
}
_SAME_DATE = (1980, 1, 1, 0, 0, 0)  # of the members: equal checkpoints are equal files


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
    def structure(self) -> dict[str, Any]:
        """How its network is put together, beyond its sizes; as it was before there was a choice
        where it does not say."""
        return _STRUCTURE_BEFORE | (self.meta.get("structure") or {})

    @property
    def history(self) -> list[dict[str, float]]:
        """The metrics of the epochs so far, without timings."""
        columns, whole = self.meta["history_columns"], {"epoch", "step"}
        return [
            {c: int(v) if c in whole else float(v) for c, v in zip(columns, row, strict=True)}
            for row in self.arrays["history"]
        ]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write atomically and durably; equal checkpoints give equal bytes. Raises OSError."""
    write_checkpoints([(path, checkpoint)])


def write_checkpoints(checkpoints: Sequence[tuple[Path, Checkpoint]]) -> None:
    """Write several of one run, put in place in the given order. Raises OSError."""
    write_together([(path, partial(_write_entries, checkpoint=c)) for path, c in checkpoints])


def _write_entries(file: BinaryIO, checkpoint: Checkpoint) -> None:
    """An ``.npz`` as np.savez writes it, but for the date and without copies of the arrays."""
    entries = dict(checkpoint.arrays)
    entries["meta"] = np.array(json.dumps(checkpoint.meta, sort_keys=True))
    entries["digest"] = np.array(_digest(entries))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, entry in entries.items():
            array = np.asarray(entry, order="C")
            member = zipfile.ZipInfo(f"{name}.npy", _SAME_DATE)
            with archive.open(member, "w", force_zip64=True) as stream:
                header = np.lib.format.header_data_from_array_1_0(array)
                np.lib.format.write_array_header_1_0(stream, header)
                stream.write(array.reshape(-1).view(np.uint8).data)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read and verify. Raises CheckpointError for anything but a whole checkpoint of ours."""
    if not path.exists():
        raise CheckpointError(f"{path}: no such checkpoint")
    try:
        entries = _read_entries(path)
    except (DataError, *ZIP_DAMAGE) as error:
        reason = str(error).removeprefix(f"{path}: ")[:200]
        raise CheckpointError(f"{path}: not a whole checkpoint ({reason})") from error
    stated, text = _string(entries.pop("digest", None)), _string(entries.get("meta"))
    if stated is None or text is None:
        raise CheckpointError(f"{path}: not a checkpoint of mlp_scratch (no meta or no digest)")
    if stated != _digest(entries):
        raise CheckpointError(f"{path}: contents do not match their digest: damaged or altered")
    del entries["meta"]
    return Checkpoint(entries, _checked_meta(path, text, entries))


def _string(entry: np.ndarray | None) -> str | None:
    """The string of a 0-dimensional array of text, None for anything else."""
    if entry is None or entry.dtype.kind != "U" or entry.shape or entry.nbytes > _LARGEST_META:
        return None
    codes = entry.astype(entry.dtype.newbyteorder("<")).tobytes()
    try:  # by hand, because NumPy trusts that the numbers are characters
        return codes.decode("utf-32-le").rstrip("\0")
    except UnicodeDecodeError:
        return None


def _digest(entries: dict[str, np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and bytes, in the order of the names."""
    sha = hashlib.sha256()
    for name in sorted(entries):
        array = np.asarray(entries[name], order="C")
        sha.update(f"{name} {array.dtype.str} {array.shape}\n".encode(errors="replace"))
        sha.update(array.reshape(-1).view(np.uint8).data)
    return sha.hexdigest()


def _read_entries(path: Path) -> dict[str, np.ndarray]:
    """Every array of the archive; nothing is allocated that the file's size does not cover."""
    with opened(path) as file:
        archive = Archive(file, path)
        if archive.packed:
            raise DataError("its members are compressed")
        entries = {name: archive.read(name) for name in archive.members}
    for name, array in entries.items():
        if array.dtype.kind not in "fiubU":
            raise DataError(f"{printable(name)} has no place here")
    return entries


def _checked_meta(path: Path, text: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The JSON of a checkpoint whose digest is right, and whose parts must still fit together."""
    foreign = f"{path}: not a checkpoint that this version can use"
    try:
        meta = plain_json(text)
    except ValueError as error:
        raise CheckpointError(f"{foreign} (its description: {error})") from None
    found = meta.get("format") if isinstance(meta, dict) else None
    if found != FORMAT:
        raise CheckpointError(f"{foreign} (format {str(found)[:20]}, this version reads {FORMAT})")
    for key, check in SCHEMA.items():
        if not check(meta.get(key)):
            raise CheckpointError(f"{foreign} ({key} must not be {str(meta.get(key))[:60]})")
    if what := misfit(meta, arrays):
        raise CheckpointError(f"{path}: its arrays do not fit its description ({what})")
    return meta
