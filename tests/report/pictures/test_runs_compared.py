"""The picture of runs: averaged over seeds, named by what varies."""

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.runs_compared import draw_runs, lines_of_groups, lines_of_runs
from mlp_scratch.runs.reader import read_runs


def is_colour(path, colour, tolerance=10):
    """Which pixels below the headline have it."""
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)[100:]
    wanted = np.round(255 * np.array(to_rgb(colour)))
    return np.abs(picture - wanted).max(axis=-1) < tolerance


def pixels(path, colour):
    return int(is_colour(path, colour).sum())


def test_the_picture_of_a_sweep_averages_over_seeds(runs):
    for seed in range(3):
        for lr in (0.1, 0.01):
            runs.add(f"{lr}-{seed}", 0.95 + lr / 2, seed=seed, optim__lr=lr)
    (runs.root / "0.1-0" / "metrics.csv").write_text("epoch\nx\n")  # damaged: left out
    path = draw_runs(read_runs(runs.root), runs.root / "comparison.png")
    assert pixels(path, style.CYCLE[1]) > 300
    assert pixels(path, style.CYCLE[2]) == 0  # two settings, not six runs


def test_lines_of_runs_are_named_by_what_varies(runs):
    runs.add("a", 0.9, optim__lr=0.1)
    runs.add("b", 0.95, optim__lr=0.2)
    lines = lines_of_runs(read_runs(runs.root), "val_accuracy")
    assert [(line.label, line.result) for line in lines] == [
        ("lr 0.1", "90.00 %"), ("lr 0.2", "95.00 %"),
    ]  # fmt: skip


def test_lines_of_groups_tell_their_spread(runs):
    from mlp_scratch.report.tables.groups import group_runs

    for seed, level in enumerate((0.9, 0.92)):
        runs.add(str(seed), level, seed=seed)
    (line,) = lines_of_groups(
        group_runs(read_runs(runs.root), ["seed"], "val_accuracy"), "val_accuracy"
    )
    assert (line.label, line.result, len(line.histories)) == ("all runs", "91.00 ± 1.41 %", 2)


def test_nothing_to_draw(runs):
    runs.add("a", status="failed", epochs=0)
    assert draw_runs(read_runs(runs.root), runs.root / "c.png") is None
    assert not (runs.root / "c.png").exists()
