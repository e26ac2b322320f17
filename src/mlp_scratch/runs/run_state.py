"""What became of a run, by its summary and its lock: everybody who wants to know asks here.

It is cheap, as long as it must be for a folder of ten thousand runs: neither config nor metrics are
read, and only that there is a config counts. Who reads those too may find more that is damaged.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlp_scratch.errors import in_one_line
from mlp_scratch.nested import entry
from mlp_scratch.runs.config_file import config_path
from mlp_scratch.runs.folder import RunFolder, read_summary
from mlp_scratch.runs.metrics_file import is_epoch

COMPLETE = ("finished", "stopped_early")
LOST = ("diverged", "failed")
ENDED = (*COMPLETE, *LOST)  # whoever goes on with it gains nothing
WRITTEN = (*COMPLETE, "interrupted", *LOST, "running")  # what summary.json may say
STATES = (*WRITTEN, "killed", "unknown", "damaged", "waiting", "empty", "foreign", "duplicate")
# have metrics worth a place in a table
RANKED = (*COMPLETE, "interrupted", "running", "killed", "unknown")
MEANING = {
    "killed": "says running, but no process works on it",
    "unknown": "says running, and nobody can tell whether a process works on it",
    "damaged": "its files cannot be read",
    "waiting": "a job of a sweep that has not begun",
    "empty": "nothing was written",
    "foreign": "not a run of mlp_scratch",
    "duplicate": "a copy of another run",
}
BEGUN = {"train.log", "checkpoints", ".lock"}
# a folder with nothing else in it was claimed, and then nothing happened
UNTOUCHED = {"config.yaml", ".hydra", "multirun.yaml", *BEGUN}

_EPOCHS = ("best.epoch", "final.epoch", "test.best.epoch", "test.last.epoch", "epochs_done")
_MAY_LACK_CONFIG = ("failed", "interrupted")  # in the moment before it is written
_NEVER_TRAINED = (*_MAY_LACK_CONFIG, "damaged", "empty", "foreign")  # unless more is told


@dataclass(frozen=True)
class RunState:
    """status: one of STATES. summary: the contents of summary.json, as far as it can be believed.
    problem: one line on what is wrong, or "". config: where it lies, if it is worth reading."""

    status: str
    summary: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    config: Path | None = None

    @property
    def has_trained(self) -> bool:
        """Whether it came as far as its first step."""
        return "layers" in self.summary or self.status not in _NEVER_TRAINED


def state_of(folder: RunFolder) -> RunState:
    """The state of the run in a folder; never raises for what it holds.

    A run that says running is running while a process holds the folder's lock, killed when none
    does, and unknown where there are no locks.
    """
    try:
        names = set(os.listdir(folder.path))
    except OSError as error:
        return RunState("damaged", problem=f"cannot be read ({error.strerror})")
    where = config_path(folder.path)
    if "summary.json" not in names:
        return _without_summary(folder, names, where)
    try:
        summary = read_summary(folder.summary)
    except (OSError, ValueError) as error:
        return RunState("damaged", problem=f"summary.json: {said_in_a_line(error)}")
    if "status" not in summary:
        return RunState("foreign", problem="summary.json is not one of ours")
    status = summary["status"]
    if status not in WRITTEN:
        return RunState("damaged", summary, f"unknown status {status!r:.40}")
    for key in _EPOCHS:
        if (epoch := entry(summary, *key.split("."))) is not None and not is_epoch(epoch):
            return RunState("damaged", problem=f"summary.json: {key} is no whole number")
    if where is None and status not in _MAY_LACK_CONFIG:
        return RunState("damaged", summary, "config.yaml: missing")
    problem = ""
    if status == "running" and not (locked := folder.is_locked()):
        status, problem = "killed", "no process works on it any more"
        if locked is None:
            status, problem = "unknown", "its lock cannot be looked at: running or killed"
    elif status not in COMPLETE and isinstance(summary.get("message"), str):
        problem = " ".join(summary["message"].split())
    return RunState(status, summary, problem, where)


def _without_summary(folder: RunFolder, names: set[str], config: Path | None) -> RunState:
    if names <= UNTOUCHED:
        if folder.is_locked():
            return RunState("running", problem="nothing was written yet")
        return RunState("empty", problem="nothing was written")
    if "metrics.csv" not in names or not names & {"config.yaml", ".hydra"}:
        return RunState("foreign", problem="no summary.json of ours")
    return RunState("damaged", problem="summary.json is missing", config=config)


def said_in_a_line(error: BaseException) -> str:
    """What went wrong with a file, without its name."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    return in_one_line(error)[:200] or type(error).__name__
