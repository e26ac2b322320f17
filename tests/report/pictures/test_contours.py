"""The picture of the loss around a network."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlp_scratch.report.pictures.contours import draw_contours

AXIS = np.linspace(-1, 1, 9)
BOWL = AXIS[:, None] ** 2 + AXIS**2


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


@pytest.mark.parametrize(
    "losses",
    [
        BOWL + 0.01,
        np.exp(9 * BOWL),
        BOWL - 1.0,
        np.full((9, 9), 0.7),
        np.zeros((9, 9)),
        np.where(BOWL > 1, np.nan, BOWL),
        np.where(BOWL > 1, np.inf, np.exp(BOWL)),
        np.full((9, 9), np.nan),
    ],
)
@pytest.mark.filterwarnings("error")
def test_any_plane_can_be_drawn(losses: np.ndarray, tmp_path: Path) -> None:
    path = draw_contours(AXIS, losses, tmp_path / "plane.png", "Loss", "note")
    assert size_of(path) == (792, 696)


def test_the_lowest_point_is_marked_where_it_is_not_the_network(tmp_path: Path) -> None:
    def marks(losses: np.ndarray) -> int:
        with Image.open(draw_contours(AXIS, losses, tmp_path / "p.png", "", "")) as picture:
            pixels = np.asarray(picture)
        return int((pixels == (0xD5, 0x5E, 0x00)).all(axis=2).sum())

    assert marks(np.roll(BOWL, 2, axis=1)) > 1.5 * marks(BOWL) > 0
