"""``predict RUN --page``: what goes into the page of a run's data, and how columns are encoded."""

import json
import re

import pytest
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.inference.draw_and_see import PICTURES
from mlp_scratch.predict import main


@pytest.fixture
def pictures(tmp_path):
    """A run on small pictures of three classes."""
    folder = tmp_path / "run"
    begin(tiny_config(write_data(tmp_path), ["training.epochs=1"]), folder)
    return folder


def data_in(path):
    text = path.read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))


def test_the_first_test_picture_of_each_class_and_so_on(pictures, tmp_path, capsys):
    page = tmp_path / "draw.html"
    assert main([str(pictures), "--page", str(page)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"page: {page} ({page.stat().st_size:,} bytes)"
    assert "read as figures on paper" in lines[0]
    said = data_in(page)["input"]
    assert said["truths"] == ["0", "1", "2"] * (PICTURES // 3)
    assert (said["shape"], said["pixels"], said["centred"]) == ([8, 8, 1], [0, 255], True)


def test_without_its_data_a_run_still_has_a_page(pictures, tmp_path, capsys):
    (tmp_path / "tiny.npz").unlink()
    page = tmp_path / "draw.html"
    assert main([str(pictures), "--page", str(page)]) == 0
    assert "no test rows to start from: " in capsys.readouterr().out
    assert data_in(page)["input"]["examples"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--page", "draw.png"], "--page draw.png: a page's name ends in .html"),
        (["--page", "d.html", "7.png"], "--page d.html: takes no file beside it, got 7.png"),
        (["--page", "no/such/file/x.html"], None),
    ],
)
def test_a_wrong_name(pictures, capsys, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status = main([str(pictures), *words])
    assert status == (0 if message is None else 2)
    assert capsys.readouterr().err == ("" if message is None else f"error: {message}\n")
