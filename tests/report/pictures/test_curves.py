import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import curves_figure, frame_values, log_ticks
from mlp_scratch.runs.metrics_file import read_metrics, to_columns


def draw_curves(rows, path, title="", **more):
    return style.write(curves_figure(to_columns(rows), title, **more), path)


NAN = float("nan")


def history(epochs, **override):
    rows = []
    for epoch in range(1, epochs + 1):
        loss = 0.05 + np.exp(-epoch)
        rows.append(
            {
                "epoch": epoch,
                "train_loss": loss,
                "train_accuracy": 1 - loss / 3,
                "val_loss": loss + 0.02,
                "val_accuracy": 0.99 - loss / 3,
            }
        )
    return rows


def without_validation(rows):
    return [{k: v for k, v in row.items() if not k.startswith("val")} for row in rows]


def pixels_of(path, colour):
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
    wanted = np.round(255 * np.array(to_rgb(colour)))
    return int((np.abs(picture - wanted).max(axis=-1) < 12).sum())


def diverged(rows):
    for row in rows[-2:]:
        row.update(train_loss=NAN, val_loss=NAN, val_accuracy=NAN)
    rows[-3]["train_loss"] = 1e30
    return rows


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("rows", "train", "validation"),
    [
        (history(1), True, True),
        (history(10), True, True),
        (history(2000), True, True),
        (without_validation(history(10)), True, False),
        (diverged(history(8)), True, True),
        ([dict.fromkeys(history(1)[0], NAN) | {"epoch": 1}], False, False),
        ([], False, False),
    ],
    ids=["1", "10", "2000", "no validation", "diverged", "only nan", "empty"],
)
def test_the_lines_that_there_are(tmp_path, rows, train, validation):
    path = draw_curves(rows, tmp_path / "curves.png", "run", best_epoch=1)
    assert Image.open(path).size == (1152, 480)
    assert (pixels_of(path, style.TRAIN) > 30) == train
    assert (pixels_of(path, style.VALIDATION) > 30) == validation


def test_best_epoch_is_marked(tmp_path):
    marked = draw_curves(history(10), tmp_path / "a.png", best_epoch=6)
    unmarked = draw_curves(history(10), tmp_path / "b.png")
    assert pixels_of(marked, style.VALIDATION) > pixels_of(unmarked, style.VALIDATION) + 40


def test_what_sets_the_training_loss_apart_is_mentioned(tmp_path):
    plain = draw_curves(history(10), tmp_path / "a.png")
    smoothed = draw_curves(history(10), tmp_path / "b.png", training_differs="labels smoothed")
    ink = [
        (np.asarray(Image.open(path).convert("L"))[30:60] < 200).sum() for path in (plain, smoothed)
    ]
    assert ink[1] > ink[0] + 100


def test_a_third_line_leaves_the_titles_alone(tmp_path):
    def title(rows):
        path = draw_curves(rows, tmp_path / "c.png")
        return np.asarray(Image.open(path).convert("L"))[70:90, 80:180]

    rows = history(10)
    three = [row | {"train_eval_loss": 0.1, "train_eval_accuracy": 0.9} for row in rows]
    np.testing.assert_array_equal(title(rows), title(three))


def test_validation_every_second_epoch_is_a_joined_line(tmp_path):
    rows = history(100)
    for row in rows[::2]:
        row["val_loss"] = row["val_accuracy"] = NAN
    path = draw_curves(rows, tmp_path / "curves.png")
    assert pixels_of(path, style.VALIDATION) > 800


def test_from_a_file_as_from_rows(tmp_path):
    rows = history(5)
    csv = tmp_path / "metrics.csv"
    lines = [",".join(rows[0])] + [",".join(map(repr, map(float, r.values()))) for r in rows]
    csv.write_text("\n".join(lines) + "\n")
    by_file = style.write(curves_figure(read_metrics(csv), "t"), tmp_path / "a.png").read_bytes()
    assert by_file == draw_curves(rows, tmp_path / "b.png", "t").read_bytes()


@pytest.mark.parametrize(
    ("values", "quantity", "scale", "inside", "note"),
    [
        ([0.9, 0.5, 0.3], "loss", "linear", (0.3, 0.9), None),
        ([5.0, 0.5, 0.05], "loss", "log", (0.05, 5.0), "log scale"),
        ([1.0, 0.0], "loss", "log", (1.0, 1.0), "log scale"),
        ([0.0, 0.0], "loss", "linear", (0.0, 0.0), None),
        ([0.4] + [0.1, 0.11] * 50, "loss", "linear", (0.1, 0.11), "highest 0.4 not shown"),
        ([0.1] + [0.97, 0.98] * 50, "accuracy", "linear", (0.97, 0.98), "lowest 10.0 % not shown"),
        ([0.8, 0.9, 0.95], "accuracy", "linear", (0.8, 0.95), None),
        ([1.0, 1.0], "accuracy", "linear", (1.0, 1.0), None),
        ([0.5], "accuracy", "linear", (0.5, 0.5), None),
        ([9.0, 5.0, 3.0], "rmse", "linear", (0.0, 9.0), None),  # falls far: from 0
        ([3.3, 3.2, 3.1], "rmse", "linear", (3.1, 3.3), None),
        ([500.0, 5.0, 3.0], "mae", "log", (3.0, 500.0), "log scale"),
        ([-0.2, 0.5, 0.8], "r2", "linear", (-0.2, 0.8), None),
        ([-60.0, 0.1, 0.8], "r2", "linear", (-0.1, 0.8), "lowest -60 not shown"),
        ([-60.0, -3.0, -2.0], "r2", "linear", (-60.0, -2.0), None),
        ([3.0, -1.0, -2.0], "loss", "linear", (-2.0, 3.0), None),  # of densities
    ],
)
def test_frame_shows_what_matters(values, quantity, scale, inside, note):
    ax = style.new_figure(4, 3).add_subplot()
    said = frame_values(ax, [np.array(values)], quantity)
    low, high = ax.get_ylim()
    assert ax.get_yscale() == scale
    assert low <= inside[0] <= inside[1] <= high
    assert low < high
    assert said == note
    if scale == "linear" and note:
        assert high - low < 3 * (inside[1] - inside[0])
    if quantity == "accuracy":
        assert high < 1.05
    percent = ax.yaxis.get_major_formatter()(0.5, 0).endswith("%")
    assert percent == (quantity == "accuracy")


def regression(epochs, scale=1.0, trained=False):
    """What a regression writes: no metric of the training batches but their loss."""
    rows = []
    for row in history(epochs):
        kept = {name: row[name] for name in ("epoch", "train_loss", "val_loss")}
        error = scale * row["val_loss"] ** 0.5
        rows.append(kept | {"val_rmse": error, "val_r2": 1 - row["val_loss"]})
        rows[-1] |= {"train_eval_rmse": 0.9 * error} if trained else {}
    return rows


def halves(path):
    """The colours of the lines in the left and in the right panel."""
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)[90:]
    found = []
    for half in (picture[:, :570], picture[:, 600:]):
        for colour in (style.TRAIN, style.SKY, style.VALIDATION):
            wanted = np.round(255 * np.array(to_rgb(colour)))
            found.append(int((np.abs(half - wanted).max(axis=-1) < 12).sum()) > 30)
    return found


def test_a_regression_has_its_error_beside_the_loss(tmp_path):
    path = draw_curves(regression(10), tmp_path / "a.png", best_epoch=4, monitor="val_rmse")
    assert halves(path) == [True, False, True, False, False, True]
    path = draw_curves(regression(10, 1e4, True), tmp_path / "b.png", monitor="val_loss")
    assert halves(path) == [True, False, True, False, True, True]


def test_what_the_run_went_by_is_drawn(tmp_path):
    by_r2 = draw_curves(regression(10), tmp_path / "a.png", monitor="val_r2").read_bytes()
    assert by_r2 != draw_curves(regression(10), tmp_path / "b.png").read_bytes()


def test_a_loss_alone_has_the_whole_width(tmp_path):
    rows = [{"epoch": e, "train_loss": 1 / e} for e in range(1, 9)]
    assert halves(draw_curves(rows, tmp_path / "c.png"))[3]


def test_a_long_legend_leaves_the_title_alone(tmp_path):
    def title(**options):
        path = draw_curves(regression(10, **options), tmp_path / "c.png", monitor="val_rmse")
        return np.asarray(Image.open(path).convert("L"))[70:90, 640:720]

    np.testing.assert_array_equal(title(), title(trained=True, scale=1e4))


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.01, 0.2), (0.021, 0.029), (1e-8, 1e8), (0.3, 0.31), (2e-40, 3e35), (5, 5.01)],
)
def test_log_ticks_are_few_and_inside(low, high):
    ticks = log_ticks(low, high)
    assert 2 <= len(ticks) <= 10
    assert low <= ticks[0] < ticks[-1] <= high
