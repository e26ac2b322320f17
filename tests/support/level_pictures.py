"""Pictures of one level each, and what becomes of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.pictures.picture_reading import PictureReading


def draw(path: Path, level: int, size: tuple[int, int] = (4, 3), mode: str = "L") -> None:
    """A picture (height, width) of one level, where the path's ending says of which format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size[::-1], level).convert(mode).save(path)


def load(folder: Path, task: str = "auto", test_path: Path | None = None, **pictures) -> Dataset:
    reading = PictureReading(**pictures)
    return load_dataset(
        "folder",
        dir=folder.parent,
        path=folder,
        test_path=test_path,
        cache_dir=None,
        task=task,
        pictures=reading,
    )


def told(x: np.ndarray | None, y: np.ndarray | None, names: tuple[str, ...]) -> list[str]:
    """``class level`` of each row, in order of the levels."""
    assert x is not None
    assert y is not None
    pairs = sorted((int(row[0]), names[label]) for row, label in zip(x, y, strict=True))
    return [f"{name} {level}" for level, name in pairs]
