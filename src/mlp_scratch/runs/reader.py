"""Runs as they lie on the disk: finding their folders, and reading one into a :class:`Run`.

Nothing here fails because of what a folder holds. A run that cannot be read is a Run as well, whose
``status`` and ``problem`` say what is wrong with it, so that a table of a thousand runs is not lost
to one bad disk block.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp_scratch.config.absent_keys import ABSENT_MEANS
from mlp_scratch.nested import flat
from mlp_scratch.runs.config_text import Config, read_config
from mlp_scratch.runs.discovery import UNTOUCHED, Paths, find_runs, short_labels
from mlp_scratch.runs.metrics_file import Columns, read_metrics

if TYPE_CHECKING:
    import pandas as pd

COMPLETE = ("finished", "stopped_early")
WRITTEN = (*COMPLETE, "interrupted", "diverged", "failed", "running")  # what summary.json may say
STATES = (*WRITTEN, "killed", "damaged", "empty", "foreign", "duplicate")
RANKED = (*COMPLETE, "interrupted", "running", "killed")  # have metrics worth a place in a table
MEANING = {
    "killed": "says running, but no process works on it",
    "damaged": "its files cannot be read",
    "empty": "nothing was written",
    "foreign": "not a run of mlp_scratch",
    "duplicate": "a copy of another run",
}
FRESH = 120.0  # seconds without a sign of life after which a run counts as killed

IsRunning = Callable[[Path], bool]


@dataclass
class Run:
    """One run's folder as it was when it was read.

    config: ``{"optim.lr": 0.001, ...}``. summary: the contents of summary.json. status: one of
    STATES. problem: one line on what is wrong, or "".
    """

    path: Path
    status: str
    config: Config = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    label: str = ""  # short and unique among the runs that it was read with

    @cached_property
    def columns(self) -> Columns:
        """metrics.csv as ``{column: float64 array}``. Raises OSError or ValueError."""
        return read_metrics(self.path / "metrics.csv")

    @cached_property
    def history(self) -> pd.DataFrame:
        """metrics.csv as a frame, one row an epoch. Raises OSError or ValueError."""
        import pandas as pd

        return pd.DataFrame(self.columns)

    def metric(self, name: str, at: str = "best") -> float | None:
        """The value of ``name`` at the run's best epoch (``at="best"``) or its last ("final").

        ``val_loss``, ``train_accuracy``, ...: the columns of metrics.csv; ``test_loss`` and
        ``test_accuracy``; any other number of summary.json by its dotted name
        (``timings.total_seconds``). None when the run does not have it.
        """
        found: Any = None
        if name in ("test_loss", "test_accuracy"):
            which = "best" if at == "best" else "last"
            found = _at(self.summary, "test", which, name.removeprefix("test_"))
        else:
            found = _at(self._epochs if at in ("best", "final") else {}, at, name)
            if found is None:
                found = _at(self.summary, *name.split("."))
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        return None if isinstance(found, int) and abs(found) > 2**53 else found

    @cached_property
    def _epochs(self) -> dict[str, dict[str, float]]:
        """The metrics of the best and of the last epoch, from metrics.csv where need be."""
        if self.summary.get("final"):
            return {which: self.summary.get(which) or {} for which in ("best", "final")}
        try:
            columns = self.columns
        except (OSError, ValueError):
            return {}
        monitor = self.summary.get("monitor") or "val_loss"
        if not len(columns.get("epoch", ())):
            return {}
        last = len(columns["epoch"]) - 1
        watched = columns.get(str(monitor))
        best = last
        if watched is not None and np.isfinite(watched).any():
            sign = 1.0 if lower_is_better(str(monitor)) else -1.0
            best = int(np.nanargmin(sign * watched))
        rows = {"best": best, "final": last}
        return {
            which: {name: float(c[row]) for name, c in columns.items() if np.isfinite(c[row])}
            for which, row in rows.items()
        }


def lower_is_better(metric: str) -> bool:
    """Whether a small value of ``metric`` is the good one."""
    last = metric.rpartition(".")[2]
    return last.endswith(("loss", "error", "seconds", "norm", "parameters"))


def _at(tree: Any, *keys: str) -> Any:
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def load_run(
    path: str | os.PathLike[str],
    is_running: IsRunning | None = None,
    memory: dict[str, Config] | None = None,
) -> Run:
    """Read the run at ``path``; never raises for what the folder holds.

    is_running: tells whether a process works on the folder (the lab's lock); without it, a run
    whose files changed within two minutes counts as running.
    """
    folder = Path(path)
    try:
        names = set(os.listdir(folder))
    except OSError as error:
        return Run(folder, "damaged", problem=f"cannot be read ({error.strerror})")
    if "summary.json" not in names:
        return _without_summary(folder, names, memory)
    try:
        text = (folder / "summary.json").read_text(encoding="utf-8")
        summary = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        return Run(folder, "damaged", problem=f"summary.json: {_one_line(error)}")
    if not isinstance(summary, dict) or "status" not in summary:
        return Run(folder, "foreign", problem="summary.json is not one of ours")
    status = summary["status"]
    if status not in WRITTEN:
        return Run(folder, "damaged", summary=summary, problem=f"unknown status {status!r:.40}")
    try:
        config = _config(folder, names, memory)
    except (OSError, ValueError) as error:
        return Run(folder, "damaged", summary=summary, problem=f"config.yaml: {_one_line(error)}")
    problem = ""
    if status == "running" and not (is_running or _changed_lately)(folder):
        status, problem = "killed", "no process works on it any more"
    elif status not in COMPLETE and isinstance(summary.get("message"), str):
        problem = " ".join(summary["message"].split())
    return Run(folder, status, config, summary, problem)


def _without_summary(folder: Path, names: set[str], memory: dict[str, Config] | None) -> Run:
    if names <= UNTOUCHED:
        return Run(folder, "empty", problem="nothing was written")
    if "metrics.csv" in names and names & {"config.yaml", ".hydra"}:
        try:
            config = _config(folder, names, memory)
        except (OSError, ValueError) as error:
            return Run(folder, "damaged", problem=f"config.yaml: {_one_line(error)}")
        return Run(folder, "damaged", config, problem="summary.json is missing")
    return Run(folder, "foreign", problem="no summary.json of ours")


def _config(folder: Path, names: set[str], memory: dict[str, Config] | None) -> Config:
    if "config.yaml" in names:
        return ABSENT_MEANS | read_config(folder / "config.yaml", memory)
    if ".hydra" in names and (folder / ".hydra" / "config.yaml").is_file():
        return ABSENT_MEANS | read_config(folder / ".hydra" / "config.yaml", memory)
    raise ValueError("missing")


def _changed_lately(folder: Path) -> bool:
    newest = 0.0
    for name in ("metrics.csv", "summary.json", "train.log", "checkpoints"):
        try:
            newest = max(newest, (folder / name).stat().st_mtime)
        except OSError:
            continue
    return time.time() - newest < FRESH


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON (line {error.lineno}: {error.msg})"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    return " ".join(str(error).split())[:200] or type(error).__name__


def read_runs(
    paths: Paths,
    is_running: IsRunning | None = None,
) -> list[Run]:
    """Find and read all runs below ``paths``; copies of a run are marked as duplicates.

    Raises RunError when a path does not exist.
    """
    memory: dict[str, Config] = {}
    runs = [load_run(path, is_running, memory) for path in find_runs(paths)]
    _mark_duplicates(runs)
    for run, label in zip(runs, short_labels([run.path for run in runs]), strict=True):
        run.label = label
    return runs


def _mark_duplicates(runs: Sequence[Run]) -> None:
    """A copied folder has the same summary to the last digit of its timings; a rerun has not."""
    first: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        when, timings = run.summary.get("started"), run.summary.get("timings")
        if not when and not timings:
            continue
        earlier = first.setdefault((str(when), str(timings)), [])
        for original in earlier:
            if original.summary == run.summary and original.config == run.config:
                run.status, run.problem = "duplicate", f"a copy of {original.path}"
                break
        else:
            earlier.append(run)


def load_runs(
    folder: Paths = "outputs",
) -> pd.DataFrame:
    """All runs below ``folder`` (or several, or globs) as a pandas frame, one row each.

    Columns: path, run, status, problem; the config by dotted key (``optim.lr``); the numbers and
    texts of summary.json by dotted key (``best.val_accuracy``, ``test.last.accuracy``).
    Raises RunError when a path does not exist.
    """
    import pandas as pd

    rows = []
    for run in read_runs(folder):
        row = {k: v for k, v in flat(run.summary).items() if not isinstance(v, list | None)}
        row |= {key: tuple(v) if isinstance(v, list) else v for key, v in run.config.items()}
        first = {"path": str(run.path), "run": run.label, "status": run.status}
        rows.append(
            first | {"problem": run.problem} | {k: v for k, v in row.items() if k not in first}
        )
    return pd.DataFrame(rows, columns=None if rows else ["path", "run", "status", "problem"])
