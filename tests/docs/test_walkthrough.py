"""The notebook runs from top to bottom, and what it shows is what it was last run with."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "walkthrough.ipynb"


def code_cells():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_its_code_runs(tmp_path):
    """As a plain script, so that no notebook package is needed; its own asserts do the judging."""
    script = tmp_path / "walkthrough.py"
    lines = ["import matplotlib", "matplotlib.use('Agg')"]
    lines += ["".join(cell["source"]) for cell in code_cells()]
    script.write_text("\n\n".join(lines), "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "epoch 5: loss" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["walkthrough.py"]


def test_its_outputs_are_there_whole_and_small():
    cells = code_cells()
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = [output["output_type"] for cell in cells for output in cell["outputs"]]
    assert "error" not in kinds
    assert sum("image/png" in json.dumps(cell["outputs"]) for cell in cells) >= 4
    assert NOTEBOOK.stat().st_size < 300_000


@pytest.mark.slow
def test_it_runs_as_a_notebook(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="the extra 'notebook' is not installed")
    nbclient = pytest.importorskip("nbclient", reason="the extra 'notebook' is not installed")
    pytest.importorskip("ipykernel", reason="the extra 'notebook' is not installed")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
