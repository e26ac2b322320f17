"""From whatever array a file holds to rows of features: uint8 for bytes, float32 for the rest."""

import math

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.errors import DataError

_BLOCK_BYTES = 8 << 20
_MAX_COPY = 4 << 30
_CHANNELS = (1, 3, 4)
_FAR = 256
_LONG = {*(("f", size) for size in (8, 12, 16)), *((k, size) for k in "iu" for size in (4, 8))}


def as_features(
    x: np.ndarray, where: str, offset: np.ndarray | None = None, gaps: bool = False
) -> tuple[np.ndarray, tuple[int, ...] | None]:
    """x of shape (n, f), (n, h, w) or (n, h, w, c) -> rows (n, f), and the image shape if any.

    Bytes, and integers that all lie in 0..255, become uint8; everything else float32, which must
    be finite. What has the right form already is returned as it is, so a memory map stays one.
    Byte rows whose length is a square of 8 or more are taken for square images. offset (f,): is
    taken off before, in float64; the rest is float32. gaps: whether there may be nan.
    """
    image_shape = _image_shape(x, where)
    if x.shape[0] == 0 or math.prod(x.shape[1:]) == 0:
        raise DataError(f"{where}: no data: its shape is {x.shape}, it must have rows and features")
    x = x.reshape(len(x), -1)
    kind = x.dtype.kind
    if offset is not None and kind in "iufb" and len(offset) == x.shape[1]:
        x = shifted(x, offset, where)
        _check_finite(x, where, gaps)
    elif kind in "iu":
        if x.dtype != np.uint8:
            bytes_only = x.min() >= 0 and x.max() <= 255
            x = converted(x, np.uint8 if bytes_only else np.float32, where)
    elif kind in "fb":
        if x.dtype != np.float32 or not x.dtype.isnative:
            x = converted(x, np.float32, where)
        _check_finite(x, where, gaps)
    else:
        raise DataError(f"{where}: features must be numbers, got an array of {x.dtype}")
    side = math.isqrt(x.shape[1])
    if image_shape is None and x.dtype == np.uint8 and side >= 8 and side * side == x.shape[1]:
        image_shape = (side, side)
    return converted(x, x.dtype, where), image_shape


def whole_offset(x: np.ndarray) -> np.ndarray | None:
    """What to take off x (n, f) so that float32 keeps its digits: (f,) float64, or None: nothing.

    float32 has 24 bits. Of a feature whose middle is more than 256 times as far from 0 as from its
    ends, such as seconds since 1970, more than 8 of them would say where it lies: its offset is
    the middle, rounded to a whole number. Images, and what float32 holds exactly, have none.
    """
    if x.ndim != 2 or not x.size or (x.dtype.kind, x.dtype.itemsize) not in _LONG:
        return None
    low, high = np.full(x.shape[1], np.inf), np.full(x.shape[1], -np.inf)
    for part in blocks(len(x), x.strides[0]):
        low, high = np.minimum(low, x[part].min(axis=0)), np.maximum(high, x[part].max(axis=0))
    with np.errstate(invalid="ignore"):
        middle, half = low / 2 + high / 2, high / 2 - low / 2
        far = (half > 0) & (np.abs(middle) > _FAR * half)
    offset = np.where(far, np.rint(middle), 0.0)
    return offset if offset.any() else None


def shifted(x: np.ndarray, offset: np.ndarray, where: str) -> np.ndarray:
    """x (n, f) less ``offset`` (f,), taken off in float64: (n, f) float32; x itself if that changes
    nothing."""
    if not offset.any():
        return converted(x, np.float32, where)
    if x.nbytes > _MAX_COPY:
        raise DataError(f"{where}: {x.nbytes / 2**30:.1f} GiB would have to be copied in memory")
    out = np.empty(x.shape, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for part in blocks(len(x), 8 * x.shape[1]):
            out[part] = np.subtract(x[part], offset, dtype=np.float64)
    return out


def blocks(n: int, row_bytes: int) -> list[slice]:
    """Slices over n rows, about 8 MiB each: how to walk through more than memory holds."""
    step = max(1, _BLOCK_BYTES // max(1, row_bytes))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def converted(x: np.ndarray, dtype: DTypeLike, where: str) -> np.ndarray:
    """x itself if it is row-major and of that dtype, otherwise a copy that is."""
    if x.dtype == dtype and x.flags.c_contiguous:
        return x
    if x.nbytes > _MAX_COPY:
        raise DataError(
            f"{where}: {x.nbytes / 2**30:.1f} GiB of {x.dtype} would have to be copied in memory: "
            "store them as row-major uint8 or float32, which are used where they lie"
        )
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is found as inf
        return np.ascontiguousarray(x, dtype)


def _image_shape(x: np.ndarray, where: str) -> tuple[int, ...] | None:
    if x.ndim == 2:
        return None
    if x.ndim == 3 or (x.ndim == 4 and x.shape[3] in _CHANNELS):
        return x.shape[1:3] if x.shape[3:] == (1,) else x.shape[1:]
    if x.ndim == 4:
        raise DataError(
            f"{where}: images must be (n, height, width, channels) with 1, 3 or 4 channels, got "
            f"{x.shape}" + (": move the channels last" if x.shape[1] in _CHANNELS else "")
        )
    raise DataError(
        f"{where}: features must be (n, features), (n, height, width) or "
        f"(n, height, width, channels), got an array of shape {x.shape}"
    )


def _check_finite(x: np.ndarray, where: str, gaps: bool) -> None:
    for part in blocks(len(x), x.strides[0]):
        finite = ~np.isinf(x[part]) if gaps else np.isfinite(x[part])
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise DataError(
                f"{where}: row {part.start + row + 1}, column {column + 1} is "
                f"{x[part][row, column]}: every value must be a finite float32"
            )
