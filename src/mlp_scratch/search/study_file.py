"""A study's database as a file, before Optuna opens it: it may come from a stranger.

SQLite does what such a file says: it deletes a file that a journal names, and computes the views
and triggers of a database without end.
"""

import contextlib
import re
import sqlite3
from pathlib import Path

from mlp_scratch.errors import RunError
from mlp_scratch.runs.folder import inside

NAME = "study.db"
_MAGIC = bytes.fromhex("d9d505f920a163d7")  # ends a journal that names another one, to be deleted
_COMPUTED = re.compile(r"\b(virtual|as)\b", re.IGNORECASE)  # a table by a program, or of formulas
_MOST_MEMORY = 256 << 20  # bytes that all of SQLite may take in this process


def check_study_file(folder: Path) -> None:
    """RunError unless the study in ``folder``, if there is one, is nothing but plain tables."""
    path = folder / NAME
    for end in ("", "-journal", "-wal", "-shm"):
        side = inside(folder, folder / f"{NAME}{end}")
        if side.exists() and not side.is_file():
            raise RunError(f"{side}: must be a plain file")
    journal = folder / f"{NAME}-journal"
    try:
        if journal.exists() and _tail(journal) == _MAGIC:
            raise RunError(f"{journal}: names a file to be deleted, which no search writes")
        if not path.exists():
            return
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute(f"PRAGMA hard_heap_limit = {_MOST_MEMORY}")
            for kind, name, text in database.execute("SELECT type, name, sql FROM sqlite_master"):
                if kind not in ("table", "index") or _COMPUTED.search(str(text)):
                    raise RunError(f"{path}: its {kind} {name!r} is nothing that a search makes")
    except (OSError, sqlite3.Error, MemoryError) as error:
        raise RunError(f"{path}: cannot be read ({error or 'it wants too much memory'})") from error


def _tail(path: Path) -> bytes:
    with open(path, "rb") as file:
        file.seek(max(path.stat().st_size - len(_MAGIC), 0))
        return file.read(len(_MAGIC))
