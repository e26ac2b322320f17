"""Small valid files of every format, to be read as they are or after damage."""

import gzip
import io
import struct
import tarfile
from pathlib import Path

import numpy as np

MNIST_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
CIFAR_FILES = (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin")


def images(n: int, height: int = 4, width: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, height, width), dtype=np.uint8)


def labels(n: int, k: int = 10, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).permutation(np.arange(n) % k).astype(np.uint8)


def idx_bytes(array: np.ndarray, kind: int = 0x08) -> bytes:
    """An IDX file, written down from the format's description rather than by our reader."""
    head = struct.pack(">BBBB", 0, 0, kind, array.ndim)
    head += b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_mnist(folder: Path, n_train: int = 40, n_test: int = 20, pack: bool = False) -> dict:
    """Four IDX files like MNIST's; returns their arrays by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = dict(
        zip(
            MNIST_FILES,
            (images(n_train), labels(n_train), images(n_test, seed=5), labels(n_test, seed=6)),
            strict=True,
        )
    )
    for name, array in arrays.items():
        data = idx_bytes(array)
        if pack:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            (folder / name).write_bytes(data)
    return arrays


def cifar_bytes(n: int, seed: int = 0) -> bytes:
    """n records of a label and 3,072 colour values, planes of red, green and blue."""
    rng = np.random.default_rng(seed)
    records = rng.integers(0, 256, (n, 3073), dtype=np.uint8)
    records[:, 0] %= 10
    return records.tobytes()


def cifar_archive(batches: dict[str, bytes]) -> bytes:
    """The tar.gz of the given members, in the folder that the real one has."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in batches.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def npy_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz_bytes(compressed: bool = True, **arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()
