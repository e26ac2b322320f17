"""Many runs begin in the same instant; two processes want the same run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import finish, run, start, wait_for, words_for
from tiny_runs import state_of, write_data

from mlp_scratch.errors import RunError
from mlp_scratch.runs.folder import RunFolder

# Imports what takes long, waits for the start signal, then claims as the callback does
CLAIM = """
import sys, time
from pathlib import Path
from mlp_scratch.runs.folder import RunFolder, claim
Path(sys.argv[1], f"ready{sys.argv[3]}").touch()
gate = Path(sys.argv[1], "gate")
while not gate.exists():
    time.sleep(0.001)
folder = RunFolder(claim(Path(sys.argv[1], sys.argv[2]), None, exact=len(sys.argv) > 4))
with folder.locked():
    (folder.path / "mine").write_text(sys.argv[3])
    print(folder.path)
"""
MANY, TRAININGS = 32, 12


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    path = write_data(folder)
    assert run(folder, "train", *words_for(path, folder / "first", "training.epochs=1"))[0] == 0
    return path


def claims(folder: Path, *more: str) -> list[tuple[int, str, str]]:
    """So many processes, let go at the same instant, claim the same name."""
    command = [sys.executable, "-c", CLAIM, str(folder), "12-00-00"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([*command, str(i), *more], **pipes) for i in range(MANY)]
    for i in range(MANY):
        wait_for(folder / f"ready{i}", processes[i])
    (folder / "gate").touch()
    return [finish(process) for process in processes]


@pytest.mark.slow
def test_as_many_folders_as_starts(tmp_path: Path) -> None:
    done = claims(tmp_path)
    assert [status for status, _, _ in done] == [0] * MANY, done
    folders = {Path(out.strip()) for _, out, _ in done}
    assert len(folders) == MANY
    assert {(path / "mine").read_text() for path in folders} == set(map(str, range(MANY)))
    assert {path.name for path in folders} == {
        "12-00-00",
        *(f"12-00-00_{i}" for i in range(2, MANY + 1)),
    }


@pytest.mark.slow
@pytest.mark.parametrize("exists", [False, True])
def test_one_of_many_gets_the_exact_folder(exists: bool, tmp_path: Path) -> None:
    if exists:
        (tmp_path / "12-00-00").mkdir()
    done = claims(tmp_path, "exact")
    assert [status for status, _, _ in done].count(0) == 1
    assert sum("already in use" in err for _, _, err in done) == MANY - 1
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


@pytest.mark.slow
def test_trainings_started_together(data: Path, tmp_path: Path) -> None:
    """Whole processes: none shares a folder, none loses a file, all have the same bits."""
    words = words_for(data, "x", "training.epochs=2")
    words = [word for word in words if not word.startswith("hydra.run.dir")]
    processes = [start(tmp_path, "train", *words) for _ in range(TRAININGS)]
    done = [finish(process) for process in processes]
    assert [status for status, _, _ in done] == [0] * TRAININGS, [err for _, _, err in done if err]
    runs = [path.parent for path in (tmp_path / "outputs").glob("*/*/summary.json")]
    assert len(runs) == TRAININGS
    names = [{path.name for path in folder.iterdir()} for folder in runs]
    assert all(those == names[0] for those in names)
    states = [state_of(folder) for folder in runs]
    assert all(state == states[0] for state in states)


@pytest.mark.slow
def test_two_processes_on_one_run(data: Path, tmp_path: Path) -> None:
    """While it trains nobody else may; when its process is dead anybody may, but only one."""
    folder = tmp_path / "run"
    training = start(tmp_path, "train", *words_for(data, folder, "training.epochs=100000"))
    wait_for(folder / "checkpoints" / "last.npz", training)
    refused = start(tmp_path, "resume", str(folder))
    try:
        status, _, err = finish(refused, timeout=60)
    except AssertionError:
        training.kill()
        finish(training)
        raise
    assert status == 1
    assert "another process is working on this run" in err
    assert "Traceback" not in err
    status, _, err = run(tmp_path, "train", *words_for(data, folder))
    assert status == 1
    assert "already in use" in err
    assert training.poll() is None
    training.kill()  # SIGKILL: the lock must not outlive it
    finish(training)
    two = [start(tmp_path, "resume", str(folder)) for _ in range(2)]
    ended: list[int] = []
    deadline = time.monotonic() + 120
    while not ended and time.monotonic() < deadline:
        ended = [i for i in (0, 1) if two[i].poll() is not None]
        time.sleep(0.01)
    assert len(ended) == 1
    status, _, err = finish(two[ended[0]])
    assert status == 1
    assert "another process is working on this run" in err
    winner = two[1 - ended[0]]
    assert winner.poll() is None
    winner.kill()
    finish(winner)
    with RunFolder(folder).locked():  # free again
        pass


def test_a_lock_in_this_process(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.locked():
        assert folder.is_locked()
        with pytest.raises(RunError, match="another process"), RunFolder(tmp_path).locked():
            pass
    assert not folder.is_locked()


@pytest.mark.skipif(os.name == "nt", reason="needs fork")
def test_a_grandchild_does_not_keep_the_lock(tmp_path: Path) -> None:
    """A process started by the run (git) must not hold its lock when the run itself has died."""
    script = (
        "import subprocess, sys, time; from mlp_scratch.runs.folder import RunFolder\n"
        "with RunFolder(sys.argv[1]).locked():\n"
        "    child = subprocess.Popen(['sleep', '60'])\n"
        "    print(child.pid, flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    child = int(holder.stdout.readline())
    try:
        assert RunFolder(tmp_path).is_locked()
        holder.kill()
        holder.wait()
        assert not RunFolder(tmp_path).is_locked()
    finally:
        os.kill(child, signal.SIGKILL)
        holder.stdout.close()
