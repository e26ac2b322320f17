"""An autoencoder's pictures: inputs, and beside each what the network gives back."""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.images import Shape, as_pictures, draw_captioned


def draw_reconstructions(
    inputs: ArrayLike, outputs: ArrayLike, image_shape: Shape | None, path: style.AnyPath
) -> Path | None:
    """Draw up to 25 inputs (n, pixels), each to the left of its output, both as they are stored.

    None when rows are not images.
    """
    given = np.asarray(inputs)
    low, high = given.min(initial=0), given.max(initial=1)
    returned = np.clip(np.asarray(outputs, dtype=np.float64), low, high).astype(given.dtype)
    both = as_pictures(np.concatenate([given, returned]), image_shape)
    if both is None:
        return None
    left, right = both[: len(given)], both[len(given) :]
    gap = np.full((*left.shape[:2], max(1, left.shape[2] // 14), 3), 255, np.uint8)
    pairs = np.concatenate([left, gap, right], axis=2)
    errors = (((right.astype(np.float64) - left) / 255) ** 2).mean(axis=(1, 2, 3))
    captions = [f"{i + 1}: error {error:.2g}" for i, error in enumerate(errors)]
    note = "left the input, right what the network gives back; mean squared error of shades 0 to 1"
    return draw_captioned(pairs, captions, path, "Reconstructions", note)
