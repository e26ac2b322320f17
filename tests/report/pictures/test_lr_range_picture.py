"""The picture of the loss against the rate."""

from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.report.pictures.lr_range_picture import draw_rates


@pytest.mark.parametrize("n", [0, 1, 2, 60])
@pytest.mark.filterwarnings("error")
def test_any_range_test_can_be_drawn(n: int, tmp_path: Path) -> None:
    rates = np.geomspace(1e-6, 10, 60)[:n]
    losses = np.linspace(3, 1, 60)[:n]
    for rate in (None, 0.003):
        path = draw_rates(rates, losses, losses, rate, tmp_path / "rates.svg", "Rates")
        assert path.read_text("utf-8").rstrip().endswith("</svg>")
