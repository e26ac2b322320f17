"""The images that a run mistook, as pixels that the HTML page draws itself."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.bounded_reads import opened
from mlp_scratch.data.array_formats.npz import ZIP_DAMAGE, Archive
from mlp_scratch.errors import DataError
from mlp_scratch.runs.reader import Run

MOST_IMAGES = 25
MOST_BYTES = 3_000_000  # of the pixels of all runs together
LARGEST_FILE = 32_000_000


@dataclass
class Mistakes:
    """How much of the page's room for pixels has been used, and whether some had to be left out."""

    bytes_used: int = 0
    cut: bool = False


def read_mistakes(run: Run, room: Mistakes) -> dict[str, Any] | None:
    """``misclassified.npz`` of ``run`` for the page; None if absent, damaged or not of images.

    pixels: base64 of n x height x width x channels bytes; true, predicted: class indices.
    """
    try:
        arrays = _load(run)
    except (DataError, KeyError, *ZIP_DAMAGE):
        return None
    if arrays is None:
        return None
    images, true, predicted, probability = arrays
    shape = image_shape(images.shape[1], run)
    if shape is None or len(images) == 0:
        return None
    pixels = _bytes(images)
    n = min(len(pixels), MOST_IMAGES, max(MOST_BYTES - room.bytes_used, 0) // pixels.shape[1])
    room.cut |= n < min(len(pixels), MOST_IMAGES)
    room.bytes_used += n * pixels.shape[1]
    if n == 0:
        return None
    return {
        "shape": list(shape),
        "pixels": base64.b64encode(pixels[:n].tobytes()).decode("ascii"),
        "true": true[:n].tolist(),
        "predicted": predicted[:n].tolist(),
        "probability": [
            round(float(p), 4) if math.isfinite(p) else None for p in probability[:n].tolist()
        ],
    }


def _load(run: Run) -> tuple[NDArray, NDArray, NDArray, NDArray] | None:
    path = run.path / "misclassified.npz"
    with opened(path) as file:
        if file.seek(0, 2) > LARGEST_FILE:
            return None
        archive = Archive(file, path)
        images, *others = map(archive.read, ("images", "true", "predicted", "probability"))
    true, predicted, probability = others
    if images.ndim < 2 or images.dtype.kind not in "uif" or probability.dtype.kind != "f":
        return None
    if any(a.shape != (len(images),) for a in others) or {true.dtype.kind, predicted.dtype.kind} - {
        *"ui"
    }:
        return None
    first = slice(MOST_IMAGES)
    images = images[first].reshape(min(len(images), MOST_IMAGES), -1)
    return images, true[first], predicted[first], probability[first].astype(np.float64)


def image_shape(features: int, run: Run) -> tuple[int, int, int] | None:
    """(height, width, channels) that rows of ``features`` numbers most likely have.

    A summary that says so is believed; otherwise squares are grey and three squares are colours.
    """
    data = run.summary.get("data")
    given = data.get("image_shape") if isinstance(data, dict) else None
    if isinstance(given, list) and all(type(side) is int and side > 0 for side in given):
        sides = tuple(given) if len(given) == 3 else (*given, 1)
        if len(sides) == 3 and math.prod(sides) == features and sides[2] in (1, 3):
            return sides
    for channels in (1, 3):
        side = math.isqrt(features // channels)
        if side >= 4 and side * side * channels == features:
            return side, side, channels
    return None


def _bytes(images: NDArray) -> NDArray[np.uint8]:
    """Bytes as they are; anything else scaled alike over all images of the run."""
    if images.dtype == np.uint8:
        return images
    x = np.nan_to_num(images.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(x.min()), float(x.max())
    return np.round(255 * (x - low) / ((high - low) or 1.0)).astype(np.uint8)
