"""Those who share the work: they return, raise, and end with their owner."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.engine.parallel import forked_worker as module
from mlp_scratch.engine.parallel.forked_worker import NUMBERS, ForkedWorker
from mlp_scratch.engine.step_workers import can_fork
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.nn.fast.buffers import is_shared, shared_zeros

needs_fork = pytest.mark.skipif(not can_fork(), reason="this system has no safe fork")


def answers(worker: ForkedWorker, *numbers: float) -> tuple[float, ...]:
    worker.begin(*numbers)
    worker.wait()
    return worker.result()


def gone(pid: int) -> bool:
    """Whether a process is no more, or is a zombie that waits to be buried."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@needs_fork
def test_a_process_returns_what_the_work_returns_to_the_bit() -> None:
    worker = ForkedWorker(lambda *numbers: (sum(numbers), numbers[0] / 3))
    for k in range(100):
        sixth = answers(worker, k, 0.1)
        assert sixth[:2] == (k + 0.1, k / 3)
        assert len(sixth) == NUMBERS
    time.sleep(0.6)  # longer than its patience: it is still there
    assert answers(worker, 3)[1] == 1
    worker.close()
    assert gone(worker._pid)
    worker.close()


@needs_fork
def test_a_process_shares_what_it_is_meant_to_share() -> None:
    shared, private = shared_zeros(5, np.float32), np.zeros(5, np.float32)

    def work(*numbers):
        shared[1:3] += numbers[0]
        private[:] = 1
        return ()

    worker = ForkedWorker(work)
    shared[2] = 4
    answers(worker, 0.5)
    np.testing.assert_array_equal(shared, [0, 0.5, 4.5, 0, 0])
    np.testing.assert_array_equal(private, 0)
    worker.close()


@needs_fork
@pytest.mark.parametrize("allowed", [True, False])
def test_two_that_sleep_much_look_whether_they_are_on_one_core(monkeypatch, allowed) -> None:
    calls = []

    def move(pid, cores):
        calls.append(cores)
        if not allowed:
            raise PermissionError

    monkeypatch.setattr(module, "SPINS", 0)
    monkeypatch.setattr(module, "NAPS", 1)
    monkeypatch.setattr(module, "THEIR_NAPS", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2})
    monkeypatch.setattr(os, "sched_setaffinity", move)
    monkeypatch.setattr(module, "_core", lambda pid: 1)
    worker = ForkedWorker(lambda *numbers: (numbers[0] + 1,))
    for k in range(20):
        assert answers(worker, k)[0] == k + 1
    assert calls[:2] == ([{0, 2}, {0, 1, 2}] if allowed else [{0, 2}] * 2)
    monkeypatch.setattr(module, "_core", lambda pid: pid)
    calls.clear()
    answers(worker, 1)
    assert not calls
    worker.close()


@needs_fork
def test_it_is_known_on_which_core_a_process_is() -> None:
    assert 0 <= module._core(os.getpid()) < (os.cpu_count() or 1)


@needs_fork
def test_a_process_says_what_went_wrong() -> None:
    def work(*numbers):
        return (1 / numbers[0],)

    worker = ForkedWorker(work)
    assert answers(worker, 4)[0] == 0.25
    with pytest.raises(RuntimeError, match=r"ZeroDivisionError.*\n(.*\n)*.*in work"):
        answers(worker, 0)
    worker.close()


@needs_fork
def test_a_fork_that_cannot_begin_is_given_up(monkeypatch) -> None:
    """As when another thread held the lock of BLAS at the fork."""
    monkeypatch.setattr(module, "READY_WITHIN", 0.2)
    monkeypatch.setattr(module, "_let_go_of_files", lambda: time.sleep(60))
    before = set(os.listdir("/proc"))
    with pytest.raises(OSError, match="held a lock"):
        ForkedWorker(lambda *numbers: ())
    mine = f" {os.getpid()} "
    for pid in set(os.listdir("/proc")) - before:
        if pid.isdigit() and not gone(int(pid)):
            assert mine not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:20]


@needs_fork
def test_a_fork_that_fails_at_its_start_is_given_up(monkeypatch) -> None:
    def fail() -> None:
        raise FileNotFoundError("/proc/self/fd")

    monkeypatch.setattr(module, "_let_go_of_files", fail)
    with pytest.raises(OSError, match="failed at its start"):
        ForkedWorker(lambda *numbers: ())


INTERRUPTED = """
import os, signal, sys, threading, time
from mlp_scratch.engine.parallel.forked_worker import ForkedWorker
me, made = os.getpid(), 0
def handler(number, frame):
    if making:
        raise KeyboardInterrupt
making = False
if sys.argv[1] == "an idle thread takes the signal":
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.signal(signal.SIGINT, handler)
for k in range(100):
    making = True
    try:
        if os.fork() == 0:  # somebody who interrupts
            time.sleep(0.004 * (k % 20))
            os.kill(me, signal.SIGINT)
            os._exit(0)
        worker = ForkedWorker(lambda *numbers: ())
        making = False
        worker.close()
        made += 1
    except KeyboardInterrupt:
        making = False
        if os.getpid() != me:
            os.write(1, b"a fork is in the caller's code\\n")
            os._exit(3)
    try:
        while os.waitpid(-1, 0):
            pass
    except ChildProcessError:
        pass
os.write(1, b"%d\\n" % made)
"""


@pytest.mark.slow
@needs_fork
@pytest.mark.parametrize("taken", ["only one thread", "an idle thread takes the signal"])
def test_an_interruption_leaves_one_process_that_knows_of_all(taken: str) -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", INTERRUPTED, taken]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = done.stdout.split()  # and there was no child left to wait for for ever
    assert 0 < int(made) <= 100


@needs_fork
def test_a_process_that_was_killed_is_noticed() -> None:
    worker = ForkedWorker(lambda *numbers: ())
    os.kill(worker._pid, signal.SIGKILL)
    with pytest.raises(MlpScratchError, match="ended from outside"):
        answers(worker)
    worker.close()


@needs_fork
def test_a_process_leaves_signals_to_its_owner() -> None:
    worker = ForkedWorker(lambda *numbers: ())
    answers(worker)  # by now it has begun
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        os.kill(worker._pid, number)
    assert answers(worker) == (0,) * NUMBERS
    worker.close()


@needs_fork
def test_another_fork_of_its_owner_does_not_end_it() -> None:
    worker = ForkedWorker(lambda *numbers: (7,))
    other = os.fork()
    if other == 0:
        worker.close()
        os._exit(0)
    os.waitpid(other, 0)
    assert answers(worker)[0] == 7
    worker.close()


@needs_fork
def test_a_process_ends_with_its_owner() -> None:
    worker = ForkedWorker(lambda *numbers: ())
    pid = worker._pid
    del worker
    gc.collect()
    assert gone(pid)


@needs_fork
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit(0)", "os._exit(0)"])
def test_a_process_survives_its_owner_by_less_than_a_second_and_holds_nothing_open(end) -> None:
    code = (
        "import os, sys; from mlp_scratch.engine.parallel.forked_worker import ForkedWorker\n"
        "worker = ForkedWorker(lambda *numbers: ()); worker.begin(); worker.wait()\n"
        f"print(worker._pid, flush=True); {end}"
    )
    # communicate ends when nobody holds the pipe any more
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(process.communicate(timeout=20)[0])
    for _ in range(100):
        if gone(pid):
            break
        time.sleep(0.1)
    assert gone(pid)


@needs_fork
@pytest.mark.parametrize("frozen", ["idle", "at work"])
def test_a_stopped_process_does_not_outlive_its_owner(frozen) -> None:
    """SIGSTOP: it cannot look whether its owner is still there."""
    code = (
        "import os, signal, time\n"
        "from mlp_scratch.engine.parallel.forked_worker import ForkedWorker\n"
        "worker = ForkedWorker(lambda *numbers: time.sleep(numbers[0]) or ())\n"
        "worker.begin(0); worker.wait()\n"
        f"worker.begin({60 * (frozen == 'at work')})\n"
        "os.kill(worker._pid, signal.SIGSTOP); print(worker._pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(process.communicate(timeout=20)[0])
    try:
        for _ in range(50):
            if gone(pid):
                break
            time.sleep(0.1)
        assert gone(pid)
    finally:
        if not gone(pid):
            os.kill(pid, signal.SIGKILL)


@needs_fork
def test_the_end_of_the_thread_that_made_it_is_not_its_end() -> None:
    made: list[ForkedWorker] = []
    thread = threading.Thread(target=lambda: made.append(ForkedWorker(lambda *numbers: (7,))))
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert answers(made[0])[0] == 7
    made[0].close()


def test_what_is_shared_memory() -> None:
    array = shared_zeros(6, np.float64)
    assert array.flags.writeable
    assert is_shared(array)
    assert is_shared(array[2:4].reshape(1, 2))
    assert not is_shared(array.copy())
    assert not is_shared(np.zeros(6))
    assert shared_zeros(0, np.float32).size == 0
