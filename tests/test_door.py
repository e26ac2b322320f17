"""Every command in a hostile place: other letters, no listener, no folder, no threads, Ctrl-C."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from forked import start_command
from running import run_in, runs_in

from mlp_scratch import door
from mlp_scratch.errors import NO_MORE_THREADS

DOORS = ["train", "resume", "rerun", "evaluate", "predict", "compare", "search", "export"]
ARGUMENTS: dict[str, list[str]] = {  # each prints a lot
    "resume": ["latest", "training.epochs=3"],
    "rerun": ["latest"],
    "evaluate": ["latest"],
    "predict": ["latest", "--test", "5"],
    "compare": ["outputs"],
    "export": ["latest", "--to", "npz"],
}
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """A folder in which a sweep was made; its words are in ``words``."""
    folder = tmp_path_factory.mktemp("swept")
    done = run_in(folder, "train", *words(shared_cache), "-m", "seed=0,1", "name='größe… ‮'")
    assert done.returncode == 0, done.stderr
    return folder


def words(cache: Path) -> list[str]:
    return [
        *("data=digits", f"data.cache_dir={cache}", "model.layers=[null,8,null]"),
        "training.epochs=2",
    ]


@pytest.fixture
def typed(swept: Path, tmp_path: Path, shared_cache: Path):
    """``typed(command)``: words for a command that works in ``tmp_path``."""
    shutil.copytree(swept / "outputs", tmp_path / "outputs")
    more = {"train": [*words(shared_cache), "-m", "seed=2,3"], "search": ["--help"]}
    return lambda command: [command, *(ARGUMENTS | more)[command]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "encoding"),
    [
        *[(command, "ascii") for command in ("train", "evaluate", "compare")],
        *[("rerun", "cp1252"), ("predict", "cp866")],
    ],
)
def test_a_terminal_of_other_letters(
    typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, encoding: str
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    done = subprocess.run(
        [sys.executable, "-m", f"mlp_scratch.{command}", *typed(command)[1:]],
        cwd=tmp_path,
        capture_output=True,
    )
    out, err = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert (done.returncode, "Traceback" in err) == (0, False), err
    assert len(out) > 100


@pytest.mark.slow
@posix
@pytest.mark.parametrize("command", DOORS)
def test_a_closed_pipe(typed, tmp_path: Path, command: str) -> None:
    """Nobody reads: what writes files goes on, nothing complains."""
    process = start_command(tmp_path, command, typed(command)[1:], stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait(120)) == ("", 0)
    process.stderr.close()
    assert len(runs_in(tmp_path)) == 2 + {"train": 2, "rerun": 1}.get(command, 0)


@pytest.mark.slow
@posix
@pytest.mark.parametrize("redirected", ["2>&-", ">&- 2>&-"])
def test_closed_streams(typed, tmp_path: Path, redirected: str) -> None:
    line = f"exec {sys.executable} -m mlp_scratch.rerun latest {redirected}"
    assert subprocess.run(["sh", "-c", typed("rerun") and line], cwd=tmp_path).returncode == 0
    assert len(runs_in(tmp_path)) == 3


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
@pytest.mark.parametrize("command", ["evaluate", "compare", "predict"])
def test_a_full_disk_behind_standard_output(typed, tmp_path: Path, command: str) -> None:
    with open("/dev/full", "wb") as full:
        words = typed(command)[1:]
        process = start_command(tmp_path, command, words, stdout=full, stderr=subprocess.PIPE)
        err = process.communicate()[1]
    said = "error: <stdout>: cannot be written (No space left on device)\n"
    assert (process.returncode, err) == (1, said)


@pytest.mark.mostly_slow(8)
@posix
@pytest.mark.parametrize("command", DOORS)
def test_a_working_directory_that_is_gone(tmp_path: Path, command: str) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    arguments = ARGUMENTS.get(command, [])
    done = run_in(gone, command, *arguments, before=lambda: gone.rmdir())
    said = "error: the working directory is no longer there; cd to another one\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("command", DOORS)
@pytest.mark.parametrize(
    "raised", ["KeyboardInterrupt", "ImportError('numpy fails to import') from KeyboardInterrupt()"]
)
def test_ctrl_c_during_the_imports(command: str, raised: str) -> None:
    """Also where an extension module makes an ImportError of it."""
    script = f"""
import runpy, sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == "numpy":
            raise {raised}
sys.meta_path.insert(0, Interrupt())
runpy.run_module("mlp_scratch.{command}", run_name="__main__", alter_sys=True)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.slow
def test_names_from_a_file_reach_no_terminal(tmp_path: Path, shared_cache: Path) -> None:
    """Class names, and the name of a file that is not there; in the log neither."""
    rows = "".join(f"\x1b]0;owned\x07{i % 2}\u202e,{i % 2},{i % 3}\n" for i in range(60))
    (tmp_path / "data.csv").write_text("label,a,b\n" + rows)
    table = ["data=csv", "data.path=data.csv", "training.epochs=1", "training.batch_size=8"]
    said = [
        run_in(tmp_path, "train", *table, f"data.cache_dir={shared_cache}"),
        run_in(tmp_path, "evaluate", "latest"),
        run_in(tmp_path, "predict", "latest", "no\x1b[2Jsuch.png"),
        run_in(tmp_path, "evaluate", "no\x1b[2Jsuch"),
    ]
    assert [done.returncode for done in said] == [0, 0, 2, 1]
    (run,) = runs_in(tmp_path)
    everything = "".join(done.stdout + done.stderr for done in said)
    for text in (everything, (run / "train.log").read_text()):
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert r"\x1b]0;owned\x070\u202e" in said[1].stdout
    assert r"no\x1b[2Jsuch" in said[3].stderr


@pytest.mark.slow
def test_hydras_logging_is_off(tmp_path: Path, shared_cache: Path) -> None:
    """The run's log is the run's own, and an error is still told."""
    off = "hydra/job_logging=disabled"
    done = run_in(tmp_path, "train", *words(shared_cache), off)
    assert "epoch 2/2" in done.stdout
    (run,) = runs_in(tmp_path)
    assert "epoch 2/2" in (run / "train.log").read_text()
    done = run_in(tmp_path, "train", "data=csv", "data.path=nothing.csv", off)
    assert done.returncode == 1
    assert "nothing.csv: no such file" in done.stderr


WITHOUT_THREADS = """
import sys, threading
def refuse(self):
    raise RuntimeError("in words of Python's own")
threading.Thread.start = refuse
from mlp_scratch.train import main
sys.exit(main())
"""


@pytest.mark.slow
def test_no_more_threads(tmp_path: Path, shared_cache: Path) -> None:
    """A run does without, to the same bits; a sweep says so in a line."""
    more = ["augment=shift", "training.threads=2", "training.epochs=1"]
    starts = {"with": ["-m", "mlp_scratch.train"], "without": ["-c", WITHOUT_THREADS]}
    for name, start in starts.items():
        place = f"hydra.run.dir={tmp_path / name}"
        done = subprocess.run(
            [sys.executable, *start, *words(shared_cache), *more, place],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
    rows = [
        (tmp_path / name / "metrics.csv").read_text().splitlines()[1].split(",")[3:6]
        for name in starts
    ]
    assert rows[0] == rows[1]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THREADS, *words(shared_cache), "-m", "seed=0,1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the system lets this account start no more threads")
    assert len(done.stderr.splitlines()) == 1


def test_no_thread_for_a_command_is_a_line_and_other_errors_are_not(
    monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Told by the place: the words are Python's, which has others in another version."""

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("in words of Python's own")

    @door.command
    def ambitious(argv: Sequence[str]) -> None:
        threading.Thread(target=print).start()

    @door.command
    def wrong(argv: Sequence[str]) -> None:
        refuse()

    for name in ("_start_new_thread", "_start_joinable_thread"):  # until Python 3.12, and since
        monkeypatch.setattr(threading, name, refuse, raising=False)
    assert ambitious([]) == 1
    assert capsys.readouterr().err == f"error: {NO_MORE_THREADS}\n"
    with pytest.raises(RuntimeError):
        wrong([])


@pytest.mark.parametrize(("said", "shown"), [("", ""), ("no room for 9", " (no room for 9)")])
def test_too_little_memory_is_a_line(said: str, shown: str, capsys) -> None:
    @door.command
    def greedy(argv: Sequence[str]) -> None:
        raise MemoryError(said)

    assert greedy([]) == 1
    assert capsys.readouterr().err == f"error: the memory does not suffice{shown}\n"
