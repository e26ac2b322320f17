"""A run's folder: claiming it, and what lies where in it.

The folder is claimed by an exclusive ``mkdir``, so two runs never share one however close together
they start. While a process trains in it, it holds an operating-system lock on ``.lock``, which dies
with the process: a second one is refused, and a crash leaves nothing to clean up.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlp_scratch.bounded_reads import plain_json, read_plain_file
from mlp_scratch.errors import RunError, telling_unwritten
from mlp_scratch.files import try_lock, write_text_atomically

ROOM = 1 << 16  # bytes that must be free for a run to begin: its config, log and first metrics
LARGEST_SUMMARY = 1 << 24  # bytes; those of before, with all counts, have 10 MB for 1000 classes


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
        self.answers = self.path / "answers.npz"
        self.worst_rows = self.path / "worst_rows.csv"
        self.suspicious = self.path / "suspicious.csv"
        self.layers = self.path / "layers.csv"
        self.histograms = self.path / "histograms.npz"
        self.snapshots = self.path / "snapshots.npz"
        self.lock_file = self.path / ".lock"

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Replace ``summary.json``. Raises OSError."""
        text = json.dumps(summary, indent=2, ensure_ascii=False)
        write_text_atomically(self.summary, text + "\n")

    def read_summary(self) -> dict[str, Any]:
        """``summary.json``, or {} when it is missing or damaged."""
        try:
            return read_summary(self.summary)
        except (OSError, ValueError):
            return {}

    @contextlib.contextmanager
    def locked(self, what: str = "run") -> Iterator[None]:
        """Hold the folder's lock; RunError when another process holds it, or it cannot be held."""
        self.refuse_links()
        with telling_unwritten(self.path):
            file = open(self.lock_file, "a+b")  # noqa: SIM115
        with file:
            got = try_lock(file)
            if got is False:
                raise RunError(
                    f"{self.path}: another process is working on this {what}; wait until it ends"
                )
            if got is None:
                print(
                    f"warning: {self.path}: its file system has no locks: see to it that no other "
                    f"process works on this {what}",
                    file=sys.stderr,
                )
            yield

    def refuse_links(self) -> None:
        """RunError where what is written in place would go elsewhere too, or into a pipe."""
        for path in (self.lock_file, self.log, self.metrics, self.layers):
            if not inside(self.path, path).exists():
                continue
            if not path.is_file():
                raise RunError(f"{path}: must be a plain file")
            if path.stat().st_nlink > 1:
                raise RunError(
                    f"{path}: is a file elsewhere too (a hard link); go on in a copy of the folder"
                )
        for name in ("checkpoints", ".hydra", "events", "mlflow_run.txt"):
            inside(self.path, self.path / name)

    def is_locked(self) -> bool | None:
        """Whether a process works on the run at this moment: what tells running from killed.

        None where nobody can tell: no locks there, or a folder that is not ours to lock.
        """
        try:
            with open(self.lock_file, "r+b") as file:
                free = try_lock(file)
        except PermissionError:
            return None
        except OSError:
            return False
        return None if free is None else not free


def inside(folder: Path, path: Path) -> Path:
    """``path``, to be written to: it lies in ``folder``, and no link on the way leads out of it.

    Who made the folder may have put links there, or may have written down the name of ``path``.
    What is written whole takes the place of a link, and needs this of its folder alone.
    Raises RunError.
    """
    named = os.path.normpath(os.path.abspath(path))
    below = os.path.relpath(named, os.path.abspath(folder)).split(os.sep)
    real = os.path.join(os.path.realpath(folder), *below)
    if below[0] in (os.curdir, os.pardir) or os.path.realpath(path) != real:
        raise RunError(f"{path}: must lie in {folder} itself, not outside it or behind a link")
    return path


def read_summary(path: Path) -> dict[str, Any]:
    """The contents of a ``summary.json``, {} for JSON of another kind.

    Raises OSError, or ValueError (one line) when it is not JSON.
    """
    summary = plain_json(read_plain_file(path, LARGEST_SUMMARY).decode("utf-8"))
    return summary if isinstance(summary, dict) else {}


def _as_typed(path: Path) -> Path:
    """Relative to the working directory where it lies below, as a person would type it."""
    with contextlib.suppress(ValueError):
        return path.absolute().relative_to(Path.cwd())
    return path


def dated(suffix: str = "") -> Path:
    """Where a run goes when nobody says where: ``outputs/<date>/<time>``, as ``conf/config.yaml``
    has it for ``train``."""
    return Path("outputs") / time.strftime("%Y-%m-%d") / f"{time.strftime('%H-%M-%S')}{suffix}"


def command(name: str, folder: Path | str, *more: str) -> str:
    """The command that is shown for a folder. Whatever the folder is called, which a stranger may
    have thought of, a shell takes it for a name."""
    return shlex.join(["python", "-m", f"mlp_scratch.{name}", str(folder), *more])


def claim(wanted: Path, label: str | None, *, exact: bool) -> Path:
    """Make a new folder and return it.

    wanted: where it should be. label: appended in a form that every file system takes. exact: the
    user asked for this very folder; otherwise ``_2``, ``_3``, ... is appended until one is free.
    What bears no name of its own (``.``, ``..``, ``/``) can only be meant exactly.
    Raises RunError when the exact folder is in use or none can be made.
    """
    exact = exact or wanted.name in ("", "..")
    base = wanted if exact or not label else wanted.with_name(f"{wanted.name}_{plain_label(label)}")
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, 100_000):
            path = base if attempt == 1 else base.with_name(f"{base.name}_{attempt}")
            try:
                path.mkdir()
            except FileExistsError:
                if not exact:
                    continue
            if _claim_empty(path):
                _prove_room(path)
                return path
            if exact:
                raise RunError(
                    f"{path}: already in use, and a run never overwrites anything; choose "
                    f"another folder, or go on with: {command('resume', path)}"
                )
    except OSError as error:
        raise RunError(f"{base}: cannot make the run's folder ({error.strerror})") from error
    raise RunError(f"{base}: no free name beside it")


def plain_label(label: str) -> str:
    """A run's name as it stands in its folder's name, in a form that every file system takes."""
    return re.sub(r"[^\w.=,+-]+", "-", label)[:80].strip("-.")


def discard(path: Path) -> None:
    """Take a claimed folder away again, and its day's, when nothing was begun in it.

    What others have put there stays, and so does the working directory.
    """
    shutil.rmtree(path / ".hydra", ignore_errors=True)
    with contextlib.suppress(OSError):
        for name in ("train.log", "config.yaml", "metrics.csv", ".lock"):
            (path / name).unlink(missing_ok=True)
        for folder in (path / "checkpoints", path):
            if folder.is_dir() and not folder.samefile(Path.cwd()):
                folder.rmdir()
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", path.parent.name):
            path.parent.rmdir()  # if it is empty


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
