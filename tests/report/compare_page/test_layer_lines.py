"""What runs recorded of their layers, as the page holds it and as a reader sees it."""

import json

import numpy as np
import pytest
from layer_tables import EPOCHS, write_table

from mlp_scratch.report.compare_page import layer_lines
from mlp_scratch.report.compare_page.compare_page import write_compare_page
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.runs.reader import read_runs


def test_lines_are_the_records(runs):
    table = write_table(runs.add("a", 0.9), 3)
    runs.add("b", 0.8)
    data = page_data(read_runs(runs.root))
    lines = data["runs"][0]["layers"]
    assert (lines["epochs"], lines["layers"], lines["of"]) == (EPOCHS.tolist(), [1, 2, 3], 3)
    for name, ours in lines["values"].items():
        made = np.array([[np.nan if v is None else v for v in line] for line in ours])
        np.testing.assert_allclose(made, table[name].T, rtol=1e-3)
    assert "saturated" not in lines["values"]
    names = [quantity["name"] for quantity in data["layer_quantities"]]
    assert names[:3] == ["grad_norm", "update_ratio", "dead"]
    assert "saturated" not in names
    assert data["runs"][1]["layers"] is None


@pytest.mark.parametrize("text", ["", "nonsense", "epoch,layer\n0,1\n"])
def test_damaged_records_are_none(runs, text):
    (runs.add("a", 0.9) / "layers.csv").write_text(text)
    data = page_data(read_runs(runs.root))
    assert (data["runs"][0]["layers"], data["layer_quantities"]) == (None, [])


def test_they_keep_within_their_room(runs, monkeypatch):
    for name, level in (("a", 0.9), ("b", 0.8)):
        write_table(runs.add(name, level), 30)
    data = page_data(read_runs(runs.root))
    lines = data["runs"][0]["layers"]
    assert (len(lines["layers"]), lines["layers"][-1], lines["of"]) == (12, 30, 30)
    size = len(json.dumps(lines["values"]))
    assert size < 12 * 4 * 9 * 9
    monkeypatch.setattr(layer_lines, "MOST_NUMBERS", 12 * 4 * 9)
    data = page_data(read_runs(runs.root))
    assert [run["layers"] is None for run in data["runs"]] == [False, True]
    assert "layers of runs far down" in data["notes"][0]


@pytest.fixture
def page(browser, runs, tmp_path):
    """The page of two runs with records, of 3 and 2 layers, and one without."""
    write_table(runs.add("deep", 0.9), 3)
    write_table(runs.add("flat", 0.8), 2)
    runs.add("without", 0.7)
    browser.get(write_compare_page(read_runs(runs.root), tmp_path / "report.html").as_uri())
    yield browser
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def js(browser, expression):
    return browser.execute_script(f"return {expression}")


def choose(browser, which, value):
    browser.execute_script(
        "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
        "e.dispatchEvent(new Event('change'))",
        *(which, value),
    )


def lines(browser):
    return [
        int(js(browser, f"document.querySelector('#layers-{host} canvas').dataset.lines"))
        for host in ("one", "all")
    ]


@pytest.mark.slow
def test_one_run_and_the_selected_ones(page):
    assert lines(page) == [3, 5]
    assert "1 selected without records" in js(
        page, "document.getElementById('layers-said').innerText"
    )
    assert js(page, "document.getElementById('layer-log').checked")
    entries = "[...document.querySelectorAll('#layer-legend .pick')].map((e) => e.innerText.trim())"
    assert js(page, entries) == ["layer 1", "layer 2", "layer 3 (output)"]
    choose(page, "layer-number", "2")
    assert lines(page) == [3, 2]
    choose(page, "layer-number", "3")
    assert lines(page) == [3, 1]
    choose(page, "layer-number", "output")
    assert lines(page) == [3, 2]
    choose(page, "layer-quantity", "dead")  # which an output is not
    assert lines(page) == [2, 0]
    assert not js(page, "document.getElementById('layer-log').checked")
    choose(page, "layer-quantity", "update_ratio")  # and the rule of thumb
    assert lines(page) == [4, 3]
    page.execute_script("document.querySelector('#run-on').click()")
    assert lines(page) == [3, 3]
    page.execute_script("document.querySelector('#select-none').click()")
    assert lines(page) == [3, 0]


@pytest.mark.slow
def test_the_keyboard_reads_a_value(page):
    page.execute_script(
        "const c = document.querySelector('#layers-one canvas'); c.focus();"
        "for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft'])"
        "  c.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    )
    said = js(page, "document.getElementById('said').textContent")
    assert "layer 1\ngradient norm 0." in said
    assert said.endswith("epoch 0")


def test_without_records_there_is_no_such_part(browser, runs, tmp_path):
    runs.add("without", 0.7)
    browser.get(write_compare_page(read_runs(runs.root), tmp_path / "report.html").as_uri())
    assert js(browser, "document.documentElement.dataset.ready") == "yes"
    assert js(browser, "[...document.querySelectorAll('[href=\"#layers\"], #layers')]"
                       ".every((e) => e.hidden)")  # fmt: skip
