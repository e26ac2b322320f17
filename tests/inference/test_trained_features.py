"""Rows of any origin as a trained network takes them."""

import json
import re

import numpy as np
import pytest

from mlp_scratch.inference.draw_and_see import _values
from mlp_scratch.inference.run_data import test_data as data_of
from mlp_scratch.inference.trained_features import features_of
from mlp_scratch.predict import main
from mlp_scratch.report.draw_page.inputs_as_json import _value, codes_of
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network


def data_in(path):
    text = path.read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))


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
