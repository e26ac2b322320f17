"""What holds for the web files of every page."""

import json
from importlib.resources import files

import pytest

from mlp_scratch.report.compare_page.compare_page import SCRIPTS as OF_COMPARING
from mlp_scratch.report.draw_page.draw_page import SCRIPTS as OF_DRAWING
from mlp_scratch.report.one_file_page import SHARED_SCRIPTS, to_script_json

REPORT = files("mlp_scratch.report")
ROOMS = {
    REPORT / "web": SHARED_SCRIPTS,
    REPORT / "compare_page" / "web": OF_COMPARING,
    REPORT / "draw_page" / "web": OF_DRAWING,
}


@pytest.mark.parametrize("path", [p for room in ROOMS for p in room.iterdir()], ids=str)
def test_the_scripts_only_ever_write_text(path):
    source = path.read_text("utf-8")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(",
                      "Function(", "fetch(", "XMLHttp", "import(", "srcdoc", "javascript:",
                      "localStorage", "</script><", "DOMParser"):  # fmt: skip
        assert forbidden not in source
    assert source.count("\n") <= 300


@pytest.mark.parametrize("room", ROOMS, ids=str)
def test_every_script_is_in_the_page(room):
    assert {p.name for p in room.iterdir() if p.name.endswith(".js")} == {*ROOMS[room]}


EVIL = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>&amp;\u2028\u2029"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_has_no_word_for_nan(value):
    with pytest.raises(ValueError):  # noqa: PT011  (the words are json's)
        to_script_json({"x": value})


def test_json_survives_the_trip():
    data = {"a<b>&": [EVIL, "\udc80 ü 漢", None, 1.5, "{{script}}"]}
    assert json.loads(to_script_json(data)) == data
