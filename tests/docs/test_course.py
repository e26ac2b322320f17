"""The course runs from top to bottom, shows what it was last run with, and quotes the laboratory.

What a notebook defines under the name of a class or function of ``mlp_scratch.nn`` must be that
class or function, statement by statement; comments, docstrings, annotations and the checks of
arguments apart.
"""

import ast
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

COURSE = Path(__file__).parents[2] / "docs" / "course"
NAMES = ("1_network", "2_training", "3_laboratory")
SUBJECTS = {
    "1_network": "weight bias sigmoid loss cross-entropy slope gradient chain rule "
    "backpropagation ReLU softmax logits nudge gradient check",
    "2_training": "stochastic momentum Adam variance saturated dead dropout "
    "batch normalization overfitting underfitting validation early stopping test",
    "3_laboratory": "sweep seed validation test mean deviation interval Student pairs sign-flip "
    "Welch p-value",
}
QUOTED = {
    "1_network": {"Dense", "ReLU", "Tanh"},
    "2_training": {"SGD", "Momentum", "Adam", "Dropout", "BatchNorm", "he_normal"},
    "3_laboratory": set(),
}
ALL_SEEDS, A_FEW = "range(100,116)", "range(100,106)"  # ten runs less each: the code is the same
HOMES = ("layers", "activations", "losses", "optimizers", "initializers")
each = pytest.mark.parametrize("name", NAMES)
each_but_quick_ones_are_slow = pytest.mark.parametrize(
    "name", [NAMES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES[1:])]
)


def cells_of(name):
    return json.loads((COURSE / f"{name}.ipynb").read_text("utf-8"))["cells"]


def code_cells(name):
    return [cell for cell in cells_of(name) if cell["cell_type"] == "code"]


def prose(name):
    return "\n\n".join("".join(c["source"]) for c in cells_of(name) if c["cell_type"] == "markdown")


def answers_in(text):
    """The code in the folded answers of a piece of prose."""
    folded = re.findall(r"<details>.*?</details>", text, re.DOTALL)
    return [code for answer in folded for code in re.findall(r"```python\n(.*?)```", answer, re.S)]


def script_of(name):
    """The notebook as plain Python, each answer at its place, in a namespace of its own."""
    lines = ["import matplotlib", "matplotlib.use('Agg')"]
    for cell in cells_of(name):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            lines.append(source)
        else:
            lines += [f"exec({code!r}, dict(globals()))" for code in answers_in(source)]
    return "\n\n".join(lines).replace(ALL_SEEDS, A_FEW)


def test_the_seeds_that_a_script_leaves_out_are_there_to_be_left_out():
    assert script_of("3_laboratory").count(A_FEW) == 1


@each_but_quick_ones_are_slow
def test_its_code_runs_and_so_do_its_answers(name, tmp_path):
    """As a plain script, so that no notebook package is needed; its own asserts do the judging."""
    (tmp_path / "course.py").write_text(script_of(name), "utf-8")
    paths = [str(COURSE), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "course.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["course.py"]


@each
def test_its_outputs_are_there_whole_and_small(name):
    cells = code_cells(name)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 4
    assert (COURSE / f"{name}.ipynb").stat().st_size < 450_000


@each
def test_each_exercise_has_its_answer_folded_below_it(name):
    exercises = prose(name).split("**Exercise ")[1:]
    assert len(exercises) >= 3
    for number, text in enumerate(exercises, 1):
        assert text.startswith(f"{number}.**")
        question, answer = text.split("<details><summary>Answer</summary>\n\n")[:2]
        assert question.strip()
        assert answer.split("</details>")[0].strip()


@each
def test_its_subjects_stand_in_it(name):
    words, text = SUBJECTS[name], " ".join(prose(name).lower().split())
    assert [word for word in words.lower().split() if word not in text] == []


def statement_by_statement(tree):
    """The tree without docstrings, annotations and checks of arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return Plain().visit(tree)


class Plain(ast.NodeTransformer):
    """``x: int = 1`` -> ``x = 1``;  ``in_interval("rate", rate, "[0, 1)")`` -> ``rate``."""

    def visit_AnnAssign(self, node):
        return ast.Assign([node.target], node.value, lineno=0) if node.value else None

    def visit_Call(self, node):
        self.generic_visit(node)
        return node.args[1] if getattr(node.func, "id", "") == "in_interval" else node


def definitions(code):
    body = ast.parse(code).body
    return {d.name: d for d in body if isinstance(d, ast.ClassDef | ast.FunctionDef)}


def in_the_laboratory(name):
    for home in HOMES:
        thing = getattr(importlib.import_module(f"mlp_scratch.nn.{home}"), name, None)
        if thing is not None:
            return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]
    return None


def lines_of(node):
    """{method name: its text}, the function itself under its name."""
    node = statement_by_statement(node)
    functions = node.body if isinstance(node, ast.ClassDef) else [node]
    return {f.name: ast.unparse(f) for f in functions if isinstance(f, ast.FunctionDef)}


@each
def test_what_it_writes_is_what_the_laboratory_has(name):
    code = ["".join(cell["source"]) for cell in code_cells(name)] + answers_in(prose(name))
    compared = set()
    for own, mine in {k: v for text in code for k, v in definitions(text).items()}.items():
        theirs = in_the_laboratory(own)
        if theirs is None or own == "draw_kept":  # the laboratory's draws bits; the text says so
            continue
        compared.add(own)
        assert lines_of(mine) == {k: v for k, v in lines_of(theirs).items() if k in lines_of(mine)}
    assert compared == QUOTED[name]


def test_the_loss_is_the_laboratorys_but_for_smoothing_and_weights():
    cells = ["".join(cell["source"]) for cell in code_cells("1_network")]
    (mine,) = [d for c in cells for k, d in definitions(c).items() if "softmax_cross" in k]
    theirs = in_the_laboratory("SoftmaxCrossEntropy")
    (theirs,) = [f for f in theirs.body if getattr(f, "name", "") == "__call__"]
    mine, theirs = (
        {ast.unparse(s) for s in statement_by_statement(f).body} for f in (mine, theirs)
    )
    assert mine - theirs == {
        "targets = np.zeros_like(logits)",
        "targets[np.arange(rows), labels] += 1.0",
        "return (np.mean(loss), (probabilities - targets) / rows)",
    }
    assert len(mine & theirs) == 7


@pytest.mark.slow
def test_the_first_runs_as_a_notebook(monkeypatch):
    """Of the others it would show no more than the script does, and take as long again."""
    nbformat = pytest.importorskip("nbformat", reason="nbclient or ipykernel is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient or ipykernel is not installed")
    pytest.importorskip("ipykernel", reason="nbclient or ipykernel is not installed")
    notebook = nbformat.read(COURSE / f"{NAMES[0]}.ipynb", as_version=4)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    resources = {"metadata": {"path": str(COURSE)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
