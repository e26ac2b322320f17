"""A run's folder: claiming it, and what lies where in it.

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

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.errors import RunError
from mlp_scratch.files import try_lock, write_text_atomically

ROOM = 1 << 16  # bytes that must be free for a run to begin: its config, log and first metrics
LARGEST_SUMMARY = 1 << 27  # bytes; a confusion matrix of a thousand classes takes ten million


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
            return read_summary(self.summary)
        except (OSError, ValueError):
            return {}

    @contextlib.contextmanager
    def locked(self, what: str = "run") -> Iterator[None]:
        """Hold the folder's lock; RunError when another process holds it, or it cannot be held."""
        self.refuse_links()
        try:
            file = open(self.lock_file, "a+b")  # noqa: SIM115
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written ({error.strerror})") from error
        with file:
            if not try_lock(file):
                raise RunError(
                    f"{self.path}: another process is working on this {what}; wait until it ends"
                )
            yield

    def refuse_links(self) -> None:
        """RunError where what is written in place would go elsewhere, or into a pipe."""
        for path in (self.lock_file, self.log, self.metrics):
            if inside(self.path, path).exists() and not path.is_file():
                raise RunError(f"{path}: must be a plain file")
        for name in ("checkpoints", ".hydra", "events", "mlflow_run.txt"):
            inside(self.path, self.path / name)

    def is_locked(self) -> bool:
        """Whether a process works on the run at this moment: what tells running from killed."""
        try:
            with open(self.lock_file, "r+b") as file:
                return not try_lock(file)
        except OSError:
            return False


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
    text = read_plain_file(path, LARGEST_SUMMARY).decode("utf-8")
    try:
        summary = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON (line {error.lineno}: {error.msg})") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return summary if isinstance(summary, dict) else {}


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
