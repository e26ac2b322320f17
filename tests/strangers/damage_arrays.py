"""Damage to checkpoints and to misclassified.npz: headers that lie, and contents that are whole,
digest and all, but not what they should be."""

import io
import pickle
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from damage_files import Damage
from damage_texts import places, put

from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, write_checkpoint


class Bomb:
    """Touches a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("canary", "w"))


def npy(shape: tuple[int, ...], dtype: str = "<f4", body: bytes = b"") -> bytes:
    """An array's file whose header says what it likes."""
    file = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + body


def packed(method: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, contents in members.items():
            archive.writestr(f"{name}.npy", contents)
    return file.getvalue()


def _entries(count: int, megabytes: int) -> bytes:
    """A directory of many entries that are all the same member."""
    body = npy((megabytes << 20,), "|u1", b"\0" * (megabytes << 20))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a0.npy", body)
        first = archive.infolist()[0]
        for i in range(1, count):
            copy = zipfile.ZipInfo(f"a{i}.npy")
            for key in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(copy, key, getattr(first, key))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
    return file.getvalue()


def _members(count: int, megabytes: int) -> bytes:
    body = npy((megabytes << 20,), "|u1", b"\0" * (megabytes << 20))
    return packed(zipfile.ZIP_DEFLATED, **{f"a{i}": body for i in range(count)})


def _patched(at: int, data: bytes, contents: bytes) -> bytes:
    """``contents`` with other bytes ``at`` an offset in the first entry of its directory."""
    where = contents.index(b"PK\1\2") + at
    return contents[:where] + data + contents[where + len(data) :]


_ONE = packed(W0=npy((4,), "<f4", b"\0" * 16))
_BIG = struct.pack("<I", 0xFFFFFFFE)


def _objects() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([Bomb()], object), allow_pickle=True)
    return file.getvalue()


LIARS: list[Callable[[], bytes]] = [
    lambda: npy((4,), "<f4", b"\0" * 16),
    lambda: _objects(),
    lambda: pickle.dumps(Bomb()),
    lambda: packed(W0=_objects(), meta=_objects(), digest=_objects()),
    lambda: packed(W0=npy((1 << 31, 784))),
    lambda: packed(W0=npy((1 << 62, 1 << 62))),
    lambda: packed(W0=npy((-1, -4), "<f4", b"\0" * 16)),
    lambda: packed(W0=npy((1 << 40,), "<U0")),
    lambda: packed(W0=npy((1 << 40, 0), "<f4")),
    lambda: packed(W0=npy((0,) * 40, "<f4")),
    lambda: packed(W0=npy((1,), "|O", b"x")),
    lambda: packed(W0=npy((1,), "<f4,<i4", b"\0" * 8)),
    lambda: packed(W0=npy((1,), "|V2000000000")),
    lambda: packed(meta=npy((), "<U1", b"\xff" * 4), digest=npy((), "<U1", b"\xff" * 4)),
    lambda: packed(meta=npy((), "<U500000000")),
    lambda: packed(W0=b"\x93NUMPY\x01\x00" + (9000).to_bytes(2, "little") + b"(" * 9000),
    lambda: packed(W0=b"\x93NUMPY\x02\x00" + (1 << 31).to_bytes(4, "little") + b" " * 100),
    lambda: packed(
        W0=b"\x93NUMPY\x01\x00" + (99).to_bytes(2, "little") + b"__import__('os')".ljust(99)
    ),
    lambda: packed(**{"../../victim/evil": npy((1,), "<f4", b"\0" * 4)}),
    lambda: packed(**{"a\x1b[31m": npy((1,), "<f4", b"\0" * 4)}),
    lambda: packed(W0=npy((4,), "<f4", b"\0" * 16)) * 2,
    lambda: _patched(20, _BIG * 2, _ONE),
    lambda: _patched(24, _BIG, _ONE),
    lambda: _patched(42, _BIG, _ONE),
    lambda: _patched(10, b"\x63\x00", _ONE),
    lambda: _patched(8, b"\x01\x00", _ONE),
    lambda: _patched(28, b"\xff\xff", _ONE),
    lambda: _ONE[:-22] + b"PK\5\6" + b"\0" * 4 + b"\xff\xff" * 2 + _ONE[-10:],
    lambda: _members(1, 64),
    lambda: _members(21, 16),
    lambda: _entries(900, 4),
    lambda: _entries(20_000, 1),
    lambda: packed(zipfile.ZIP_LZMA, W0=npy((1 << 22,), "|u1", b"\0" * (1 << 22))),
    lambda: packed(zipfile.ZIP_BZIP2, W0=npy((1 << 22,), "|u1", b"\0" * (1 << 22))),
    lambda: packed(**{f"a{i}": b"" for i in range(30_000)}),
]


def lying(*names: str) -> Damage:
    """A file that claims more than it has, or is of another kind."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        contents = LIARS[number % len(LIARS)]()
        for name in names:
            (folder / name).write_bytes(contents)

    return damage


STRANGE: list[Any] = [
    *(None, True, -1, 0, 1, 2**31, 2**63, 2**70, 10**400, 1.5, 1e308, float("inf"), float("nan")),
    *("", "x", "relu", "../victim", "\x1b[31m", "\ud800", "a\nb\nc\nd", "9" * 5000, "x" * 100_000),
    *([], [1], [None], ["a", 1], [[1]], {}, {"name": 1}, {"name": "x" * 9999}, [10**9] * 3),
    *([60000, 60000], [8, 8, 8], [0, 64], [-8, -8], [float("inf"), 1], [1.5, 2], ["8", "8"]),
    *({"_target_": "os.system"}, {"on": "x", "eps": -1, "momentum": "y"}, ["\ud800", "a", "b"]),
    *(["\x1b[2J", "b", "c"], ["a", "a", "a"], ["x" * 100_000, "b", "c"], [["a"], ["b"], ["c"]]),
    *(1_000_000, "1_000", "NaN", "Infinity", {"a": {"b": {"c": [{}] * 99}}}, {"\ud800": 1}),
]


def described(rng: random.Random, folder: Path, number: int) -> None:
    """The description in both checkpoints says something else, under the right digest."""
    for name in ("best", "last"):
        path = folder / "checkpoints" / f"{name}.npz"
        saved = read_checkpoint(path)
        meta = saved.meta
        known = list(places(meta))
        tops = [at for at in known if len(at) == 1]
        at = tops[number % len(tops)] if number % 2 else rng.choice(known)
        put(meta, at, STRANGE[(number * 7 + number // 3) % len(STRANGE)])
        _write(path, Checkpoint(saved.arrays, meta))


def without_a_word(rng: random.Random, folder: Path, number: int) -> None:
    """A key of the description, or an array, is missing or has another name."""
    for name in ("best", "last"):
        path = folder / "checkpoints" / f"{name}.npz"
        saved = read_checkpoint(path)
        tree: dict[str, Any] = saved.meta if number % 2 else saved.arrays
        key = sorted(tree)[number // 2 % len(tree)]
        value = tree.pop(key)
        if rng.random() < 0.5:
            tree[rng.choice(("W99", "x", "\x1b[31m", "../x", "y" * 300))] = value
        _write(path, saved)


def _arrays_like(array: np.ndarray) -> list[np.ndarray]:
    """Arrays in the place of one: other kinds, orders, shapes and values."""
    return [
        array.astype(np.float16),
        array.astype(np.float64),
        array.astype(np.complex64),
        array.astype(np.int64),
        array.astype(bool),
        array.astype("U9"),
        array.astype("S9"),
        array.astype(">f4"),
        np.zeros(array.shape, "M8[s]"),
        np.asfortranarray(array),
        array.reshape(-1),
        array[..., None],
        array.T,
        array[:0] if array.ndim else array,
        array.ravel()[:1].reshape(()) if array.size else array,
        np.full_like(array, np.nan),
        np.full_like(array, np.inf),
        np.full_like(array, 3e38),
        np.zeros((0, 5), array.dtype),
        np.broadcast_to(array.ravel()[:1], (1000, 1000)) if array.size else array,
        np.zeros((1,) * 30, array.dtype),
    ]


def arrays_changed(rng: random.Random, folder: Path, number: int) -> None:
    """One array of both checkpoints is of another kind, under the right digest."""
    for name in ("best", "last"):
        path = folder / "checkpoints" / f"{name}.npz"
        saved = read_checkpoint(path)
        names = sorted(saved.arrays)
        key = names[number % len(names)]
        others = _arrays_like(saved.arrays[key].astype(np.float32))
        saved.arrays[key] = others[(number // len(names) + number) % len(others)]
        _write(path, saved)


def mistakes(rng: random.Random, folder: Path, number: int) -> None:
    """misclassified.npz holds arrays of other kinds."""
    path = folder / "misclassified.npz"
    with np.load(path) as file:
        arrays = dict(file)
    key = sorted(arrays)[number % len(arrays)]
    others = [
        *_arrays_like(arrays[key].astype(np.float32)),
        np.full(arrays[key].shape, 10**9),
        np.full(arrays[key].shape, -5),
        np.full(arrays[key].shape, "\x1b[31m"),
    ]
    arrays[key] = others[number // len(arrays) % len(others)]
    np.savez(path, **arrays)


def _write(path: Path, checkpoint: Checkpoint) -> None:
    """Write it with its digest, or leave it where it cannot be written at all."""
    before = path.read_bytes()
    try:
        write_checkpoint(path, checkpoint)
    except (ValueError, TypeError, OverflowError):
        path.write_bytes(before)
