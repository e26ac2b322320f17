"""Runs as they lie on the disk: finding their folders, and reading one into a :class:`Run`.

Nothing here fails because of what a folder holds. A run that cannot be read is a Run as well, whose
``status`` and ``problem`` say what is wrong with it, so that a table of a thousand runs is not lost
to one bad disk block.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlp_scratch.config.absent_keys import ABSENT_MEANS
from mlp_scratch.engine.metrics import lower_is_better
from mlp_scratch.nested import entry, flat
from mlp_scratch.runs.config_file import Config, config_path, read_flat_config
from mlp_scratch.runs.find import UNTOUCHED, Paths, are_copies, find_run, find_runs, short_labels
from mlp_scratch.runs.folder import RunFolder, read_summary
from mlp_scratch.runs.metrics_file import Columns, endless, is_epoch, read_metrics

if TYPE_CHECKING:
    import pandas as pd

COMPLETE = ("finished", "stopped_early")
LOST = ("diverged", "failed")
WRITTEN = (*COMPLETE, "interrupted", *LOST, "running")  # what summary.json may say
STATES = (*WRITTEN, "killed", "unknown", "damaged", "waiting", "empty", "foreign", "duplicate")
# have metrics worth a place in a table
RANKED = (*COMPLETE, "interrupted", "running", "killed", "unknown")
_EPOCHS = ("best.epoch", "final.epoch", "test.best.epoch", "test.last.epoch", "epochs_done")
MEANING = {
    "killed": "says running, but no process works on it",
    "unknown": "says running, and nobody can tell whether a process works on it",
    "damaged": "its files cannot be read",
    "waiting": "a job of a sweep that has not begun",
    "empty": "nothing was written",
    "foreign": "not a run of mlp_scratch",
    "duplicate": "a copy of another run",
}


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

    def columns_if_any(self) -> Columns:
        """``columns``; {} before the first row, or if unreadable: ``problem`` then says why."""
        try:
            columns = self.columns
        except (OSError, ValueError) as error:
            self.problem = self.problem or f"metrics.csv: {error}"
            return {}
        return columns if len(columns.get("epoch", ())) else {}

    @cached_property
    def history(self) -> pd.DataFrame:
        """metrics.csv as a frame, one row an epoch. Raises OSError or ValueError."""
        import pandas as pd

        return pd.DataFrame(self.columns)

    @property
    def data_digest(self) -> str:
        """Of the data that it was trained on; "" where the summary does not say."""
        return str(self.told("data", "digest") or "")

    def told(self, *keys: str) -> Any:
        """What summary.json says there, each key below the one before; None where it does not."""
        return entry(self.summary, *keys)

    def metric(self, name: str, at: str = "best") -> float | None:
        """The value of ``name`` at the run's best epoch (``at="best"``) or its last ("final").

        ``val_loss``, ``train_accuracy``, ...: the columns of metrics.csv; ``test_loss``,
        ``test_rmse``, ...: what the test found; any other number of summary.json by its dotted
        name (``timings.total_seconds``). None when the run does not have it.
        """
        found: Any = None
        if name.startswith("test_"):
            which = "best" if at == "best" else "last"
            found = self.told("test", which, name.removeprefix("test_"))
        else:
            found = entry(self._epochs if at in ("best", "final") else {}, at, name)
            if found is None:
                found = self.told(*name.split("."))
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        if isinstance(found, float):
            return float(endless(found))
        return None if abs(found) > 2**53 else found

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


def load_run(path: str | os.PathLike[str], memory: dict[str, Config] | None = None) -> Run:
    """Read the run at ``path``; never raises for what the folder holds.

    memory: parsed pieces of configs, kept by a caller who reads many. A run that says running is
    running while a process holds the folder's lock, killed when none does, and unknown where there
    are no locks.
    """
    folder = Path(path)
    try:
        names = set(os.listdir(folder))
    except OSError as error:
        return Run(folder, "damaged", problem=f"cannot be read ({error.strerror})")
    summary: dict[str, Any] = {}
    if "summary.json" in names:
        try:
            summary = read_summary(folder / "summary.json")
        except (OSError, ValueError) as error:
            return Run(folder, "damaged", problem=f"summary.json: {_one_line(error)}")
        if "status" not in summary:
            return Run(folder, "foreign", problem="summary.json is not one of ours")
        if summary["status"] not in WRITTEN:
            problem = f"unknown status {summary['status']!r:.40}"
            return Run(folder, "damaged", summary=summary, problem=problem)
        for key in _EPOCHS:
            if (epoch := entry(summary, *key.split("."))) is not None and not is_epoch(epoch):
                return Run(folder, "damaged", problem=f"summary.json: {key} is no whole number")
    elif names <= UNTOUCHED:
        if RunFolder(folder).is_locked():
            return Run(folder, "running", problem="nothing was written yet")
        return Run(folder, "empty", problem="nothing was written")
    elif "metrics.csv" not in names or not names & {"config.yaml", ".hydra"}:
        return Run(folder, "foreign", problem="no summary.json of ours")
    try:
        where = config_path(folder)
        config = {} if where is None else flat(ABSENT_MEANS) | read_flat_config(where, memory)
    except (OSError, ValueError) as error:
        problem = f"config.yaml: {_one_line(error)}"
        return Run(folder, "damaged", summary=summary, problem=problem)
    if not summary:
        return Run(folder, "damaged", config, problem="summary.json is missing")
    status, problem = summary["status"], ""
    if where is None and status not in ("failed", "interrupted"):  # which it may before it has one
        status, problem = "damaged", "config.yaml: missing"
    elif status == "running" and not (locked := RunFolder(folder).is_locked()):
        status, problem = "killed", "no process works on it any more"
        if locked is None:
            status, problem = "unknown", "its lock cannot be looked at: running or killed"
    elif status not in COMPLETE and isinstance(summary.get("message"), str):
        problem = " ".join(summary["message"].split())
    return Run(folder, status, config, summary, problem)


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    return " ".join(str(error).split())[:200] or type(error).__name__


def read_runs(paths: Paths) -> list[Run]:
    """Find and read all runs below ``paths``; copies of a run are marked as duplicates.

    Raises RunError when a path does not exist.
    """
    memory: dict[str, Config] = {}
    runs = [load_run(path, memory) for path in find_runs(paths)]
    _mark_duplicates(runs)
    for run, label in zip(runs, short_labels([run.path for run in runs]), strict=True):
        run.label = label
    return runs


def find_among(runs: Sequence[Run], text: str, paths: Paths) -> Run:
    """The run that ``text`` names, see ``find_run``; of ``runs``, those below ``paths``, if there.

    Raises RunError.
    """
    folder = find_run(text, paths).path
    for run in runs:
        if os.path.realpath(run.path) == os.path.realpath(folder):
            return run
    return read_runs(folder)[0]


def _mark_duplicates(runs: Sequence[Run]) -> None:
    """Of several folders that are one run, the first by path counts."""
    first: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        when, timings = run.summary.get("started"), run.summary.get("timings")
        if not when and not timings:
            continue
        earlier = first.setdefault((str(when), str(timings)), [])
        for original in earlier:
            if are_copies(original.path, run.path):
                run.status, run.problem = "duplicate", f"a copy of {original.path}"
                break
        else:
            earlier.append(run)


def load_runs(folder: Paths = "outputs") -> pd.DataFrame:
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
