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
from mlp_scratch.runs.config_file import Config, read_flat_config
from mlp_scratch.runs.find import Paths, contents_of, find_run, find_runs, short_labels
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.metrics_file import Columns, endless, read_metrics
from mlp_scratch.runs.run_state import said_in_a_line, state_of

if TYPE_CHECKING:
    import pandas as pd


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

    memory: parsed pieces of configs, kept by a caller who reads many.
    """
    folder = Path(path)
    state = state_of(RunFolder(folder))
    run = Run(folder, state.status, summary=state.summary, problem=state.problem)
    if state.config is not None:
        try:
            run.config = flat(ABSENT_MEANS) | read_flat_config(state.config, memory)
        except (OSError, ValueError) as error:
            run.status, run.problem = "damaged", f"config.yaml: {said_in_a_line(error)}"
    return run


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
            if contents_of(original.path) == contents_of(run.path):
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
