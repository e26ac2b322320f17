"""What data was asked for, and the plan to get it: the words between `load_dataset` and the
functions of ``DATASETS``."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.fetch.sources import SOURCES
from mlp_scratch.data.pictures.folders.listing import Listing
from mlp_scratch.data.pictures.picture_reading import PictureReading
from mlp_scratch.data.tables.column_roles import Label, Roles
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What was asked for. Of paths the user's own folder (``~``) is made out.

    name, dir: see `load_dataset`. path: the file or folder to read, for table, npz, npy, idx and
    folder; absolute, relative to the working directory, or relative to ``dir``; the named data sets
    look there instead of ``dir``. test_path, val_path: labelled test and validation rows in files
    of their own.
    label: the column of the labels in a table, by name or by number from 0 (default: the first), or
    several; for npy the file of the labels. weight, split, group, drop, keep, categorical: columns
    of a table, see `Roles`. reading: how a table's text is laid out, and what stands for a missing
    value.
    download: whether a missing data set may be fetched. shared: another folder like ``dir``, looked
    into after it. download_dir: downloads go to ``download_dir/<name>/``; None: that of ``dir``.
    task: what the target is taken for, see ``targets.py``. missing: ``drop`` leaves the rows of a
    table that have a gap out, ``error`` refuses them; rows without a label are left out in any
    other case. pictures: how the pictures of a folder become rows. n, noise: how many points of one
    of ``builtin/worlds.py``, and by how much they stray.
    """

    name: str
    dir: Path
    path: Path | None = None
    test_path: Path | None = None
    val_path: Path | None = None
    label: Label = None
    weight: str | None = None
    split: str | None = None
    group: str | None = None
    drop: tuple[str | int, ...] = ()
    keep: tuple[str | int, ...] = ()
    categorical: tuple[str | int, ...] = ()
    reading: Reading = field(default_factory=Reading)
    download: bool = True
    shared: Path | None = None
    download_dir: Path | None = None
    task: str = "auto"
    missing: str = "auto"
    pictures: PictureReading = field(default_factory=PictureReading)
    n: int | None = None
    noise: float | None = None

    def __post_init__(self) -> None:
        for key in ("dir", "path", "test_path", "val_path", "shared", "download_dir"):
            if (path := getattr(self, key)) is not None:
                object.__setattr__(self, key, Path(os.path.expanduser(path)))
        for key in ("drop", "keep", "categorical"):
            object.__setattr__(self, key, tuple(getattr(self, key) or ()))

    @property
    def folders(self) -> list[Path]:
        """Where the files of a published data set are looked up, in this order."""
        if self.path is not None:
            return [exists(self.path, self.dir)]
        return [self.dir, *([] if self.shared is None else [self.shared])]

    @property
    def roles(self) -> Roles:
        """Which columns of a table are what."""
        said = {one.name: getattr(self, one.name) for one in fields(Roles) if one.name != "whole"}
        return Roles(**said, whole=self.missing == "error")


@dataclass(frozen=True)
class Plan:
    """The files to parse, how, and whatever else than their contents the result depends on.

    listings: of more files to parse, too many to be named. task: what the target is, where it is
    known and need not be found out.
    """

    files: list[Path]
    parse: Callable[[], Parsed]
    options: dict[str, Any] = field(default_factory=dict)
    listings: tuple[Listing, ...] = ()
    task: str = "auto"


def downloaded(request: Request) -> list[Path]:
    """The files of a published data set, from the web. Raises DataError."""
    from mlp_scratch.data.fetch.download import by_hand, download_all

    remotes = SOURCES[request.name]
    folder = (request.download_dir or request.dir) / request.name
    if request.path is not None or not request.download:
        where = request.path if request.path is not None else f"{folder} or {request.dir}"
        why = "" if request.path is not None else ", and data.download=false"
        raise DataError(
            f"data={request.name}: no complete set of its files in {where}{why}\n"
            + by_hand(remotes, folder)
        )
    _log.info("data=%s: downloading to %s (data.dir=FOLDER for another)", request.name, folder)
    return download_all(request.name, remotes, folder)


def existing(request: Request) -> Path:
    if request.path is None:
        raise DataError(f"data={request.name} needs data.path=FILE, the file (or folder) to read")
    return exists(request.path, request.dir)


def other_files(request: Request) -> dict[str, Path]:
    """The files of the test rows and of the validation rows, by ``test`` and ``val``."""
    paths = {"test": request.test_path, "val": request.val_path}
    return {part: exists(p, request.dir) for part, p in paths.items() if p is not None}


def exists(path: Path, dir: Path) -> Path:
    """The path as given, or below ``dir``."""
    for candidate in (path, dir / path):
        if candidate.exists():
            return candidate
    raise DataError(f"{path}: no such file or folder, neither here nor in {dir}")


def if_file(path: Path) -> list[Path]:
    return [path] if path.is_file() else []
