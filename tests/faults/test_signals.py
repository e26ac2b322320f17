"""Ctrl-C and SIGTERM finish the step and leave a run that can go on; a second one ends at once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import finish, run, start, wait_for, words_for
from tiny_runs import state_of, write_data

from mlp_scratch.engine.checkpoint import read_checkpoint

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
LONG = "training.epochs=100000"


def children_of(process: subprocess.Popen[str]) -> list[int]:
    words = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(word) for word in words]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.mark.mostly_slow(6)
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("threads", [1, 2])
def test_the_first_signal_saves(
    threads: int, number: int, status: int, data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shared = ("training.threads=2", "training.batch_size=32", "regularization.dropout=0")
    words = words_for(data, folder, "schedule=constant", *(shared if threads == 2 else ()))
    words = [word for word in words if word not in ("training.epochs=30", "schedule=cosine")]
    process = start(tmp_path, "train", *words, LONG)
    wait_for(folder / "checkpoints" / "last.npz", process)
    if sys.platform == "linux":
        assert len(children_of(process)) == threads - 1
    os.killpg(process.pid, number)  # its children too, as the terminal does with Ctrl-C
    ended, out, err = finish(process)
    assert ended == status, err
    assert err == ""
    assert "python -m mlp_scratch.resume run\n" in out
    told = json.loads((folder / "summary.json").read_text())
    assert told["status"] == "interrupted"
    assert told["resume"].startswith("python -m mlp_scratch.resume ")
    checkpoint = read_checkpoint(folder / "checkpoints" / "last.npz")
    assert told["steps_done"] == checkpoint.meta["trainer"]["step"] > 0
    assert told["epochs_done"] == checkpoint.epoch
    assert (folder / "curves.png").exists() or checkpoint.epoch == 0
    epochs = checkpoint.epoch + 2
    config = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(config.replace("epochs: 100000", f"epochs: {epochs}"))
    ended, _, err = run(tmp_path, "resume", str(folder))
    assert ended == 0, err
    other = tmp_path / "undisturbed"
    whole = [word.replace(str(folder), str(other)) for word in words]
    ended, _, err = run(tmp_path, "train", *whole, f"training.epochs={epochs}")
    assert ended == 0, err
    assert state_of(folder) == state_of(other)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads share a step")
def test_a_run_whose_second_process_is_killed_says_so_and_can_go_on(
    data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shared = ("training.threads=2", "training.batch_size=32", "regularization.dropout=0")
    words = words_for(data, folder, *shared)
    words.remove("training.epochs=30")
    process = start(tmp_path, "train", *words, "schedule=constant", "training.epochs=2000")
    wait_for(folder / "checkpoints" / "last.npz", process)
    (child,) = children_of(process)
    os.kill(child, signal.SIGKILL)
    ended, _, err = finish(process)
    assert ended == 1
    assert "was ended from outside" in err
    assert len(err.splitlines()) == 1
    assert json.loads((folder / "summary.json").read_text())["status"] == "failed"
    process = start(tmp_path, "resume", str(folder))
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    assert finish(process)[0] == 130


@pytest.mark.slow
def test_the_second_signal_ends_at_once(data: Path, tmp_path: Path) -> None:
    """A step that takes for ever is not waited for."""
    script = (
        "import sys, time; from mlp_scratch.engine import loop\n"
        "from mlp_scratch.nn.network import Network\n"
        "real, calls = Network.backward, []\n"
        "def slow(self, *args, **kwargs):\n"
        "    calls.append(1)\n"
        "    if len(calls) > 20:\n"
        "        open('slow', 'w').close(); time.sleep(120)\n"
        "    return real(self, *args, **kwargs)\n"
        "Network.backward = slow\n"
        "from mlp_scratch.train import main; raise SystemExit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, *words_for(data, tmp_path / "run", LONG)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(tmp_path / "slow", process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None  # the step is not over
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    ended, _, err = finish(process, 60)
    assert ended == 130
    assert time.monotonic() - began < 20
    assert "Traceback" not in err
    last = read_checkpoint(tmp_path / "run" / "checkpoints" / "last.npz")
    assert last.meta["trainer"]["step"] > 0


@pytest.mark.slow
def test_before_the_first_step(data: Path, tmp_path: Path) -> None:
    """There is nothing to save yet, and nothing is left."""
    script = (
        "import time; import mlp_scratch.experiment.begin as begin\n"
        "real = begin.load_data\n"
        "def slow(config):\n"
        "    open('slow', 'w').close(); time.sleep(60); return real(config)\n"
        "begin.load_data = slow\n"
        "from mlp_scratch.train import main; raise SystemExit(main())"
    )
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-c", script, *words_for(data, folder)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(tmp_path / "slow", process)
    process.send_signal(signal.SIGTERM)
    ended, out, err = finish(process)
    assert ended == 143, err
    assert "Traceback" not in err
    assert "interrupted; nothing had begun" in out
    assert not folder.exists()


@pytest.mark.slow
def test_the_terminal_goes_away(data: Path, tmp_path: Path) -> None:
    """``| head -1`` closes the pipe; the run does not mind."""
    process = start(tmp_path, "train", *words_for(data, tmp_path / "run"))
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.wait(120)
    process.stderr.close()
    assert "Traceback" not in err
    told = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert told["status"] == "finished"
