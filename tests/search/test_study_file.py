"""A study's database that does more than hold tables, or that fails in the middle of a search."""

import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from mlp_scratch.errors import RunError
from mlp_scratch.search.study_file import check_study_file

WHOLE = Path(__file__).parents[1] / "fixtures" / "old_runs" / "runs" / "study" / "study.db"
MAGIC = bytes.fromhex("d9d505f920a163d7")
ENDLESS = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(WHOLE, folder / "study.db")
    return folder


def hot_journal(database: Path, named: Path | None) -> None:
    """A journal as a crash leaves it; one that names a file is followed to that file."""
    page = database.read_bytes()
    size = struct.unpack(">H", page[16:18])[0]
    head = MAGIC + struct.pack(">IIIII", 0, 0, len(page) // size, 512, size)
    text = str(named).encode() if named else b""
    tail = struct.pack(">I", 0x40000000 // size + 1) + text
    tail += struct.pack(">II", len(text), sum(text)) + MAGIC
    path = database.with_name(database.name + "-journal")
    path.write_bytes(head.ljust(512, b"\0") + (tail if named else b""))


def test_a_journal_has_no_file_deleted(study: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("a user's own")
    hot_journal(study / "study.db", precious)
    with pytest.raises(RunError, match="names a file to be deleted"):
        check_study_file(study)
    assert precious.exists()


def test_a_crash_of_our_own_is_mended(study: Path) -> None:
    hot_journal(study / "study.db", None)
    check_study_file(study)
    assert not (study / "study.db-journal").exists()


@pytest.mark.parametrize(
    "statements",
    [
        f"ALTER TABLE trials RENAME TO t; CREATE VIEW trials AS SELECT * FROM t WHERE {ENDLESS}",
        f"CREATE TRIGGER x AFTER INSERT ON trials BEGIN UPDATE trials SET number={ENDLESS}; END",
        "CREATE TABLE x (a, b GENERATED ALWAYS AS (zeroblob(999999999)))",
        "PRAGMA writable_schema = 1; INSERT INTO sqlite_master VALUES "
        "('table', 'x', 'x', 0, 'CREATE VIRTUAL TABLE x USING fts5(a)')",
    ],
)
def test_nothing_but_plain_tables(study: Path, statements: str) -> None:
    with closing(sqlite3.connect(study / "study.db")) as database:
        database.executescript(statements)
        database.commit()
    with pytest.raises(RunError, match=r"nothing that a search makes|cannot be read"):
        check_study_file(study)


def test_whole_ones_and_none_are_let_through(study: Path, tmp_path: Path) -> None:
    check_study_file(study)
    check_study_file(tmp_path)
