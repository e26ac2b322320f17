"""Letters and scribbles that a network takes for digits are doubted, digits are not."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.pictures.ink.likeness import LIMITS, PATTERNS, unlike
from mlp_scratch.data.pictures.ink.read_ink import read_ink

FONT = font_manager.findfont("DejaVu Sans")  # matplotlib brings it along


def written(letter: str) -> np.ndarray:
    picture = Image.new("RGB", (300, 400), "white")
    font = ImageFont.truetype(FONT, 260)
    ImageDraw.Draw(picture).text((70, 50), letter, "black", font)
    return read_ink(picture, (28, 28)).rows


@pytest.mark.parametrize("digit", [0, 2, 3, 4, 5, 6, 7, 8, 9])
def test_a_digit_looks_like_itself_and_not_like_most(digit: int) -> None:
    """But for a printed 1, whose foot MNIST's have not."""
    rows = written(str(digit))
    assert not unlike(rows, digit)
    assert sum(unlike(rows, other) for other in range(10)) >= 5


@pytest.mark.parametrize("letter", "AEFHKMNRTWX")
def test_a_letter_looks_like_nearly_no_digit(letter: str) -> None:
    rows = written(letter)
    assert sum(unlike(rows, digit) for digit in range(10)) >= 9


@pytest.mark.slow
def test_the_patterns_are_those_of_mnist(mnist_dir: Path, tmp_path: Path) -> None:
    """What is stored, and the limits, made anew; ``np.save`` of ``stored`` made the file."""
    data = load_dataset("mnist", dir=mnist_dir.parent, cache_dir=tmp_path, download=False)
    x = np.asarray(data.x_train, np.float64).reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))
    x, labels = x.reshape(-1, 196), np.asarray(data.y_train)
    directions = np.array(
        [np.linalg.eigh(x[labels == d].T @ x[labels == d])[1].T[:-26:-1] for d in range(10)]
    )
    stored = np.rint(directions * (127 / np.abs(directions).max())).astype(np.int8)
    file = np.load(PATTERNS, allow_pickle=False).astype(int)
    signs = np.sign((file * stored.astype(int)).sum(axis=2, keepdims=True))
    assert np.abs(file - signs * stored).max() <= 1
    for digit in range(10):
        own = x[labels == digit]
        left = 1 - ((own @ directions[digit].T) ** 2).sum(axis=1) / (own**2).sum(axis=1)
        usual = np.quantile(np.sqrt(np.maximum(left, 0)), 0.99)
        assert LIMITS[digit] == pytest.approx(0.73 * usual, abs=0.003)
