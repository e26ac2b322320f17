import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.curves import draw_curves, frame_values

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


def test_smoothed_labels_are_mentioned(tmp_path):
    plain = draw_curves(history(10), tmp_path / "a.png")
    smoothed = draw_curves(history(10), tmp_path / "b.png", label_smoothing=0.1)
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
    by_file = draw_curves(csv, tmp_path / "a.png", "t").read_bytes()
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
