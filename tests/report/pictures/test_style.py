import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from matplotlib import rc_context
from PIL import Image

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.confusion import confusion_sheet
from mlp_scratch.report.pictures.curves import curves_figure
from mlp_scratch.runs.metrics_file import to_columns


def draw_confusion_matrix(counts, names, path):
    return confusion_sheet(counts, names).write(path)


def draw_curves(rows, path, title="", **more):
    return style.write(curves_figure(to_columns(rows), title, **more), path)


@pytest.mark.parametrize(
    ("text", "width", "drawn"),
    [
        ("a_b", None, "a_b"),
        ("$x_1$", None, r"\$x_1\$"),
        ("costs 5$", None, r"costs 5\$"),
        ("two\nlines\tand  spaces", None, "two lines and spaces"),
        ("überlänge", None, "überlänge"),
        ("a\x00b\ue000", None, "a□b□"),
        ("abcdef", 4, "abc…"),
        ("abcd", 4, "abcd"),
        (7, None, "7"),
    ],
)
def test_plain_text(text, width, drawn):
    assert style.plain(text, width) == drawn


@pytest.mark.parametrize(
    ("share", "shown"),
    [(1.0, "100 %"), (0.9762, "97.62 %"), (0.99996, "99.9960 %"), (0.0, "0.00 %")],
)
def test_percent_never_rounds_up_to_all(share, shown):
    assert style.percent(share) == shown


def drawn_with(text, tmp_path):
    figure = style.new_figure(3, 1)
    figure.text(0.1, 0.5, text)
    return style.write(figure, tmp_path / "text.png").read_bytes()


def test_dollar_and_underscore_are_letters_not_mathematics(tmp_path):
    as_math = drawn_with("$x_1$", tmp_path)
    as_letters = drawn_with(style.plain("$x_1$"), tmp_path)
    assert as_math != as_letters
    with rc_context({"text.parse_math": False}):
        assert as_letters == drawn_with(r"$x_1$", tmp_path)


def test_a_users_matplotlib_settings_change_nothing(tmp_path):
    """... which a notebook's plt.style.use() would otherwise do."""

    def bytes_of_pictures():
        matrix = draw_confusion_matrix([[8, 2], [1, 9]], "ab", tmp_path / "matrix.png")
        rows = [{"epoch": e, "train_loss": 1 / e, "train_accuracy": 1 - 0.1 / e} for e in (1, 2, 3)]
        curves = draw_curves(rows, tmp_path / "curves.png", "run", best_epoch=2)
        return matrix.read_bytes(), curves.read_bytes()

    usual = bytes_of_pictures()
    theirs = {"font.family": ["serif"], "figure.facecolor": "black", "text.color": "white"}
    axes = {"axes.facecolor": "black", "axes.grid": False, "axes.edgecolor": "white"}
    with rc_context(theirs | axes | {"figure.dpi": 30, "lines.linewidth": 5, "xtick.top": True}):
        assert bytes_of_pictures() == usual


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_write_leaves_one_whole_file_and_the_same_bytes_each_time(tmp_path, suffix):
    def once():
        figure = style.new_figure(2, 1, "title")
        return style.write(figure, tmp_path / "new" / f"picture{suffix}").read_bytes()

    first = once()
    assert {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}[suffix] == first[:4] + (
        first[4:5] if suffix == ".svg" else b""
    )
    assert [p.name for p in (tmp_path / "new").iterdir()] == [f"picture{suffix}"]
    if suffix != ".svg":  # svg carries random ids for its clip paths
        assert once() == first


def test_a_failed_write_keeps_the_old_picture(tmp_path, monkeypatch):
    target = tmp_path / "picture.png"
    target.write_bytes(b"old")
    monkeypatch.setattr(Image.Image, "save", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        style.write(style.new_figure(1, 1), target)
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["picture.png"]


@pytest.mark.slow
def test_pictures_can_be_drawn_in_several_threads_at_once(tmp_path):
    table = np.arange(100).reshape(10, 10)
    names = [f"class {i} ü" for i in range(10)]
    alone = draw_confusion_matrix(table, names, tmp_path / "alone.png").read_bytes()
    threads = [
        threading.Thread(target=draw_confusion_matrix, args=(table, names, tmp_path / f"{i}.png"))
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(tmp_path / f"{i}.png").read_bytes() == alone for i in range(4)] == [True] * 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "kept"),
    [
        ("tkagg", True),
        ("module://matplotlib_inline.backend_inline", True),
        ("module://nothing.of.the.kind", True),
        ("no such backend", False),
        ("", False),
    ],
)
def test_no_display_no_pyplot_no_backend(tmp_path, backend, kept):
    """Whatever backend is set in the environment: it is never asked for, and the user's own
    drawing gets it afterwards, if matplotlib knows it."""
    code = """
import os, sys
from pathlib import Path
from mlp_scratch.report.pictures import confusion, curves, images, sheet, style
from mlp_scratch.runs.metrics_file import to_columns
for kind in "png", "pdf", "svg":
    target = Path(f"{sys.argv[1]}.{kind}")
    columns = to_columns([{"epoch": 1, "train_loss": 1.0, "train_accuracy": 0.5}])
    style.write(curves.curves_figure(columns), target)
import matplotlib
asked = os.environ["MPLBACKEND"]
kept = dict.__getitem__(matplotlib.rcParams, "backend") == asked
sys.exit(10 * ("matplotlib.pyplot" in sys.modules) + kept)
"""
    environment = {k: v for k, v in os.environ.items() if k != "DISPLAY"} | {"MPLBACKEND": backend}
    target = tmp_path / "curves"
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (int(kept), "")
    assert Image.open(target.with_suffix(".png")).size == (1152, 480)
