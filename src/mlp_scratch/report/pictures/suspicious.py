"""The pictures whose labels are most doubtful: the given label, the network's, and the place."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.images import LETTERS, as_pictures, draw_captioned, short_percent

NOTE = "given label → the network's, with its probability; part and number of the row"


def draw_suspicious(
    images: np.ndarray,
    image_shape: tuple[int, ...],
    labels: Sequence[tuple[str, str, float]],
    places: Sequence[str],
    path: Path,
) -> Path:
    """images (n, pixels) as stored. labels: of each row the given one, the network's, and how sure
    the network is of its own. places: which row it is. Raises OSError."""
    pixels = as_pictures(images, image_shape)
    assert pixels is not None
    captions = []
    for (given, predicted, confidence), place in zip(labels, places, strict=True):
        sure = short_percent(confidence)
        room = LETTERS - len(sure) - 5
        a = style.plain(given, max(3, room - min(len(predicted), room // 2)))
        b = style.plain(predicted, max(3, room - len(a)))
        captions.append(f"{a} → {b}  {sure}\n{place}")
    return draw_captioned(pixels, captions, path, "Labels to look at", NOTE)
