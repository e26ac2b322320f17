"""IDX, the format of MNIST: two zero bytes, a type, the number of dimensions, then each dimension
as a big-endian uint32, then the values, row-major and big-endian. Plain or gzipped.
"""

from pathlib import Path

import numpy as np

from mlp_scratch.bounded_reads import (
    MAP_BYTES,
    check_claim,
    map_array,
    opened,
    read_array,
    size_of,
    unpack_limit,
    unpacked,
)
from mlp_scratch.data.dataset import Examples, Parsed
from mlp_scratch.errors import DataError

PARTS = {"train-images": 3, "train-labels": 1, "t10k-images": 3, "t10k-labels": 1}  # dimensions
_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: Path, ndim: int | None = None) -> np.ndarray:
    """The array in an IDX file; ``ndim`` is the number of dimensions that it must have.

    A plain file of bytes above 256 MiB is memory-mapped, so it may be larger than memory.
    """
    with opened(path) as raw:
        size = size_of(raw, path)
        file = unpacked(raw)
        packed = file is not raw
        head = file.read(4)
        if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or head[3] == 0:
            raise DataError(
                f"{path}: not an IDX file: it starts with {head.hex(' ')}, "
                "expected 00 00, a type (08 for bytes) and the number of dimensions"
            )
        dtype, dims = np.dtype(_TYPES[head[2]]), head[3]
        if ndim is not None and dims != ndim:
            what = {1: "labels", 3: "images"}.get(ndim, "these")
            raise DataError(f"{path}: {what} have {ndim} dimension(s), this file has {dims}")
        lengths = file.read(4 * dims)
        if len(lengths) < 4 * dims:
            raise DataError(f"{path}: ends at offset {4 + len(lengths)}, inside its header")
        shape = tuple(int(n) for n in np.frombuffer(lengths, ">u4"))
        start = 4 + 4 * dims
        room = unpack_limit(size) if packed else size - start
        claimed = check_claim(path, shape, dtype.itemsize, room)
        if not packed and claimed >= MAP_BYTES and dtype.itemsize == 1:
            return map_array(path, dtype, shape, start)
        array = read_array(file, path, dtype, shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def parse_idx(
    files: list[Path],
    class_names: tuple[str, ...] | None,
    test: list[Path] | None = None,
    val: list[Path] | None = None,
) -> Parsed:
    """Images and labels of the training set, then of the test set if there is one; or those of
    ``test`` and ``val``, each a file of images and one of labels."""
    test = test or files[2:]
    names = [path.name for path in files[:2]]
    names += [p.name if p.parent == files[0].parent else str(p) for p in [*test, *(val or ())]]
    return Parsed(
        _labelled(files[:2]),
        _labelled(test) if test else None,
        _labelled(val) if val else None,
        class_names=class_names,
        source=f"{files[0].parent}: {', '.join(names)}",
    )


def _labelled(files: list[Path]) -> Examples:
    """Images and labels, called by the latter's file."""
    images, labels = (read_idx(path, ndim) for path, ndim in zip(files, (3, 1), strict=True))
    if len(images) != len(labels):
        raise DataError(
            f"{files[1]}: {len(labels)} labels for the {len(images)} images of {files[0].name}"
        )
    return Examples(images, labels, str(files[1]))
