"""What every command does with a folder, below its door: each step answers, or raises an error of
ours of at most two printable lines."""

import copy
import csv
import io
import itertools
import math
import os
import re
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from mlp_scratch import compare, resume
from mlp_scratch.config.command_line import CommandLine, parse_command_line
from mlp_scratch.config.compose import composed
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.engine.numerics import other_numerics
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.export.formats import export
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.inference.predict_sample import Sample
from mlp_scratch.report.compare_page.compare_page import write_compare_page  # noqa: F401 (the process has it already)
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import load_runs, read_runs
from mlp_scratch.runs.resume_rules import prepare
from mlp_scratch.runs.run_state import STATES
from mlp_scratch.runs.saved_run import load_config, load_network
from mlp_scratch.search import __main__ as search
from mlp_scratch.search import trials
from mlp_scratch.sweep import execute, pool
from mlp_scratch.sweep.due_jobs import is_due
from mlp_scratch.sweep.sweep_folder import SweepFolder, SweepTable

Step = tuple[str, Callable[[], Any]]  # its name, and what gives a fault's text when it is one

# what moves a terminal's cursor, or turns the text around; tables have no tabs either
CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
FORMULA = re.compile(r"\s*[=+\-@\t\r]")


def tried(steps: Iterable[Step], whole: bool) -> list[str]:
    """The faults of some steps, each with the step's name. whole: a refusal is one, too."""
    faults = []
    for name, step in steps:
        try:
            wrong = step()
            faults += [f"{name}: {wrong}"] if isinstance(wrong, str) and wrong else []
        except MlpScratchError as error:
            faults += [f"{name}: {what}" for what in odd_message(str(error))]
            faults += [f"{name} refused: {error}"] if whole else []
        except Exception as error:
            where = error.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            at = where and f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}"
            faults.append(f"{name}: {type(error).__name__} at {at}: {error!s:.150}")
    return faults


def odd_message(text: str) -> list[str]:
    """What is wrong with an error's message."""
    faults = []
    if len(text.splitlines()) > 2:
        faults.append(f"a message of {len(text.splitlines())} lines: {text[:150]!r}")
    if CONTROL.search(text):
        faults.append(f"a message for a terminal to act on: {text[:150]!r}")
    if len(text) > 4000:
        faults.append(f"a message of {len(text):,} characters: {text[:150]!r}")
    return faults


def printed(*words: str) -> str:
    """What ``compare`` prints for these words, without its door."""
    out = io.StringIO()
    with redirect_stdout(out):
        compare.compare(compare.parser().parse_args(words))
    return out.getvalue()


def _shown(text: str) -> str:
    found = CONTROL.search(text)
    at = found.start() if found else 0
    return f"prints {text[max(at - 30, 0) : at + 30]!r}" if found else ""


def _spreadsheet(text: str) -> str:
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            if FORMULA.match(cell) and not _number(cell):
                return f"a formula in --csv: {cell[:60]!r}"
    return _shown(text.replace("\t", " "))


def _number(cell: str) -> bool:
    try:
        return not math.isnan(float(cell))
    except ValueError:
        return False


def _tables(folder: Path) -> list[Step]:
    """Compare's tables and its page."""
    path, page = str(folder), "page.html"
    return [
        ("compare", lambda: _shown(printed(path, "--no-plot"))),
        ("compare --status", lambda: _shown(printed(path, "--status"))),
        ("compare --csv", lambda: _spreadsheet(printed(path, "--csv"))),
        ("compare --json", lambda: _shown(printed(path, "--json"))),
        ("compare --markdown", lambda: _shown(printed(path, "--markdown"))),
        ("compare --group", lambda: _shown(printed(path, "--group", "seed", "--no-plot"))),
        ("compare --filter", lambda: _shown(printed(path, "--filter", "seed < 3", "--no-plot"))),
        ("compare --diff", lambda: _shown(printed(path, "--diff", *_two(folder)))),
        ("compare --html", lambda: printed(path, "--no-plot", "--html", page) and ""),
        ("load_runs", lambda: load_runs(path) is None),
    ]


def _two(folder: Path) -> list[str]:
    runs = read_runs([folder])
    return [str(runs[0].path), str(runs[-1].path)] if runs else ["latest", "latest"]


def _read(folder: Path) -> str:
    for run in read_runs([folder]):
        if run.status not in STATES:
            return f"a state {run.status!r}"
        if CONTROL.search(run.problem) or len(run.problem) > 1000:
            return f"a problem for a terminal: {run.problem[:100]!r}"
        for metric in ("val_accuracy", "test_accuracy", "epoch", "timings.total_seconds"):
            for at in ("best", "final"):
                if not isinstance(run.metric(metric, at), int | float | None):
                    return f"{metric} is {run.metric(metric, at)!r}"
    return ""


def _lock(folder: RunFolder) -> None:
    with folder.locked():
        pass


def _drawn(folder: RunFolder) -> None:
    Sample(folder, [], 3, 0).draw(load_network(folder))


def _said(lines: Iterable[str]) -> str:
    return _shown("\n".join(lines).replace("\t", " "))


def a_run(path: Path) -> list[Step]:
    """Looks at a run's folder."""
    folder = RunFolder(path)
    return [
        ("read_runs", lambda: _read(path)),
        ("find_run", lambda: find_run(str(path)) is None),
        ("find_run latest", lambda: find_run("latest", path) is None),
        ("load_config", lambda: load_config(folder) is None),
        ("load_network best", lambda: load_network(folder, "best") is None),
        ("load_network last", lambda: load_network(folder, "last") is None),
        ("prepare", lambda: prepare(folder) is None),
        ("is_locked", lambda: folder.is_locked() is None),
        ("locked", lambda: _lock(folder)),
        ("rerun", lambda: _shown(other_numerics(folder.read_summary()) or "")),
        ("evaluate", lambda: _said(evaluate_runs([folder], "best", []))),
        ("predict", lambda: _drawn(folder)),
        ("export npz", lambda: export(str(path), "npz", "best", Path("model.npz")) is None),
        ("export beside", lambda: export(str(path), "npz", "last", None) is None),
        *_tables(path),
    ]


class _Started(Exception):
    """A command was about to be started."""


def _exec(program: str, words: list[str]) -> None:
    raise _Started(*words)


class _NoWorkers(pool.Workers):
    """Takes the orders of a sweep or a search, and has nobody to give them to."""

    def resize(self, workers: int) -> None:
        """Start none."""

    def run(self, orders: Any, *args: Any, **kwargs: Any) -> None:
        """Look at the first orders."""
        for _ in itertools.islice(orders, 3):
            pass

    def draw(self, *args: Any) -> None:
        """Draw nothing."""


def _resumed(path: Path) -> str:
    """``resume`` of a sweep's folder, up to the command that it becomes."""
    os.execv = _exec  # type: ignore[assignment]
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            resume.main([str(path)])
    except SystemExit:
        return "; ".join(odd_message(said.getvalue().strip()))
    except _Started as started:
        words = " ".join(map(str, started.args))
        for bad in ("--config-dir", "cluster=", "storage", "hydra.callbacks", "${", "options"):
            if bad in words:
                return f"starts with {words[-200:]!r}"
    return ""


def a_sweep(path: Path) -> list[Step]:
    """Looks at a sweep's folder."""
    folder = SweepFolder(path)

    def table() -> str:
        plan = folder.read_plan()
        made = SweepTable(folder, plan)
        for entry in plan.jobs[:100]:
            is_due(folder.run(entry), retry_failed=False)
            if os.path.dirname(os.path.abspath(path / entry.folder)) != os.path.abspath(path):
                return f"a job elsewhere: {entry.folder[:100]!r}"
        return _shown(execute.summary_text(list(made.runs.values())).replace("\t", " "))

    def locked() -> None:
        with folder.locked():
            pass

    return [
        ("read_plan", lambda: folder.read_plan() is None),
        ("sweep's table", table),
        ("sweep's lock", locked),
        ("resume", lambda: _resumed(path)),
        ("read_runs", lambda: _read(path)),
        ("find_run", lambda: find_run("latest", path) is None),
        *_tables(path),
    ]


_COMPOSED: dict[str, Any] = {}


def _composed(line: CommandLine) -> Any:
    """``composed``, once for each command line: strangers change few of them."""
    words = [word for word in line.overrides if not word.startswith("search.dir=")]
    key = repr((line.config_name, line.config_dir, words))
    if key not in _COMPOSED:
        _COMPOSED[key] = composed(line)
    return copy.deepcopy(_COMPOSED[key])


def a_search(path: Path) -> list[Step]:
    """Looks at a study's folder, and goes on with it up to the work itself."""
    trials.Workers = _NoWorkers  # type: ignore[misc]
    search.composed = _composed
    line = with_choices_as_typed(parse_command_line([f"search.dir={path}", "search.trials=4"]))
    out = io.StringIO()

    def goes_on() -> str:
        with redirect_stdout(out):
            search.search(line)
        return _shown(out.getvalue().replace("\t", " "))

    return [
        ("read_runs", lambda: _read(path)),
        ("search", goes_on),
        ("compare", lambda: _shown(printed(str(path), "--no-plot"))),
    ]


def look(path: Path, whole: bool = False) -> list[str]:
    """The faults in what is made of a folder, whose name says what it is."""
    steps = {"run": a_run, "sweep": a_sweep, "study": a_search}[path.name](path)
    return tried(steps, whole)
