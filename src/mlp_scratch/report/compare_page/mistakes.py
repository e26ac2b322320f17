"""The images that a run mistook, as pixels that the HTML page draws itself."""

import base64
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.report.compare_page.predicted_points import LARGEST
from mlp_scratch.runs.array_file import read_arrays
from mlp_scratch.runs.reader import Run

ARRAYS = ("images", "true", "predicted", "probability")
MOST_IMAGES = 25
MOST_BYTES = 3_000_000  # of the pixels of all runs together


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
        arrays = read_arrays(run.path / "misclassified.npz", ARRAYS, LARGEST)
    except (OSError, ValueError):
        return None
    if not _fit(*arrays):
        return None
    images, true, predicted, probability = (array[:MOST_IMAGES] for array in arrays)
    shape = image_shape(math.prod(images.shape[1:]), run)
    if shape is None or len(images) == 0:
        return None
    pixels = _bytes(images.reshape(len(images), -1))
    n = min(len(pixels), max(MOST_BYTES - room.bytes_used, 0) // pixels.shape[1])
    room.cut |= n < len(pixels)
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


def _fit(images: NDArray, *others: NDArray) -> bool:
    """Whether they are rows of numbers, and of each row its classes and a probability."""
    kinds = [array.dtype.kind for array in others]
    alike = images.ndim > 1 and all(array.shape == (len(images),) for array in others)
    return alike and images.dtype.kind in "uif" and {*kinds[:2]} <= {*"ui"} and kinds[2] == "f"


def image_shape(features: int, run: Run) -> tuple[int, int, int] | None:
    """(height, width, channels) that rows of ``features`` numbers most likely have.

    A summary that says so is believed; otherwise squares are grey and three squares are colours.
    """
    given = run.told("data", "image_shape")
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
