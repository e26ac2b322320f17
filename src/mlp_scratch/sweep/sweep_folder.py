"""A sweep's folder: what was asked, which jobs that makes, and what became of each.

``sweep.yaml`` is written before a job starts and only ever grows; the state of a job is read from
its own folder; ``sweep.csv`` is made from the two and can be made again at any time.
"""

import contextlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.csv_text import csv_text, spreadsheet_text
from mlp_scratch.errors import MlpScratchError, RunError, in_one_line, telling_unwritten
from mlp_scratch.files import remove_leftovers, write_text_atomically
from mlp_scratch.report.quantities import quantity_of
from mlp_scratch.report.tables.leaderboard import SECONDS, metric_names
from mlp_scratch.runs.config_file import plain_yaml
from mlp_scratch.runs.differences import differing_keys
from mlp_scratch.runs.folder import RunFolder, discard, inside
from mlp_scratch.runs.reader import Run, load_run
from mlp_scratch.sweep.plan import Job, folder_name

_OF_ROWS = ("train_", "val_", "test_")
_ALWAYS = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
_COUNTS = {"epochs": "epochs_done", "best_epoch": "epoch", "seconds": SECONDS}
LARGEST_PLAN = 1 << 24  # bytes; a job takes a few hundred
_FOLDER = re.compile(r"(?!\.{1,2}$)[\w.+@=,-]{1,120}")  # as ``folder_name`` makes them
_PLAN_HEADER = "# A sweep: what was asked (the last time last), and the jobs that it makes.\n"


@dataclass
class Entry:
    """A job as ``sweep.yaml`` knows it. folder: its name in the sweep's folder."""

    folder: str
    identity: str
    overrides: list[str]


@dataclass
class Plan:
    """The contents of ``sweep.yaml``."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[Entry] = field(default_factory=list)


class SweepFolder:
    """The paths of a sweep, and its plan. Making one touches no disk."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.plan_file = self.path / "sweep.yaml"
        self.table = self.path / "sweep.csv"
        self.summary = self.path / "summary.txt"
        self.picture = self.path / "comparison.png"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the sweep's lock; RunError when another process works on it."""
        with RunFolder(self.path).locked("sweep"):
            remove_leftovers(self.path)
            yield

    def discard_if_new(self) -> None:
        """Take the folder away again when a sweep was refused, and nobody else has it."""
        with contextlib.suppress(OSError, MlpScratchError), RunFolder(self.path).locked("sweep"):
            if {path.name for path in self.path.iterdir()} <= {".lock"}:
                discard(self.path)

    def run(self, entry: Entry) -> RunFolder:
        """The job's own folder. Raises RunError unless it lies in the sweep's."""
        if not _FOLDER.fullmatch(entry.folder):
            raise RunError(f"{self.path}: {entry.folder!r} is no name of a job's folder")
        return RunFolder(inside(self.path, self.path / entry.folder))

    def read_plan(self) -> Plan:
        """``sweep.yaml``; empty when there is none. Raises RunError when it is not ours."""
        try:
            plain = plain_yaml(read_plain_file(self.plan_file, LARGEST_PLAN).decode("utf-8"))
            jobs = [
                Entry(str(folder), str(job["id"]), [str(word) for word in job["overrides"]])
                for folder, job in plain["jobs"].items()
            ]
            if any(word.lstrip("+~").startswith("hydra") for j in jobs for word in j.overrides):
                raise ValueError("a job is an experiment; it has no say over Hydra")
            if not all(_FOLDER.fullmatch(job.folder) for job in jobs):
                raise ValueError("a job's folder lies in the sweep's own")
            return Plan([dict(asked) for asked in plain["asked"]], jobs)
        except FileNotFoundError:
            return Plan()
        except OSError as error:
            raise RunError(f"{self.plan_file}: cannot be read ({error.strerror})") from error
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            said = in_one_line(error)
            raise RunError(f"{self.plan_file}: not a sweep's plan ({said})") from error

    def enlist(self, jobs: Sequence[Job], asked: dict[str, Any]) -> tuple[Plan, list[Entry]]:
        """Add what was asked and the new jobs to ``sweep.yaml``.

        Returns the whole plan, and the entries of ``jobs``. A job that is known keeps its folder.
        """
        plan = self.read_plan()
        known = {entry.identity: entry for entry in plan.jobs}
        keys = differing_keys([by_key(job.overrides) for job in jobs])
        taken = {entry.folder.casefold() for entry in plan.jobs}
        taken |= {path.name.casefold() for path in self.path.iterdir()}
        entries = []
        for job in jobs:
            if job.identity not in known:
                name = _unique(folder_name(job.overrides, keys, job.identity), taken)
                known[job.identity] = Entry(name, job.identity, job.overrides)
                plan.jobs.append(known[job.identity])
            entries.append(known[job.identity])
        plan.asked.append(asked)
        self._write_plan(plan)
        return plan, entries

    def _write_plan(self, plan: Plan) -> None:
        plain = {
            "asked": plan.asked,
            "jobs": {e.folder: {"id": e.identity, "overrides": e.overrides} for e in plan.jobs},
        }
        text = yaml.dump(plain, Dumper=DUMPER, sort_keys=False, allow_unicode=True, width=1000)
        with telling_unwritten(self.plan_file):
            write_text_atomically(self.plan_file, _PLAN_HEADER + text)


class SweepTable:
    """``sweep.csv``: a row for each job, in the order of the plan.

    runs: the jobs as they were when they were last looked at, by their folders' names.
    """

    def __init__(self, folder: SweepFolder, plan: Plan) -> None:
        self._folder = folder
        self._memory: dict[str, Any] = {}  # pieces of configs that were parsed
        self._keys: list[str] = []
        self._rows: dict[str, dict[str, Any]] = {}
        self._metrics: dict[str, None] = {}  # that any of the jobs has
        self.runs: dict[str, Run] = {}
        for entry in plan.jobs:
            self._look_at(entry)

    def update(self, entry: Entry) -> Run:
        """Look at a job again, or at one that was not planned, and write the table."""
        self._look_at(entry)
        self.write()
        return self.runs[entry.folder]

    def write(self) -> None:
        """Replace ``sweep.csv``. Raises OSError."""
        columns = ["job", "status", *self._keys, *_columns(self._metrics), "message"]
        rows = [[row.get(key) for key in columns] for row in self._rows.values()]
        text = csv_text([map(spreadsheet_text, columns), *rows])
        write_text_atomically(self._folder.table, text, durable=False)

    def _look_at(self, entry: Entry) -> None:
        path = self._folder.run(entry).path
        run = load_run(path, self._memory) if path.is_dir() else Run(path, "waiting")
        run.label = entry.folder
        asked = by_key(entry.overrides)
        self._keys += [key for key in asked if key not in self._keys]
        names = [name for name in metric_names([run]) if name.startswith(_OF_ROWS)]
        self._metrics |= dict.fromkeys(names)
        results = {
            f"{which}_{name}": run.metric(name, which)
            for name in names
            for which in ("best", "final")
        }
        results |= {name: run.metric(name) for name in names if name.startswith("test_")}
        results |= {column: run.metric(name) for column, name in _COUNTS.items()}
        row = {"job": run.label, "status": run.status, **asked, **results}
        row |= {"message": run.summary.get("message")}
        self._rows[entry.folder] = {
            key: spreadsheet_text(value) if isinstance(value, str) else value
            for key, value in row.items()
        }
        self.runs[entry.folder] = run


def _columns(metrics: Collection[str]) -> list[str]:
    """Columns of the table for the metrics that the jobs have.

    Accuracy has its columns unless these jobs have other metrics and not that one.
    """
    quantities = dict.fromkeys(quantity_of(m) for m in metrics if not m.startswith("test_"))
    others = [q for q in quantities if q not in ("loss", "accuracy")]
    counted = ["accuracy"] * ("accuracy" in quantities or not others) + others
    usual = (f"{rows}_{q}" for rows in ("train", "val") for q in ("loss", *counted))
    shown = [name for name in usual if name in metrics or name in _ALWAYS]
    best, final = ([f"{which}_{name}" for name in shown] for which in ("best", "final"))
    tests = [f"test_{quantity}" for quantity in counted]
    return ["epochs", "best_epoch", *best, *final, *tests, "seconds"]


def by_key(overrides: Sequence[str]) -> dict[str, str]:
    """The values that overrides give, as they are typed."""
    return {key: value for key, _, value in (word.partition("=") for word in overrides)}


def _unique(name: str, taken: set[str]) -> str:
    candidate, attempt = name, 1
    while candidate.casefold() in taken:
        attempt += 1
        candidate = f"{name}_{attempt}"
    taken.add(candidate.casefold())
    return candidate


class DUMPER(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes plain values; of a folder whose name is no text, the bytes that are none in ASCII."""

    def represent_text(self, text: str) -> Any:
        return self.represent_str(text.encode("utf-8", "backslashreplace").decode("utf-8"))


DUMPER.add_representer(str, DUMPER.represent_text)
