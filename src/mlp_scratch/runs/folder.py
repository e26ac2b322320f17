"""A run's folder: claiming it, what lies where in it, and finding it again.

The folder is claimed by an exclusive ``mkdir``, so two runs never share one however close together
they start. While a process trains in it, it holds an operating-system lock on ``.lock``, which dies
with the process: a second one is refused, and a crash leaves nothing to clean up.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlp_scratch.errors import RunError
from mlp_scratch.files import try_lock, write_text_atomically

ROOM = 1 << 16  # bytes that must be free for a run to begin: its config, log and first metrics
MARKER = "config.yaml"  # a folder with this file, or with .hydra/, is a run


class RunFolder:
    """The paths of a run. Making one touches no disk."""

    def __init__(self, path: Path | str) -> None:
        self.path = _as_typed(Path(path))
        self.config = self.path / "config.yaml"
        self.log = self.path / "train.log"
        self.metrics = self.path / "metrics.csv"
        self.summary = self.path / "summary.json"
        self.checkpoints = self.path / "checkpoints"
        self.last = self.checkpoints / "last.npz"
        self.best = self.checkpoints / "best.npz"
        self.misclassified = self.path / "misclassified.npz"
        self.lock_file = self.path / ".lock"

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Replace ``summary.json``. Raises OSError."""
        text = json.dumps(summary, indent=2, ensure_ascii=False)
        write_text_atomically(self.summary, text + "\n")

    def read_summary(self) -> dict[str, Any]:
        """``summary.json``, or {} when it is missing or damaged."""
        try:
            if not self.summary.is_file():  # opening a pipe would wait for ever
                return {}
            summary = json.loads(self.summary.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return summary if isinstance(summary, dict) else {}

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock; RunError when another process holds it, or it cannot be held."""
        self._refuse_links()
        try:
            file = open(self.lock_file, "a+b")  # noqa: SIM115
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written ({error.strerror})") from error
        with file:
            if not try_lock(file):
                raise RunError(
                    f"{self.path}: another process is working on this run; wait until it ends"
                )
            yield

    def _refuse_links(self) -> None:
        """A folder from a stranger could lead what is written in place to somewhere else."""
        for path in (self.lock_file, self.log, self.metrics):
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise RunError(f"{path}: must be a plain file, not a link or the like")
        if self.checkpoints.is_symlink():
            raise RunError(f"{self.checkpoints}: must be a folder of the run's own, not a link")

    def is_locked(self) -> bool:
        """Whether a process works on the run at this moment."""
        try:
            with open(self.lock_file, "r+b") as file:
                return not try_lock(file)
        except OSError:
            return False


def _as_typed(path: Path) -> Path:
    """Relative to the working directory where it lies below, as a person would type it."""
    with contextlib.suppress(ValueError):
        return path.absolute().relative_to(Path.cwd())
    return path


def claim(wanted: Path, label: str | None, *, exact: bool) -> Path:
    """Make a new folder and return it.

    wanted: where it should be. label: appended in a form that every file system takes. exact: the
    user asked for this very folder; otherwise ``_2``, ``_3``, ... is appended until one is free.
    Raises RunError when the exact folder is in use or none can be made.
    """
    suffix = "" if exact or not label else "_" + re.sub(r"[^\w.=,+-]+", "-", label)[:80].strip("-.")
    base = wanted.with_name(wanted.name + suffix)
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, 100_000):
            path = base if attempt == 1 else base.with_name(f"{base.name}_{attempt}")
            made = _make(path)
            if (made or exact) and _claim_empty(path):
                _prove_room(path)
                return path
            if exact:
                raise RunError(
                    f"{path}: already in use, and a run never overwrites anything; choose "
                    f"another folder, or go on with: python -m mlp_scratch.resume {path}"
                )
    except OSError as error:
        raise RunError(f"{base}: cannot make the run's folder ({error.strerror})") from error
    raise RunError(f"{base}: no free name beside it")


def _make(path: Path) -> bool:
    """Make a folder; whether it was not there before."""
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def _prove_room(path: Path) -> None:
    """Raise OSError, and take the new folder away again, when the disk is full."""
    trial = path / ".room.tmp"
    try:
        with open(trial, "wb") as file:
            file.write(b"\0" * ROOM)
        trial.unlink()
    except OSError:
        with contextlib.suppress(OSError):
            trial.unlink(missing_ok=True)
            (path / ".lock").unlink()
            path.rmdir()
        raise


def _claim_empty(path: Path) -> bool:
    """Claim a folder while it is empty: of several processes, one creates the lock file."""
    if not path.is_dir() or any(path.iterdir()):
        return False
    try:
        (path / ".lock").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def find_run(text: str, outputs: Path = Path("outputs"), besides: Path | None = None) -> RunFolder:
    """The run that ``text`` names: a path, ``latest``, or a unique part of a folder's name.

    besides: a run that is not meant by a name, because it is the one that asks.
    Raises RunError when there is none, or more than one.
    """
    path = Path(text)
    if is_run(path):
        return RunFolder(path)
    if path.is_dir() and text != "latest":
        inside = sorted(runs_below(path))
        if len(inside) == 1:
            return RunFolder(inside[0])
        kind = f"holds {len(inside)} runs; name one of them" if inside else "is not a run's folder"
        raise RunError(f"{text}: {kind}")
    own = besides and besides.resolve()
    runs = sorted((r for r in runs_below(outputs) if r.resolve() != own), key=_started)
    if not runs:
        raise RunError(f"{text}: no such run, and no runs under {outputs}/")
    if text == "latest":
        return RunFolder(runs[-1])
    matches = [run for run in runs if text in run.relative_to(outputs).as_posix()]
    if len(matches) == 1:
        return RunFolder(matches[0])
    if not matches:
        raise RunError(f"{text}: no such run under {outputs}/ (latest: {runs[-1]})")
    shown = ", ".join(run.relative_to(outputs).as_posix() for run in matches[-3:])
    raise RunError(f"{text}: {len(matches)} runs match, the last are {shown}; name one of them")


def is_run(path: Path) -> bool:
    """Whether ``path`` is the folder of a run."""
    return (path / MARKER).is_file() or (path / ".hydra").is_dir()


def runs_below(folder: Path) -> Iterator[Path]:
    """Every run's folder under ``folder``; runs do not lie inside runs."""
    for parent, folders, files in os.walk(folder):
        if MARKER in files or ".hydra" in folders:
            folders.clear()
            yield Path(parent)
        else:
            folders[:] = sorted(f for f in folders if not f.startswith("."))


def _started(run: Path) -> tuple[float, str]:
    """When the run's folder was claimed: the lock file is made first and never replaced."""
    for witness in (run / ".lock", run / MARKER, run):
        with contextlib.suppress(OSError):
            return (witness.stat().st_mtime, str(run))
    return (0.0, str(run))
