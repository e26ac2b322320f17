"""Finding runs on the disk: walking folders, globs and links, and naming what was found."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mlp_scratch.errors import RunError

Paths = Iterable[str | os.PathLike[str]] | str | os.PathLike[str]

_SKIPPED = {"checkpoints", "__pycache__", "node_modules"}
# a folder with nothing else in it was claimed, and then nothing happened
UNTOUCHED = {"config.yaml", ".hydra", "train.log", "checkpoints", ".lock", "multirun.yaml"}


def find_runs(paths: Paths) -> list[Path]:
    """Every folder at or below ``paths`` (folders or globs) that is a run or looks like one.

    Each folder once, in natural order (2 before 10). Runs do not lie inside runs. Raises RunError
    when a path does not exist.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    found: dict[str, Path] = {}
    for given in paths:
        for start in _expand(os.fspath(given)):
            for path in _walk(start):
                found.setdefault(os.path.realpath(path), path)
    return sorted(found.values(), key=lambda path: natural_order(path.absolute()))


def natural_order(path: object) -> list[tuple[int, int, str]]:
    """A sort key by which ``2`` comes before ``10``."""
    parts = re.split(r"(\d+)", str(path))
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts]


def _expand(given: str) -> list[Path]:
    path = Path(given).expanduser()
    if path.is_dir():
        return [path]
    if path.is_file() and path.name in ("summary.json", "metrics.csv", "config.yaml"):
        return [path.parent]
    matches = [Path(m) for m in sorted(glob.glob(str(path), recursive=True)) if os.path.isdir(m)]
    if not matches:
        what = "no folder matches" if glob.has_magic(given) else "no such folder"
        raise RunError(f"{given}: {what}")
    return matches


def _walk(start: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()  # a link may lead back upwards
    waiting = [str(start)]
    while waiting:
        folder = waiting.pop()
        try:
            identity = os.stat(folder)
            with os.scandir(folder) as entries:
                kinds = {entry.name: entry.is_dir() for entry in entries}
        except OSError:
            yield Path(folder)  # load_run says why it cannot be read
            continue
        if (identity.st_dev, identity.st_ino) in seen:
            continue
        seen.add((identity.st_dev, identity.st_ino))
        configured = "config.yaml" in kinds or ".hydra" in kinds
        reported = "summary.json" in kinds or "metrics.csv" in kinds
        untouched = kinds.keys() <= UNTOUCHED
        if reported or untouched or ".hydra" in kinds:
            yield Path(folder)
        if not (untouched or (configured and reported)):
            waiting += [
                os.path.join(folder, name)
                for name in sorted(kinds, reverse=True)
                if kinds[name] and not name.startswith(".") and name not in _SKIPPED
            ]


def short_labels(paths: Sequence[Path]) -> list[str]:
    """The shortest tail of each path that tells all of them apart."""
    parts = [path.absolute().parts for path in paths]
    shared = 0
    if len(parts) > 1:
        while all(len(p) > shared + 1 for p in parts) and len({p[shared] for p in parts}) == 1:
            shared += 1
    else:
        shared = max(len(parts[0]) - 1, 0) if parts else 0
    return ["/".join(p[shared:]) for p in parts]
