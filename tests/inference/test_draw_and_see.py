"""``predict RUN --page``: what goes into the page of a run's data, and how columns are encoded."""

import json
import re

import numpy as np
import pytest
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.inference.draw_and_see import PICTURES, _values
from mlp_scratch.inference.run_data import test_data as data_of
from mlp_scratch.inference.trained_features import features_of
from mlp_scratch.predict import main
from mlp_scratch.report.draw_page.inputs_as_json import _value, codes_of
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network


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


def write_table(path):
    """Numbers, one with gaps, one of 1.7e9; words, of which some are rare; dates; a label."""
    rng, n = np.random.default_rng(0), 400
    a, colour = rng.normal(size=n), rng.choice(["red", "green", "blue"], n).astype(object)
    colour[:2] = ["mauve", "ochre"]
    gap = rng.random(n) < 0.2
    when = np.datetime64("2020-01-15") + rng.integers(0, 900, n)
    lines = ["size,weight,seconds,colour,when,label"]
    for i in range(n):
        weight = "" if gap[i] else f"{rng.normal(70, 9):.1f}"
        word = "" if i % 9 == 4 else colour[i]
        label = "yes" if a[i] + (colour[i] == "red") > 0 else "no"
        lines.append(f"{a[i]:.4f},{weight},{1_700_000_000 + i % 77},{word},{when[i]},{label}")
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.slow
def test_the_columns_of_a_table_are_encoded_as_in_training(tmp_path, run_command, quiet, capsys):
    write_table(tmp_path / "table.csv")
    words = ["data=csv", "data.path=table.csv", "data.label=label", "model.layers=[null,8,null]"]
    done = run_command("train", *words, "hydra.run.dir=run", "training.batch_size=32")
    assert done.returncode == 0, done.stderr
    page, folder = tmp_path / "draw.html", RunFolder(tmp_path / "run")
    words = [str(folder.path), f"data.path={tmp_path / 'table.csv'}", "--page", str(page)]
    assert main(words) == 0, capsys.readouterr().err

    trained = load_network(folder)
    dataset = data_of(folder, trained, [words[1]])
    x, codes = np.concatenate([dataset.x_train, dataset.x_test]), codes_of(trained)
    rows = _values(trained, dataset, x)
    assert {None, "red", "mauve", "ochre"} <= {row[3] for row in rows}
    levels = [[*map(_value, codes, row)] for row in rows]
    quiet.get(page.as_uri())
    ours = features_of(trained, x, dataset.columns, dataset.offset, "x").astype(np.float64)
    script = "return arguments[0].map((row) => window.mlp.encoded(row))"
    np.testing.assert_allclose(quiet.execute_script(script, levels), ours, rtol=1e-6, atol=1e-6)
    kinds = {column["kind"] for column in data_in(page)["input"]["columns"]}
    assert kinds == {"number", "category", "date"}

    before = quiet.find_element("css selector", ".best .value").text
    quiet.execute_script("""
        const slider = document.querySelector("#movers input[type=range]");
        slider.value = arguments[0];
        slider.dispatchEvent(new Event("input"));
    """, 0.0)  # fmt: skip
    quiet.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert quiet.find_element("css selector", ".best .value").text != before
