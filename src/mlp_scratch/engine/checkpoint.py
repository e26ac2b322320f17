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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mlp_scratch.bounded_reads import opened, plain_json
from mlp_scratch.data.formats.npz import ZIP_DAMAGE, Archive, printable
from mlp_scratch.data.normalize import KINDS
from mlp_scratch.data.targets import TASKS
from mlp_scratch.engine.epoch_sums import TIMINGS
from mlp_scratch.errors import CheckpointError, DataError
from mlp_scratch.files import write_together
from mlp_scratch.nn.blocks import RESIDUALS, affine_shapes
from mlp_scratch.nn.hyperparameters import HyperparameterError

FORMAT = 1
MOST_THREADS = 1024
_LARGEST_META = 1 << 24  # bytes, four a character; a history is an array, so the rest is small
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
    def history(self) -> list[dict[str, float]]:
        """The metrics of the epochs so far, without timings."""
        columns, whole = self.meta["history_columns"], {"epoch", "step"}
        return [
            {c: int(v) if c in whole else float(v) for c, v in zip(columns, row, strict=True)}
            for row in self.arrays["history"]
        ]


class HistoryTable:
    """A history as an array, timings left out, that takes in only what is new since the last call:
    a run of many epochs would otherwise spend its time on copying its past."""

    def __init__(self, columns: list[str]) -> None:
        self.columns = [c for c in columns if c not in TIMINGS]
        self._rows = np.empty((16, len(self.columns)))
        self._n = 0

    def array(self, history: list[dict[str, float]]) -> np.ndarray:
        """(epochs, columns) float64, valid for good; ``history`` may only have grown."""
        n = len(history)
        if n > len(self._rows):
            grown = np.empty((max(n, 2 * len(self._rows)), len(self.columns)))
            grown[: self._n] = self._rows[: self._n]
            self._rows = grown
        for i in range(self._n, n):
            self._rows[i] = [history[i][c] for c in self.columns]
        self._n = n
        return self._rows[:n]


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


Check = Callable[[Any], bool]


def _whole(low: int, high: int) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def _real(low: float, high: float) -> Check:
    return lambda value: type(value) in (int, float) and low <= value <= high


def _text(longest: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _list(check: Check, least: int = 0) -> Check:
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(check, value))


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _mapping(**checks: Check) -> Check:
    """Of these keys, and perhaps of others."""

    def check(value: Any) -> bool:
        return isinstance(value, dict) and all(c(value.get(k)) for k, c in checks.items())

    return check


_COUNT, _NUMBER = _whole(0, 1 << 62), _real(-math.inf, math.inf)
_SCHEMA: dict[str, Check] = {
    "sizes": _list(_whole(1, 1 << 31), least=2),
    "class_names": _list(_text(1000)),
    "task": _or_none(
        _mapping(
            name=lambda value: value in TASKS,
            loss=_mapping(name=_text(100)),
            names=_list(_text(1 << 16), least=1),
            metrics=_list(_text(100)),
        )
    ),
    "feature_names": _or_none(_list(_text(1 << 16))),
    "image_shape": _or_none(_list(_whole(1, 1 << 16), least=2)),
    "labels": _or_none(_list(lambda label: type(label) in (int, float, bool, str))),
    "normalize": lambda value: value in KINDS,
    "data_name": _text(1000),
    "data_digest": _text(1000),
    "activation": _mapping(name=_text(100)),
    "batch_norm": _mapping(
        on=lambda value: type(value) is bool, eps=_real(0, 1e9), momentum=_real(0, 1)
    ),
    "structure": _or_none(
        _mapping(
            activations=_or_none(_list(_mapping(name=_text(100)), least=1)),
            layer_norm=lambda value: type(value) is bool,
            ln_eps=_real(0, 1e9),
            residual=lambda value: value in RESIDUALS,
            mup=_or_none(
                _mapping(
                    base_width=_whole(1, 1 << 31), scale_free=lambda value: type(value) is bool
                )
            ),
        )
    ),
    "threads": _whole(1, MOST_THREADS),
    "numerics": _or_none(_COUNT),
    "history_columns": _list(_text(1000), least=2),
    "experiment": _mapping(training=_or_none(_mapping())),
    "trainer": _mapping(
        **dict.fromkeys(("epoch", "batch", "step", "seen", "correct"), _COUNT),
        **dict.fromkeys(("optimizer_steps", "average_updates"), _COUNT),
        loss_sum=lambda value: type(value) in (int, float),
        learning_rate=_mapping(),
        monitor=_or_none(
            _mapping(best=_NUMBER, best_epoch=_COUNT, reference=_NUMBER, waited=_COUNT)
        ),
    ),
}


def _checked_meta(path: Path, text: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The JSON of a checkpoint whose digest is right, and whose parts must still fit together."""
    foreign = f"{path}: not a checkpoint that this version can use"
    try:
        meta = plain_json(text)
    except ValueError as error:
        raise CheckpointError(f"{foreign} (its description: {error})") from None
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        found = meta.get("format") if isinstance(meta, dict) else None
        raise CheckpointError(f"{foreign} (format {str(found)[:20]}, this version reads {FORMAT})")
    for key, check in _SCHEMA.items():
        if not check(meta.get(key)):
            raise CheckpointError(f"{foreign} ({key} must not be {str(meta.get(key))[:60]})")
    if what := _misfit(meta, arrays):
        raise CheckpointError(f"{path}: its arrays do not fit its description ({what})")
    return meta


def _misfit(meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> str | None:
    """What of a checkpoint does not go together with its layers, if anything."""
    sizes, shape, names = meta["sizes"], meta.get("image_shape"), meta.get("feature_names")
    try:
        pairs = affine_shapes(sizes, (meta.get("structure") or {}).get("residual", "none"))
    except HyperparameterError as error:
        return str(error)
    for k, pair in enumerate(pairs):
        for name, wanted in ((f"W{k}", pair), (f"b{k}", pair[1:])):
            array = arrays.get(name)
            if array is None or array.shape != wanted or array.dtype not in ("f4", "f8"):
                return name
    for name in ("shift", "scale"):
        array = arrays.get(name)
        if array is None or array.shape not in ((), (sizes[0],)) or array.dtype != np.float64:
            return name
        if not np.isfinite(array).all():
            return name
    task = meta.get("task") or {"name": "classification"}
    if task["name"] == "classification" and len(meta["class_names"]) != sizes[-1]:
        return f"{len(meta['class_names'])} class names"
    for name in ("target_shift", "target_scale") if task["name"] == "regression" else ():
        array = arrays.get(name)
        if array is None or array.shape != (len(task["names"]),) or array.dtype != np.float64:
            return name
        if not np.isfinite(array).all():
            return name
    if meta.get("labels") is not None and len(meta["labels"]) != sizes[-1]:
        return f"{len(meta['labels'])} labels"
    if shape is not None and (len(shape) > 3 or math.prod(shape) != sizes[0]):
        return f"images of {shape}"
    if names is not None and len(names) != sizes[0]:
        return f"{len(names)} names of features"
    return None if _history_fits(meta, arrays.get("history")) else "history"


def _history_fits(meta: dict[str, Any], history: np.ndarray | None) -> bool:
    """Whether the history has a row for each epoch done, numbered from 1, under its columns."""
    columns = meta["history_columns"]
    if columns[:2] != ["epoch", "step"]:
        return False
    if history is None or history.shape != (meta["trainer"]["epoch"], len(columns)):
        return False
    if history.dtype != np.float64:
        return False
    numbered = history[:, 0] == np.arange(1, len(history) + 1)
    return bool(numbered.all() and np.isfinite(history[:, 1]).all())
