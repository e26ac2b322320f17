"""Many lines in one picture."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.comparison import (
    BEST,
    COLOURED,
    GREY,
    Line,
    _curve,
    _error_reads_better,
    draw_comparison,
)

NAN = float("nan")


def history(epochs=10, level=0.9, validation=True):
    epoch = np.arange(1.0, epochs + 1)
    accuracy = level - 0.3 * np.exp(-epoch)
    columns = {"epoch": epoch, "train_loss": 1.2 - accuracy, "train_accuracy": accuracy}
    if validation:
        columns |= {"val_loss": 1.3 - accuracy, "val_accuracy": accuracy - 0.05}
    return columns


def is_colour(path, colour, tolerance=10):
    """Which pixels below the headline have it."""
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)[100:]
    wanted = np.round(255 * np.array(to_rgb(colour)))
    return np.abs(picture - wanted).max(axis=-1) < tolerance


def pixels(path, colour):
    return int(is_colour(path, colour).sum())


def many(n):
    return [Line(f"run ${i}_x$", [history(level=0.9 - 0.4 * i / n)], f"{i} %") for i in range(n)]


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("n", [0, 1, 2, BEST, COLOURED, COLOURED + 1, 50])
def test_any_number_of_lines(tmp_path, n):
    path = draw_comparison(many(n), tmp_path / "c.png", "title", "val_accuracy")
    assert Image.open(path).size == (1512, 552)
    assert (pixels(path, style.CYCLE[0]) > 300) == (n > 0)
    assert (pixels(path, style.CYCLE[6]) > 300) == (n >= BEST)
    in_legend = is_colour(path, GREY, 3)[:, -160:]  # as a line, not as the edge of a letter
    assert (in_legend.sum(axis=1).max() > 20) == (n > COLOURED)


@pytest.mark.parametrize("label", ["a", "W" * 60])
def test_panels_and_legend_fill_the_width(tmp_path, label):
    path = draw_comparison([Line(label, [history()], "90 %")] * 12, tmp_path / "c.png")
    inked = ~is_colour(path, "white", 3).all(axis=0)
    assert not inked[-4:].any()  # nothing is cut off
    empty = np.diff(np.flatnonzero(inked)).max() - 1
    assert empty < 60, f"{empty} columns are empty"


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    "columns",
    [
        history(1),
        history(3, validation=False),
        {k: np.full(4, NAN) for k in history()} | {"epoch": np.arange(4.0)},
        {"epoch": np.arange(3.0)},
        {k: v[:0] for k, v in history().items()},
        history() | {"val_loss": np.array([0.5, NAN] * 5)},
        history() | {"val_loss": np.geomspace(1, 1e30, 10)},
        history() | {"val_accuracy": np.ones(10)},
        history() | {"val_loss": np.zeros(10), "train_loss": np.zeros(10)},
    ],
    ids=[
        "1 epoch",
        "no val",
        "nan",
        "no columns",
        "no rows",
        "gaps",
        "explodes",
        "perfect",
        "zero",
    ],
)
def test_odd_histories(tmp_path, columns):
    for lines in ([Line("odd", [columns])], [Line("odd", [columns, columns]), *many(2)]):
        assert draw_comparison(lines, tmp_path / "c.png").exists()


def numbers(level):
    columns = history(level=level)
    error = 4e4 * columns["val_loss"]
    kept = {name: columns[name] for name in ("epoch", "train_loss", "val_loss")}
    return kept | {"val_rmse": error, "val_r2": 1 - columns["val_loss"]}


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("metric", ["val_rmse", "test_r2", "val_loss", "timings.total_seconds"])
def test_any_metric(tmp_path, metric):
    lines = [Line(f"{i}", [numbers(0.9 - i / 20)], "3.1") for i in range(3)]
    path = draw_comparison(lines, tmp_path / "c.png", "title", metric)
    right = is_colour(path, style.CYCLE[0])[:, 760:1250]
    assert right.sum() > 300


def test_a_loss_alone_has_the_whole_width(tmp_path):
    columns = {name: history()[name] for name in ("epoch", "train_loss", "val_loss")}
    path = draw_comparison([Line("a", [columns], "0.1")], tmp_path / "c.png")
    assert is_colour(path, style.CYCLE[0])[:, 760:1250].sum() > 300


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_kinds_of_files(tmp_path, suffix):
    path = draw_comparison(many(15), tmp_path / f"c.{suffix}")
    start = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xm"}[suffix]
    assert path.read_bytes()[:4] == start


def test_mean_and_band_by_hand():
    """Seeds of different length: the mean goes as far as half of them have come."""
    line = Line("", [{"epoch": np.arange(1.0, n + 1), "val_loss": np.full(n, v)} for n, v in
                     ((4, 1.0), (3, 2.0), (2, 6.0))])  # fmt: skip
    curve = _curve(line, "val_", "loss")
    assert curve.x.tolist() == [1, 2, 3]
    assert curve.y.tolist() == [3, 3, 1.5]
    assert curve.spread == pytest.approx([7**0.5, 7**0.5, 0.5**0.5])
    alone = _curve(Line("", line.histories[:1]), "val_", "loss")
    assert alone.spread is None
    assert _curve(line, "val_", "accuracy") is None


@pytest.mark.parametrize(
    ("accuracies", "better"),
    [([0.5, 0.98], True), ([0.97, 0.98], False), ([0.2, 0.6], False), ([1.0, 1.0], False)],
)
def test_error_on_a_log_axis_when_that_reads_better(accuracies, better):
    history = {"epoch": np.arange(2.0), "val_accuracy": np.array(accuracies)}
    assert _error_reads_better([_curve(Line("", [history]), "val_", "accuracy")]) is better
