"""``inspect RUN`` as a user types it: findings, and the rows whose label is doubtful."""

import csv
import shutil

import numpy as np
import pytest
from PIL import Image
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.inspect import main


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs on pictures and on a table, a number's too."""
    folder = tmp_path_factory.mktemp("diagnosed")
    begin(tiny_config(write_data(folder)), folder / "digits")
    rng = np.random.default_rng(0)
    lines = [
        f"{x:.3f},{'ab'[i % 2]},{'yes' if x > 0 else 'no'}\n"
        for i, x in enumerate(rng.normal(size=200))
    ]
    (folder / "table.csv").write_text("x,w,y\n" + "".join(lines))
    words = ["data=table", "data.label=y", "model.layers=[null,8,null]"]
    begin(tiny_config(folder / "table.csv", words), folder / "table")
    words = ["data=table", "data.label=x", "model.layers=[null,8,null]"]
    begin(tiny_config(folder / "table.csv", words), folder / "number")
    return folder


def say(runs, capsys, *words):
    """The status, what was printed, and the error."""
    status = main([str(runs / words[0]), *words[1:]])
    out, error = capsys.readouterr()
    return status, out, error


def test_findings_and_what_is_missing(runs, capsys):
    status, out, _ = say(runs, capsys, "table")
    assert status == 0
    assert out.startswith(("1. ", f"{runs / 'table'}: nothing stands out"))
    shutil.copytree(runs / "table", runs / "old")
    (runs / "old" / "layers.csv").unlink()
    status, out, _ = say(runs, capsys, "old")
    assert status == 0
    assert "note: no layers.csv: nothing is said of layers" in out


def test_pictures_whose_label_is_doubtful(runs, capsys):
    status, out, _ = say(runs, capsys, "digits", "diagnosis", "labels")
    assert status == 0
    assert "labels to look at, most doubtful first: " in out
    with open(runs / "digits" / "suspicious.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert 0 < len(rows) <= 20
    with np.load(runs / "tiny.npz") as arrays:
        for row in rows:
            part = "test" if row["part"] == "test" else "train"
            assert row["given"] == str(arrays[f"y_{part}"][int(row["row"]) - 1]) != row["predicted"]
    with Image.open(runs / "digits" / "suspicious.png") as picture:
        assert picture.size[0] > 700


def test_rows_of_a_table_come_with_their_columns(runs, capsys):
    say(runs, capsys, "table", "diagnosis", "labels")
    with open(runs / "table" / "suspicious.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {tuple(line.split(",")[:2]) for line in (runs / "table.csv").read_text().split()}
    assert rows
    assert {(f"{float(row['x']):.3f}", row["w"]) for row in rows} <= known
    assert not (runs / "table" / "suspicious.png").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("digits", "diagnosis", "label"), "label: the only word that follows is labels"),
        (("number", "diagnosis", "labels"), "labels: only of classes"),
    ],
)
def test_a_mistake_is_answered_in_a_line(runs, capsys, words, message):
    status, _, error = say(runs, capsys, *words)
    assert status != 0
    assert message in error
