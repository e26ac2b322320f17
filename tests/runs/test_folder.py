"""Claiming run folders, and their locks."""

import os
import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlp_scratch.errors import RunError
from mlp_scratch.runs.folder import RunFolder, claim, command, discard, inside


def make_run(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "config.yaml").write_text("name: null\n")
    (path / ".lock").touch()
    return path


def test_claims_never_collide(tmp_path: Path) -> None:
    wanted = tmp_path / "outputs" / "12-00-00"
    with ThreadPoolExecutor(16) as pool:
        folders = list(pool.map(lambda _: claim(wanted, "a b/c", exact=False), range(64)))
    assert len(set(folders)) == 64
    assert all(folder.is_dir() for folder in folders)
    assert wanted.with_name("12-00-00_a-b-c") in folders


def test_an_exact_folder_is_refused_when_used(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert claim(folder, "label", exact=True) == folder
    make = tmp_path / "empty"
    make.mkdir()
    assert claim(make, None, exact=True) == make
    (folder / "notes.txt").write_text("x")
    with pytest.raises(RunError, match="already in use"):
        claim(folder, None, exact=True)


def test_what_bears_no_name_is_meant_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    for nameless in (".", "", "/", ".."):
        with pytest.raises(RunError, match="already in use"):
            claim(Path(nameless), "label", exact=False)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_only_what_is_ours_is_discarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = tmp_path / "2026-01-02"
    kept, gone = (claim(day / name, None, exact=True) for name in ("kept", "gone"))
    for folder in (kept, gone):
        (folder / ".hydra").mkdir()
        (folder / "config.yaml").touch()
    (kept / "notes.txt").write_text("x")
    discard(kept)
    discard(gone)
    assert sorted(path.name for path in day.rglob("*")) == ["kept", "notes.txt"]
    (kept / "notes.txt").unlink()
    monkeypatch.chdir(kept)
    discard(Path("."))
    assert kept.is_dir()
    monkeypatch.chdir(tmp_path)
    discard(kept)
    assert not day.exists()


def test_of_many_claims_on_an_empty_folder_one_wins(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()

    def attempt(_: int) -> bool:
        try:
            claim(folder, None, exact=True)
        except RunError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(64))) == 1


def test_a_lock_excludes_and_ends_with_its_holder(tmp_path: Path) -> None:
    folder = RunFolder(make_run(tmp_path / "run"))
    with folder.locked():
        assert folder.is_locked()
        with pytest.raises(RunError, match="another process"), folder.locked():
            pass
    assert not folder.is_locked()


def test_a_shown_command_runs_nothing_of_a_folders_name() -> None:
    assert command("resume", Path("outputs/a")) == "python -m mlp_scratch.resume outputs/a"
    words = shlex.split(command("resume", Path("$(touch canary);x' y"), "--retry-failed"))
    assert words[3:] == ["$(touch canary);x' y", "--retry-failed"]
    assert "'$(touch canary)" in command("resume", Path("$(touch canary)"))


links = pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")


@links
def test_inside(tmp_path: Path) -> None:
    """The one rule for whatever is written: below the folder, and no link on the way."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    (folder / "real").mkdir(parents=True)
    outside.mkdir()
    (tmp_path / "named").symlink_to(folder)  # who names a link means what it leads to
    for start in (folder, tmp_path / "named"):
        for name in ("new", "real/new", "real/../new", "real"):
            assert inside(start, start / name) == start / name
    (folder / "out").symlink_to(outside)
    (folder / "in").symlink_to(folder / "real")
    (folder / "nowhere").symlink_to(tmp_path / "missing")
    for name in ("out", "out/x", "out/..", "in", "in/x", "nowhere", "..", "../x", ".", "/x"):
        with pytest.raises(RunError, match="itself, not outside it or behind a link"):
            inside(folder, folder / name)
