"""The line of a network of one feature."""

import numpy as np
import pytest

from mlp_scratch.insight.seen_whole import Line, Points
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.fitted_line import fit_figure

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("targets", [1, 6])
def test_a_line(ends, targets, tmp_path):
    x = np.linspace(-1, 1, 50)
    answers = np.repeat(x[:, None] ** 2, targets, axis=1)
    truth = RNG.random((30, targets))
    rows = Points(RNG.random((30, 1)), truth, truth, 30)
    names = tuple(f"y{i}" for i in range(targets))
    band = (answers - 1, answers + 2) if ends else (None, None)
    line = Line(
        np.array([[-1.0, 1.0]]), ("dose",), names, "regression", rows, rows, x, answers, *band
    )
    axes = fit_figure(line, "t").axes
    assert len(axes) == min(targets, 4)
    np.testing.assert_array_equal(axes[0].lines[0].get_xydata(), np.column_stack([x, x**2]))
    train, test = axes[0].collections[:2]
    for dots in (train, test):
        expected = np.column_stack([rows.x, truth[:, 0]])
        np.testing.assert_array_equal(np.asarray(dots.get_offsets()), expected)
    assert len(axes[0].collections) == 2 + ends
    if ends:
        heights = axes[0].collections[2].get_paths()[0].vertices[:, 1]
        np.testing.assert_allclose([heights.min(), heights.max()], [-1, 3], atol=1e-3)
    assert style.write(fit_figure(line, "fit"), tmp_path / "fit.png").stat().st_size > 5000
