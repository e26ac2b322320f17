"""Strange folders of runs, sweeps and searches through the real doors, as processes."""

import re
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna")

from forked import start_command
from kinds import KINDS, Kind, is_untouched
from looks import CONTROL
from watched import SECRET

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="links and pipes"),
]

EACH = 20  # folders of runs, of sweeps and of searches
EVERY = 3  # of them the gate takes one
LONGEST = 90  # seconds before a process is asked to end, on a busy machine
LONGEST_END = 30  # seconds that it may take then
MOST = 4 << 30  # bytes of address space
DOORS = {
    "run": [
        *("compare FOLDER --no-plot", "compare FOLDER --status", "evaluate FOLDER"),
        *("predict FOLDER --test 2", "resume FOLDER", "rerun FOLDER training.epochs=1"),
        *("export FOLDER --to npz --output model.npz",),
    ],
    "sweep": ["compare FOLDER", "resume FOLDER"],
    "search": ["compare FOLDER --no-plot", "search search.dir=FOLDER search.trials=3"],
}


def _some() -> list[Any]:
    """Kinds of each origin, evenly spread, as parameters."""
    chosen = []
    for origin in DOORS:
        kinds = [kind for kind in KINDS if kind.origin == origin]
        chosen += [kinds[i * len(kinds) // EACH] for i in range(EACH)]
    return [
        pytest.param(kind, marks=[pytest.mark.marathon] if i % EVERY else [])
        for i, kind in enumerate(chosen)
    ]


@pytest.mark.parametrize("kind", _some(), ids=str)
def test_doors(kind: Kind, originals: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*SECRET)
    faults = []
    for number, door in enumerate(DOORS[kind.origin], start=1):
        folder = kind.make(originals, place / "lab", number)
        faults += [f"{door}: {fault}" for fault in _faults(door, folder, place / "home")]
        assert is_untouched(place), door
    assert not faults, f"{kind}:\n" + "\n".join(faults)
    print(f"{kind}: {len(DOORS[kind.origin])} doors")


def _faults(door: str, folder: Path, home: Path) -> list[str]:
    words = [word.replace("FOLDER", str(folder)) for word in door.split()]
    process = start_command(
        home, words[0], words[1:], stderr=subprocess.PIPE, errors="surrogateescape"
    )
    resource.prlimit(process.pid, resource.RLIMIT_AS, (MOST, MOST))
    try:
        out, err = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:  # it may be training for as long as the config says
        process.send_signal(signal.SIGTERM)
        try:
            out, err = process.communicate(timeout=LONGEST_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return ["hangs"]
    faults = []
    if process.returncode not in (0, 1, 2, 130, 143):
        faults.append(f"exit status {process.returncode}: {err[-300:]}")
    if "Traceback" in out + err:
        faults.append(f"a traceback: {err[-300:]}")
    if SECRET[1] in out + err:
        faults.append("tells an environment variable")
    printed = re.sub(r"\r[^\n]*?(?=\r|\n|$)", "", (out + err).replace("\t", " "))  # progress
    if found := CONTROL.search(printed):
        faults.append(f"prints {printed[max(found.start() - 30, 0) : found.start() + 30]!r}")
    errors = err.partition("error: ")[2].splitlines()
    if len(errors) > 2:
        faults.append(f"an error of {len(errors)} lines: {err[-300:]}")
    return faults
