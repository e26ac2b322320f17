"""What holds for the web files of every page."""

from importlib.resources import files

import pytest

from mlp_scratch.report.compare_page.compare_page import SCRIPTS as OF_COMPARING
from mlp_scratch.report.draw_page.draw_page import SCRIPTS as OF_DRAWING
from mlp_scratch.report.one_file_page import SHARED_SCRIPTS

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
