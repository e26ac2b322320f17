"""Folders of pictures, one for each class."""

from pathlib import Path

import numpy as np
from PIL import Image

LEVELS = {"red": (220, 30, 30), "green": (30, 160, 30), "blue": (40, 40, 230)}


def write(folder: Path, many: int, size: tuple[int, int] = (12, 12)) -> Path:
    """Noise around each class's colour."""
    rng = np.random.default_rng(0)
    for name, level in LEVELS.items():
        (folder / name).mkdir(parents=True)
        for i in range(many):
            noise = rng.normal(0, 10, (*size, 3)) + np.array(level)
            pixels = np.clip(noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder
