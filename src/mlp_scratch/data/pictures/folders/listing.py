"""All pictures below a folder, found without opening one.

A folder may be a stranger's and may hold anything: hidden files, notes, links to elsewhere. What is
no picture by its name is counted and left alone, and no link is followed out of the folder.
"""

import hashlib
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mlp_scratch.errors import DataError

ENDINGS = frozenset(
    ("png", "apng", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "webp", "tif", "tiff")
)
_OF_THE_SYSTEM = frozenset(("thumbs.db", "desktop.ini", "__macosx", "@eadir"))
MOST_ENTRIES = 5_000_000  # below a folder; somebody else may have named it, in a run
_KINDS_NAMED = 4
_LONGEST, _NAMED = 80, 5  # characters of a name, names in a line
_DIGITS = re.compile(r"(\d+)", re.ASCII)


@dataclass
class LeftAlone:
    """How many things below a folder are no pictures of it."""

    hidden: int = 0
    links: int = 0
    kinds: Counter = field(default_factory=Counter)

    def in_words(self) -> str:
        """One line, or nothing where there was nothing."""
        parts = []
        if self.hidden:
            parts.append(f"{self.hidden:,} hidden or of the system")
        if self.kinds:
            kinds = ", ".join(shown(kind) for kind, _ in self.kinds.most_common(_KINDS_NAMED))
            more = ", ..." if len(self.kinds) > _KINDS_NAMED else ""
            parts.append(f"{self.kinds.total():,} files of other kinds ({kinds}{more})")
        if self.links:
            parts.append(f"{self.links:,} links to folders or out of this one")
        return f"left alone: {', '.join(parts)}" if parts else ""


@dataclass(frozen=True, eq=False)
class Listing:
    """The pictures below ``root``, an absolute path without links.

    names: their paths below it, with ``/``, in order of their letters. folders: all folders below
    it, alike. digest: SHA-256 of names, sizes and times of change, by which a change of any of them
    is noticed. times: (n,) nanoseconds of change.
    """

    root: Path
    names: list[str]
    folders: list[str]
    digest: str
    times: np.ndarray
    left_alone: LeftAlone

    def changed_between(self, start_ns: int, end_ns: int) -> bool:
        """Whether a picture was changed at such a time."""
        return bool(((self.times > start_ns) & (self.times < end_ns)).any())


def listing_of(folder: Path) -> Listing:
    """Look through the folder and all below it. Raises DataError where one cannot be looked into.

    Hundred thousand files take about a second: one call of the system for each.
    """
    root = os.path.realpath(folder)
    found: list[tuple[str, int, int]] = []
    folders: list[str] = []
    left, waiting, seen = LeftAlone(), [""], 0
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(os.path.join(root, below)) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MOST_ENTRIES:
                        raise DataError(f"{folder}: more than {MOST_ENTRIES:,} files and folders")
                    name = f"{below}/{entry.name}" if below else entry.name
                    if _is_picture(entry, root):
                        stat = entry.stat()
                        found.append((name, stat.st_size, stat.st_mtime_ns))
                    elif entry.is_dir(follow_symlinks=False) and not _is_hidden(entry.name):
                        folders.append(name)
                        waiting.append(name)
                    else:
                        _count(entry, root, left)
        except OSError as error:
            where = os.path.join(folder, below) if below else folder
            raise DataError(f"{where}: cannot be looked into: {error.strerror}") from error
    found.sort()
    told = "".join(f"{name}\0{size}\0{changed}\n" for name, size, changed in found)
    return Listing(
        root=Path(root),
        names=[name for name, _, _ in found],
        folders=sorted(folders),
        digest=hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest(),
        times=np.array([changed for _, _, changed in found], np.int64),
        left_alone=left,
    )


def _is_picture(entry: os.DirEntry[str], root: str) -> bool:
    """A plain file of such a name, or a link to one that lies in ``root`` too."""
    _, dot, ending = entry.name.rpartition(".")
    if not dot or ending.lower() not in ENDINGS or _is_hidden(entry.name):
        return False
    return entry.is_file(follow_symlinks=False) or (
        entry.is_symlink() and _inside(entry.path, root) and entry.is_file()
    )


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _OF_THE_SYSTEM


def _count(entry: os.DirEntry[str], root: str, left: LeftAlone) -> None:
    """What is neither a picture nor a folder of some."""
    if _is_hidden(entry.name):
        left.hidden += 1
    elif entry.is_symlink() and (entry.is_dir() or not _inside(entry.path, root)):
        left.links += 1
    else:
        left.kinds[os.path.splitext(entry.name)[1].lower() or "without an ending"] += 1


def _inside(link: str, root: str) -> bool:
    return os.path.realpath(link).startswith(os.path.join(root, ""))


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key by which ``class 10`` comes after ``class 9``."""
    parts = _DIGITS.split(name)
    return [(0, int(part), part) if i % 2 else (1, 0, part) for i, part in enumerate(parts)]


def in_natural_order(words: Iterable[str]) -> list[str]:
    """Numbers by value where all are some, words with their numbers by value otherwise."""
    different = set(words)
    try:
        values = {word: float(word) for word in different}
    except ValueError:
        values = {}
    if not values or not all(map(math.isfinite, values.values())):
        return sorted(different, key=natural)
    return sorted(different, key=lambda word: (values[word], word))


def shown(words: str) -> str:
    """Words from a file system, cut and in one printable line."""
    short = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."
    return short if short.isprintable() else ascii(short)[1:-1]


def first_few(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(map(shown, names[:_NAMED])) + more
