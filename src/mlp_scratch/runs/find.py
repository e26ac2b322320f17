"""Finding runs on the disk: walking folders, globs and links, and naming what was found."""

from __future__ import annotations

import datetime
import glob
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.errors import RunError
from mlp_scratch.runs.folder import LARGEST_SUMMARY, RunFolder, plain_label
from mlp_scratch.runs.run_state import BEGUN, UNTOUCHED, state_of
from mlp_scratch.streams import note

Paths = Iterable[str | os.PathLike[str]] | str | os.PathLike[str]

LATEST = "latest"
_SKIPPED = {"checkpoints", "__pycache__", "node_modules"}


def find_runs(paths: Paths) -> list[Path]:
    """Every folder at or below ``paths`` (folders or globs) that is a run or looks like one.

    Each folder once, in natural order (2 before 10). Runs do not lie inside runs. Raises RunError
    when a path does not exist.
    """
    return list(_found(paths))


def find_run(text: str, paths: Paths = "outputs", besides: Path | None = None) -> RunFolder:
    """The run that ``text`` names: a path, ``latest``, or a unique part of a folder's name.

    paths: where runs that are not named by their path lie. besides: a run that is not meant by a
    name, because it is the one that asks. The latest is the last that has begun to train, by
    ``started`` of its summary; of several (and of those that do not say) the last by path. Of runs
    that all bear the name ``text`` (a rerun bears that of its model) the latest is meant, and a
    line says so. Raises RunError when there is none, or more than one.
    """
    if text != LATEST and os.path.isdir(text):
        inside = find_runs(text)
        if len(inside) == 1 or Path(text) in inside:
            return RunFolder(inside[0])
        kind = f"holds {len(inside)} runs; name one of them" if inside else "is not a run's folder"
        raise RunError(f"{text}: {kind}")
    shown = paths if isinstance(paths, str) else ", ".join(map(str, [*_several(paths)]))
    own = besides and os.path.realpath(besides)
    try:
        found = {p: start for p, start in _found(paths).items() if os.path.realpath(p) != own}
    except RunError:  # no such folder
        found = {}
    if not found:
        raise RunError(f"{text}: no such run, and no runs under {shown}/")
    if text == LATEST:
        return RunFolder(_latest(found))
    named = {
        p: p.name if p == start else p.relative_to(start).as_posix() for p, start in found.items()
    }
    exact = [path for path, name in named.items() if text in (name, path.name)]
    if not exact and (namesakes := [path for path in found if _bears_name(path, text)]):
        exact = [_latest(namesakes)]
        if len(namesakes) > 1:
            note(f"{text}: {len(namesakes)} runs have this name; meant is {exact[0]}")
    matches = exact or [path for path, name in named.items() if text in name]
    if len(matches) == 1:
        return RunFolder(matches[0])
    if not matches:
        latest = _latest(named)
        raise RunError(f"{text}: no such run under {shown}/ (latest: {latest})")
    last = ", ".join(named[path] for path in matches[-3:])
    raise RunError(f"{text}: {len(matches)} runs match, the last are {last}; name one of them")


def contents_of(run: Path) -> tuple[bytes | None, bytes | None]:
    """Summary and config, as they lie there. Two folders with the same are one run and its copy:
    the timings of a rerun differ in their last digits."""
    found: list[bytes | None] = []
    for name in ("summary.json", "config.yaml"):
        try:
            found.append(read_plain_file(run / name, LARGEST_SUMMARY))
        except (OSError, ValueError):
            found.append(None)
    return found[0], found[1]


def _latest(runs: Iterable[Path]) -> Path:
    """The run that has begun to train last; of those that began together the last by path, copies
    left out."""
    starts = {path: _start(path) for path in runs}
    last = max(starts.values())
    together = sorted((p for p in starts if starts[p][:2] == last[:2]), key=starts.__getitem__)
    if last[1] == -math.inf or len(together) == 1:
        return together[-1]
    once: dict[Any, Path] = {}
    for path in together:
        once.setdefault(contents_of(path), path)
    return [*once.values()][-1]


def natural_order(path: object) -> list[tuple[int, int, str]]:
    """A sort key by which ``2`` comes before ``10``."""
    parts = re.split(r"(\d+)", str(path))
    numbers = [p.lstrip("0") if p.isdecimal() else None for p in parts]  # of any length
    return [
        (1, 0, part) if number is None else (0, len(number), number)
        for part, number in zip(parts, numbers, strict=True)
    ]


def _bears_name(path: Path, text: str) -> bool:
    """Whether a run's folder was claimed under the name ``text``."""
    name = rf"\d\d-\d\d-\d\d_{re.escape(plain_label(text))}(_\d+)?"
    own = RunFolder(path).read_summary().get("name") if re.fullmatch(name, path.name) else None
    return text == own


def _start(path: Path) -> tuple[bool, float, Any]:
    """Whether the run has begun to train, and when, as its summary says, in seconds; its path."""
    state = state_of(RunFolder(path))
    try:
        when = datetime.datetime.fromisoformat(str(state.summary.get("started")))
        # the clock of the machine that asks has no say: a copy gives the same answer elsewhere
        seconds = (when if when.tzinfo else when.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, OverflowError):
        seconds = -math.inf
    return state.has_trained, seconds, natural_order(path.absolute())


def _several(paths: Paths) -> Iterable[str | os.PathLike[str]]:
    return [paths] if isinstance(paths, str | os.PathLike) else paths


def _found(paths: Paths) -> dict[Path, Path]:
    """The runs at or below ``paths`` in natural order, and for each where the search began."""
    found: dict[str, tuple[Path, Path]] = {}
    for given in _several(paths):
        for start in _expand(os.fspath(given)):
            for path in _walk(start):
                found.setdefault(os.path.realpath(path), (path, start))
    return dict(sorted(found.values(), key=lambda pair: natural_order(pair[0].absolute())))


def _expand(given: str) -> list[Path]:
    path = Path(os.path.expanduser(given))  # Path's own fails where there is no such user
    if path.is_dir():
        return [path]
    if path.is_file() and path.name in ("summary.json", "metrics.csv", "config.yaml"):
        return [path.parent]
    matches = [Path(m) for m in sorted(_matches(path)) if os.path.isdir(m)]
    if not matches:
        what = "no folder matches" if glob.has_magic(given) else "no such folder"
        raise RunError(f"{given}: {what}")
    return matches


def _matches(pattern: Path) -> Iterator[str]:
    """As ``glob``, but ``**`` follows no links: a few that lead back upwards unfold without end."""
    if "**" not in pattern.parts:
        yield from glob.glob(str(pattern))
        return
    place = pattern.parts.index("**")
    above, below = pattern.parts[:place], pattern.parts[place + 1 :]
    for start in glob.glob(os.path.join(*above)) if above else ["."]:
        for folder, names, _ in os.walk(start):
            names[:] = [name for name in names if not name.startswith(".")]
            yield from _matches(Path(glob.escape(folder), *below)) if below else [folder]


def _is_a_run(folder: str) -> bool:
    """Of a link below where one looks: it is followed to a run, and not over the whole machine."""
    return os.path.exists(os.path.join(folder, "summary.json"))


def _walk(start: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()  # a link may lead back upwards
    waiting = [str(start)]
    while waiting:
        folder = waiting.pop()
        try:
            identity = os.stat(folder)
            with os.scandir(folder) as entries:
                found = list(entries)
                kinds = {entry.name: entry.is_dir() for entry in found}
                links = {entry.name for entry in found if entry.is_symlink()}
        except OSError:
            yield Path(folder)  # load_run says why it cannot be read
            continue
        if (identity.st_dev, identity.st_ino) in seen:
            continue
        seen.add((identity.st_dev, identity.st_ino))
        configured = "config.yaml" in kinds or ".hydra" in kinds
        reported = "summary.json" in kinds or "metrics.csv" in kinds
        begun = ".hydra" in kinds or ("config.yaml" in kinds and BEGUN & kinds.keys())
        untouched = bool(kinds) and kinds.keys() <= UNTOUCHED
        if reported or untouched or begun:
            yield Path(folder)
        if not (untouched or (configured and reported)):
            waiting += [
                os.path.join(folder, name)
                for name in sorted(kinds, reverse=True)
                if kinds[name] and not name.startswith(".") and name not in _SKIPPED
                if name not in links or _is_a_run(os.path.join(folder, name))
            ]


def shared_folder(paths: Sequence[Path]) -> Path | None:
    """The deepest folder that all of ``paths`` lie in; None where there is none (two drives)."""
    try:
        return Path(os.path.commonpath([path.absolute().parent for path in paths]))
    except ValueError:
        return None


def short_labels(paths: Sequence[Path]) -> list[str]:
    """The shortest tail of each path that tells all of them apart."""
    shared = shared_folder(paths)
    whole = [path.absolute() for path in paths]
    return [(path.relative_to(shared) if shared else path).as_posix() for path in whole]
