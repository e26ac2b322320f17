"""The pictures of the loss around a network, between two, and against the rate."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlp_scratch.report.pictures.between import draw_between
from mlp_scratch.report.pictures.contours import draw_contours
from mlp_scratch.report.pictures.lr_range_picture import draw_rates

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


@pytest.mark.parametrize("metric", ["accuracy", "rmse", None])
@pytest.mark.filterwarnings("error")
def test_any_line_can_be_drawn(metric: str | None, tmp_path: Path) -> None:
    alphas = np.linspace(-0.5, 1.5, 5)
    rising = np.array([0.1, 0.2, 0.9, np.inf, np.nan])
    names = ["loss", *([metric] if metric else [])]
    scores = {f"{part}_{name}": rising for part in ("train", "test") for name in names}
    ends, sizes = ("one", "two"), {"train": 5, "test": 7}
    path = draw_between(alphas, scores, tmp_path / "line.png", ends, sizes)
    assert size_of(path)[0] == 1152
    lost = {name: np.full(5, np.nan) for name in scores}
    draw_between(alphas, lost, tmp_path / "line.png", ends, sizes)


@pytest.mark.parametrize("n", [0, 1, 2, 60])
@pytest.mark.filterwarnings("error")
def test_any_range_test_can_be_drawn(n: int, tmp_path: Path) -> None:
    rates = np.geomspace(1e-6, 10, 60)[:n]
    losses = np.linspace(3, 1, 60)[:n]
    for rate in (None, 0.003):
        path = draw_rates(rates, losses, losses, rate, tmp_path / "rates.svg", "Rates")
        assert path.read_text("utf-8").rstrip().endswith("</svg>")
