"""The picture of the loss between two networks."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlp_scratch.report.pictures.between import draw_between


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


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
