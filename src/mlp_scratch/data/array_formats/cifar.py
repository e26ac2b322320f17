"""CIFAR-10's binary version: records of 3,073 bytes, a label and then 1,024 red, 1,024 green and
1,024 blue values. Five files of training data and one of test data, alone or in their tar.gz.

The "python version" holds pickles, which can run any code when they are loaded: refused.
"""

import gzip
import tarfile
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

import numpy as np

from mlp_scratch.bounded_reads import opened, unpack_limit, unpacked
from mlp_scratch.data.dataset import Examples, Parsed
from mlp_scratch.errors import DataError

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
ARCHIVE = "cifar-10-binary.tar.gz"
_BATCHES = (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin")
_FOLDERS = ("cifar10", "cifar10/cifar-10-batches-bin", "cifar-10-batches-bin", ".")
_PICKLED = ("cifar-10-python.tar.gz", "cifar-10-batches-py", "data_batch_1")
_RECORD = 3073
_MAX_MEMBER = 100_000 * _RECORD  # ten times the real ones
_MAX_MEMBERS = 1000
_BLOCK = 512  # bytes of a tar's header, to whose multiples data is filled up


def find_cifar10(path: Path) -> list[Path] | None:
    """Six .bin files or their archive, in a folder or its usual subfolders, or the archive."""
    if path.is_file():
        if path.name in _PICKLED:
            raise pickle_error(path)
        return [path]
    for folder in (path / sub for sub in _FOLDERS):
        if all((folder / name).is_file() for name in _BATCHES):
            return [folder / name for name in _BATCHES]
        if (folder / ARCHIVE).is_file():
            return [folder / ARCHIVE]
    return None


def find_pickled(path: Path) -> Path | None:
    """The python version, where somebody has put it."""
    candidates = (path / sub / name for sub in _FOLDERS for name in _PICKLED)
    return next((found for found in candidates if found.exists()), None)


def pickle_error(found: Path) -> DataError:
    return DataError(
        f"{found}: CIFAR-10's python version is made of pickles, which can run any code when "
        "loaded: refused\n"
        f"Get the binary version, {ARCHIVE}, from https://www.cs.toronto.edu/~kriz/cifar.html"
    )


def parse_cifar10(files: list[Path]) -> Parsed:
    if len(files) == 1:
        batches, where = _from_archive(files[0]), [f"{files[0]}: {name}" for name in _BATCHES]
    else:
        batches, where = _from_files(files), [str(path) for path in files]
    images = [_images(data, w) for data, w in zip(batches, where, strict=True)]
    x, y = zip(*images, strict=True)
    x_train = np.empty((sum(map(len, y[:5])), 32, 32, 3), np.uint8)
    np.concatenate(x[:5], out=x_train)  # the copy that interleaves the colours
    return Parsed(
        Examples(x_train, np.concatenate(y[:5]), str(files[0])),
        Examples(x[5], y[5], where[5]),
        class_names=CLASSES,
        source=str(files[0]) if len(files) == 1 else f"{files[0].parent}: {', '.join(_BATCHES)}",
    )


def _images(data: np.ndarray, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Records -> images (n, 32, 32, 3) as a view, labels (n,)."""
    if data.size == 0 or data.size % _RECORD:
        raise DataError(
            f"{where}: {data.size} bytes, not a multiple of {_RECORD}: the file ends inside record "
            f"{data.size // _RECORD + 1}, at offset {data.size}"
        )
    records = data.reshape(-1, _RECORD)
    labels = records[:, 0]
    if labels.max() >= len(CLASSES):
        row = int(np.argmax(labels >= len(CLASSES)))
        raise DataError(
            f"{where}: the label of record {row + 1} (offset {row * _RECORD}) is {labels[row]}, "
            "not 0 to 9"
        )
    return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels


def _from_files(files: list[Path]) -> list[np.ndarray]:
    batches = []
    for path in files:
        with opened(path) as file:
            if (size := file.seek(0, 2)) > _MAX_MEMBER:
                raise DataError(f"{path}: {size} bytes are too many for a batch")
            file.seek(0)
            batches.append(np.fromfile(file, np.uint8))
    return batches


def _from_archive(path: Path) -> list[np.ndarray]:
    """The six members, read into memory: nothing is unpacked into the file system, so a member's
    path can do no harm."""
    found: dict[str, np.ndarray] = {}
    with opened(path) as raw:
        left = unpack_limit(path.stat().st_size)
        tar = unpacked(raw)
        try:
            for member in _members(tar):
                name = member.name.rsplit("/", 1)[-1]
                left -= member.size
                if left < 0 or (name in _BATCHES and member.size > _MAX_MEMBER):
                    raise DataError(f"{path}: {member.name!r} claims {member.size} bytes")
                if name == "data_batch_1":
                    raise pickle_error(path)
                if member.isreg() and name in _BATCHES and name not in found:
                    found[name] = np.frombuffer(tar.read(member.size), np.uint8)
                    if found[name].size < member.size:
                        raise DataError(f"{path}: damaged tar.gz archive: ends inside {name}")
                if len(found) == len(_BATCHES):
                    break
        except (tarfile.TarError, ValueError) as error:
            raise DataError(f"{path}: damaged tar.gz archive: {error}") from error
    missing = [name for name in _BATCHES if name not in found]
    if missing:
        raise DataError(f"{path}: {', '.join(missing)} missing in the archive")
    return [found[name] for name in _BATCHES]


def _members(tar: BufferedReader | gzip.GzipFile) -> Iterator[tarfile.TarInfo]:
    """The headers of a tar, in order; at each the stream stands where that member's data begins.

    tarfile would read long names and extended headers, which CIFAR-10 has none of, into memory
    whole, and keep every member that it has met. Raises TarError.
    """
    at = tar.tell()
    for _ in range(_MAX_MEMBERS):
        tar.seek(at)
        header = tar.read(_BLOCK)
        if not header.strip(b"\0") and at:
            return
        member = tarfile.TarInfo.frombuf(header, "utf-8", "replace")
        if member.size < 0:
            raise tarfile.ReadError("a member of negative size")
        yield member
        at += _BLOCK + -(-member.size // _BLOCK) * _BLOCK
    raise tarfile.ReadError(f"more than {_MAX_MEMBERS} members")
