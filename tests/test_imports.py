"""Imports point downwards only, nn knows NumPy alone, and starting up pulls in nothing heavy."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mlp_scratch

PACKAGE = Path(mlp_scratch.__file__).parent
GROUND = {"errors", "files", "bounded_reads", "nested", "streams", "door", "orphans", "typos"} | {
    "own_modules",
    "cores",
    "blas",
    "csv_text",
}
ROOMS: dict[str, set[str]] = {  # from the ground up, each with the rooms that it imports from
    "nn": set(),
    "data": {"nn"},
    "engine": {"nn", "data"},
    "tracking": {"engine"},
    "config": {"nn", "data", "engine", "tracking"},
    "runs": {"nn", "data", "engine", "config"},
    "insight": {"nn", "data", "engine", "config", "runs"},
    "report": {"data", "engine", "config", "runs", "insight"},
    "experiment": {"nn", "data", "engine", "tracking", "config", "runs", "insight", "report"},
    "inference": {"data", "engine", "config", "runs", "report", "experiment"},
    "export": {"engine", "runs"},
    "views": {"data", "engine", "config", "runs", "insight", "report", "experiment", "inference"},
    "sweep": {"nn", "data", "engine", "config", "runs", "report", "experiment"},
    "search": {"nn", "engine", "config", "runs", "experiment", "sweep"},
}
DOORS = {"train", "resume", "rerun", "evaluate", "predict", "compare", "inspect", "lr_range"}
API = {"neural_net", "sklearn_estimator"}
LONGEST_FILE, LONGEST_CLASS = 300, 150  # lines
DRAWING = {"matplotlib"}
ODD_WORDS = re.compile(  # of our own making, where the field or plain English has better ones
    r"(?<![a-z])(?:lane|partner|stretch(?:e(?=s))?|twin|obey)s?(?![a-z])", re.IGNORECASE
)
NOT_OURS = "Freedman & Lane"  # authors


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


def ours_in(path: Path) -> set[str]:
    """Rooms, doors and ground that a module imports from."""
    names = {name.split(".")[1] for name in imported(path) if name.startswith("mlp_scratch.")}
    return names - GROUND - {"__version__"}


def test_every_room_is_known() -> None:
    found = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.glob("**/*.py")}
    found -= {"__init__.py", "__main__.py"}
    assert found == {*ROOMS} | {f"{n}.py" for n in GROUND | DOORS | API}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_from_its_neighbours_below(room: str) -> None:
    order = list(ROOMS)
    assert all(order.index(below) < order.index(room) for below in ROOMS[room])
    assert set().union(*map(ours_in, modules(room))) - {room} == ROOMS[room]


def test_no_door_imports_another() -> None:
    doors = [*(PACKAGE / f"{name}.py" for name in DOORS), *PACKAGE.glob("*/__main__.py")]
    assert len(doors) > len(DOORS)
    for path in doors:
        assert not ours_in(path) & (DOORS | API), path


def test_nn_imports_numpy_and_the_standard_library_only() -> None:
    for path in modules("nn"):
        roots = {name.split(".")[0] for name in imported(path)} - {"mlp_scratch"}
        assert roots <= {"numpy", *sys.stdlib_module_names}, path


def test_only_report_draws() -> None:
    for path in sorted(PACKAGE.glob("**/*.py")):
        if "report" not in path.parts:
            assert not {name.split(".")[0] for name in imported(path)} & DRAWING, path


def test_no_utils_and_nothing_long() -> None:
    for path in sorted(PACKAGE.glob("**/*.py")):
        assert path.stem not in ("utils", "helpers", "common")
        text = path.read_text("utf-8")
        assert text.count("\n") <= LONGEST_FILE, f"{path} is long: is it two things?"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= LONGEST_CLASS, f"{path}: {node.name} is long: is it two things?"


@pytest.mark.parametrize("suffix", ["py", "js", "css", "html"])
def test_words_are_the_fields_or_plain_ones(suffix: str) -> None:
    for path in sorted(PACKAGE.glob(f"**/*.{suffix}")):
        text = f"{path.relative_to(PACKAGE)}: {path.read_text('utf-8')}"
        assert not ODD_WORDS.search(text.replace(NOT_OURS, "")), path


def test_no_two_files_bear_one_name() -> None:
    names = [path.name for path in PACKAGE.glob("**/*.py") if path.parent.name != "fast"]
    names = [name for name in names if not name.startswith("__")]
    assert len(names) == len(set(names)), sorted(n for n in set(names) if names.count(n) > 1)


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("door", ["train", "resume", "rerun", "evaluate", "predict", "lr_range"])
def test_starting_up_pulls_in_nothing_heavy(door: str) -> None:
    code = (
        f"import sys, mlp_scratch.{door}; "
        "print(sorted({'pandas', 'matplotlib', 'PIL', 'scipy', 'tqdm'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]", answer.stdout + answer.stderr
