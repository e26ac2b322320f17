"""Imports point downwards only, nn knows NumPy alone, and starting up pulls in nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mlp_scratch

PACKAGE = Path(mlp_scratch.__file__).parent
GROUND = {"errors", "files", "bounded_reads", "typos", "nested"}
ROOMS = (  # from the ground up: each may import from those before it, and from the ground
    *("nn", "data", "engine", "tracking", "config", "runs"),
    *("report", "experiment", "export", "sweep", "search"),
)
DRAWING = {"matplotlib"}


def modules(room: str) -> list[Path]:
    return sorted((PACKAGE / room).glob("**/*.py"))


def imported(path: Path) -> set[str]:
    """Dotted names that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_no_arrow_points_upwards(room: str) -> None:
    assert modules(room)
    for path in modules(room):
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("mlp_scratch.")}
        below = set(ROOMS[: ROOMS.index(room) + 1])
        assert ours <= GROUND | below | {"__version__"}, path


def test_nn_imports_numpy_and_the_standard_library_only() -> None:
    for path in modules("nn"):
        roots = {name.split(".")[0] for name in imported(path)} - {"mlp_scratch"}
        assert roots <= {"numpy", *sys.stdlib_module_names}, path


def test_only_report_draws() -> None:
    for path in sorted(PACKAGE.glob("**/*.py")):
        if "report" not in path.parts:
            assert not {name.split(".")[0] for name in imported(path)} & DRAWING, path


def test_no_utils_and_no_long_files() -> None:
    for path in sorted(PACKAGE.glob("**/*.py")):
        assert path.stem not in ("utils", "helpers", "common")
        assert path.read_text("utf-8").count("\n") <= 320, f"{path} is long: is it two things?"


@pytest.mark.parametrize("door", ["train", "resume", "rerun", "evaluate", "predict"])
def test_starting_up_pulls_in_nothing_heavy(door: str) -> None:
    code = (
        f"import sys, mlp_scratch.{door}; "
        "print(sorted({'pandas', 'matplotlib', 'PIL', 'scipy', 'tqdm'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]", answer.stdout + answer.stderr
