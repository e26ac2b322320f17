"""docs/tasks.md: its Python runs, its table has every metric, its lines are what is printed."""

import re
import sys
from pathlib import Path

import pytest

from mlp_scratch.config.registry import REGISTRIES
from mlp_scratch.data.load import load_dataset
from mlp_scratch.engine.metrics import METRICS

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text("utf-8")


@pytest.fixture
def code(tmp_path, monkeypatch):
    """The page's Python, in a folder that has the files which it names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for block in blocks:
        if name := re.match(r"# (\w+\.py)\n", block):
            Path(name[1]).write_text(block)
    exec(compile(blocks[0], "tables.py", "exec"), {})
    return blocks


def test_the_code_runs(code, monkeypatch):
    monkeypatch.delitem(sys.modules, "log_cosh", raising=False)
    monkeypatch.setitem(REGISTRIES["loss"], "log_cosh", None)  # taken out again afterwards
    names: dict = {}
    for block in code[1:]:
        if "sklearn" in block:
            pytest.importorskip("sklearn")
        exec(compile(block, "docs/tasks.md", "exec"), names)
    assert names["scores"]["r2"] > 0.6
    assert names["quantiles"].shape == (2000, 1, 3)
    assert names["net"].config.loss == {"name": "log_cosh", "sharpness": 2.0}
    assert names["r2"].mean() > 0.6


@pytest.mark.parametrize(
    ("file", "label"),
    [
        ("air", "air"),
        ("power", "power"),
        ("energy", ["power", "gas"]),
        ("calls", "calls"),
        ("devices", "fan"),
        ("devices", ["fan", "heater", "lamp"]),
    ],
)
@pytest.mark.usefixtures("code")
def test_the_lines_are_what_is_printed(file, label):
    data = load_dataset(
        "csv", dir=Path(), cache_dir=None, download=False, path=f"{file}.csv", label=label
    )
    notes = [note for note in data.notes if not note.startswith("read as: ")]
    assert notes
    assert all(f"`{note}`" in PAGE for note in notes)


def test_the_table_has_every_metric():
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \| (min|max) \| (\w+) \|", PAGE, re.M)
    found = {name: (tuple(tasks.split(", ")), better, unit) for name, tasks, better, unit in rows}
    assert found == {name: (m.tasks, m.better, m.unit) for name, m in METRICS.items()}
