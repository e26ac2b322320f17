"""The picture of the layers: drawn for any depth, and what it shows of the records."""

import numpy as np
import pytest
from layer_tables import made_histograms, made_table
from matplotlib.colors import to_hex
from PIL import Image

from mlp_scratch.errors import RunError
from mlp_scratch.insight.layers.layer_records import COLUMNS
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.layer_pictures import draw_layers, draw_layers_of, layer_colours
from mlp_scratch.runs.folder import RunFolder


@pytest.fixture
def figures(monkeypatch):
    """The figures that are written."""
    written = []

    def write(figure, path):
        written.append(figure)
        return path

    monkeypatch.setattr(style, "write", write)
    return written


@pytest.mark.parametrize(("layers", "panels"), [(1, 1), (2, 3), (6, 11), (13, 25)])
def test_any_depth_keeps_within_the_picture(layers, panels, figures):
    draw_layers(made_table(layers), made_histograms(layers), "x.png")
    axes = figures[0].axes
    assert len(axes) == 3 + panels  # the output's activations are its pre-activations
    boxes = [ax.get_position() for ax in axes]
    assert all(b.x0 > 0.04 and b.x1 < 1 and b.y0 > 0 and b.y1 < 0.95 for b in boxes)
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert min(a.x1, b.x1) <= max(a.x0, b.x0) or min(a.y1, b.y1) <= max(a.y0, b.y0)


def test_the_lines_are_the_records(figures):
    table = made_table(3)
    draw_layers(table, None, "x.png")
    by_depth, ratio, lost = figures[0].axes
    assert [line.get_label() for line in by_depth.lines] == ["epoch 0", "1", "3", "9"]
    for line, look in zip(by_depth.lines, range(4), strict=True):
        np.testing.assert_allclose(line.get_ydata(), table["grad_norm"][look])
    assert ratio.lines[0].get_ydata()[0] == 1e-3
    for i, line in enumerate(ratio.lines[1:]):
        np.testing.assert_array_equal(line.get_ydata(), table["update_ratio"][:, i])
        assert to_hex(line.get_color()) == layer_colours(3)[i]
    low, high = ratio.get_ylim()
    assert low < 1e-3 < high
    assert lost.get_title(loc="left") == "Dead units"
    np.testing.assert_array_equal(lost.lines[1].get_ydata(), table["dead"][:, 1])
    assert [t.get_text() for t in ratio.get_xticklabels()] == ["0", "1", "3", "9"]


def test_what_is_zero_is_told_from_what_is_small(figures):
    table = made_table(3)
    table["grad_norm"][:, 0] = 0.0
    draw_layers(table, None, "x.png")
    by_depth = figures[0].axes[0]
    assert by_depth.get_yticklabels()[0].get_text() == "0"
    assert by_depth.lines[0].get_ydata()[0] == by_depth.get_yticks()[0]
    table["grad_norm"][:] = 0.0
    draw_layers(table, None, "x.png")
    assert figures[1].axes[0].texts[0].get_text() == "all are 0"


@pytest.mark.parametrize(
    ("dead", "saturated", "title", "lines"),
    [
        (0.1, np.nan, "Dead units", 3),
        (np.nan, 0.1, "Saturated units", 3),
        (0.1, 0.2, "Dead and (dashed) saturated units", 6),
        (np.nan, np.nan, "Dead or saturated units", 0),
    ],
)
def test_what_can_be_lost_is_named(dead, saturated, title, lines, figures):
    table = made_table(3)
    table["dead"][:], table["saturated"][:] = dead, saturated
    draw_layers(table, None, "x.png")
    lost = figures[0].axes[2]
    assert (lost.get_title(loc="left"), len(lost.lines)) == (title, lines)
    assert bool(lost.texts) == (lines == 0)


def test_nothing_finite_is_said(figures):
    table, histograms = made_table(2), made_histograms(2)
    for values in table.columns.values():
        values[:] = np.nan
    for kind in ("z", "a"):
        histograms.arrays[f"{kind}_range"][:] = np.nan
        histograms.arrays[kind][:] = 0
    draw_layers(table, histograms, "x.png")
    assert figures[0].axes[0].texts[0].get_text() == "no finite values"


def test_a_run_without_records_says_how_to_get_them(tmp_path):
    run = RunFolder(tmp_path)
    with pytest.raises(
        RunError, match=r"has no record of its layers; .*rerun .*record_layers=true"
    ):
        draw_layers_of(run)
    run.layers.write_text("nonsense")
    with pytest.raises(RunError, match=r"layers.csv: cannot be read \(no column 'epoch'"):
        draw_layers_of(run)
    run.layers.write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(RunError, match="holds no look yet"):
        draw_layers_of(run)


def test_it_is_a_picture(tmp_path):
    path = draw_layers(made_table(2), made_histograms(2), tmp_path / "layers.png", "run $1$")
    assert Image.open(path).size[0] == 1152
