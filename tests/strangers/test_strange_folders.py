"""Thousands of strange folders of runs, sweeps and searches, looked at by what is below the doors.

Every folder is made from a real one by damage that its kind and its number decide. By default a
hundred of them are seen; ``pytest -m slow tests/strangers -n 2 -s`` sees them all, and counts them.
"""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from kinds import KINDS, Kind, is_untouched
from looks import look
from watched import Watcher

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

BY_DEFAULT = [k for k in KINDS if k.origin != "search"] + [
    k for k in KINDS if str(k) in ("search: statements", "search: trials' names")
]


@pytest.fixture(scope="module")
def watcher(place: Path) -> Iterator[Watcher]:
    """The process that looks."""
    with Watcher(look, place / "home") as watcher:
        yield watcher


def check(kind: Kind, numbers: range, originals: Path, place: Path, watcher: Watcher) -> None:
    faults: list[str] = []
    for number in numbers:
        folder = kind.make(originals, place / "lab", number)
        found = watcher.faults(folder)
        faults += [f"{number}: {fault}" for fault in found]
        assert is_untouched(place), number
        if any(fault.startswith("hangs") for fault in found):
            break  # once is enough of this
    assert not faults, f"{kind}: {len(faults)} faults\n" + "\n".join(faults)


@pytest.mark.mostly_slow(8)
@pytest.mark.parametrize("kind", BY_DEFAULT, ids=str)
def test_one_of_each_kind(kind: Kind, originals: Path, place: Path, watcher: Watcher) -> None:
    check(kind, range(1), originals, place, watcher)


@pytest.mark.slow
@pytest.mark.marathon
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_many_of_each_kind(kind: Kind, originals: Path, place: Path, watcher: Watcher) -> None:
    check(kind, range(kind.many), originals, place, watcher)
    print(f"{kind}: {kind.many} folders")


@pytest.mark.slow
@pytest.mark.parametrize("origin", ["run", "sweep", "search"])
def test_whole_folders_are_read(origin: str, originals: Path, place: Path) -> None:
    """And what is not strange is answered without a word of complaint."""
    whole = Kind(origin, "whole", lambda rng, folder, number: None)
    with Watcher(partial(look, whole=True), place / "home") as watcher:
        check(whole, range(1), originals, place, watcher)


def test_there_are_thousands() -> None:
    assert sum(kind.many for kind in KINDS) > 2000
    assert len({str(kind) for kind in KINDS}) == len(KINDS)
