"""A second process that sees the same memory, and computes what it is told to.

It is given numbers for work agreed upon beforehand, one piece at a time: ``begin``, then ``wait``,
then ``result``. It has an interpreter's lock of its own: it helps even where a piece of work takes
only a tenth of a millisecond.
"""

import contextlib
import gc
import os
import signal
import struct
import threading
import traceback
import warnings
import weakref
from collections.abc import Callable, Iterator
from mmap import mmap
from typing import Any, NoReturn

import numpy as np

from mlp_scratch.engine.step_workers import can_fork
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.orphans import end_with

NUMBERS = 6  # of a piece of work and of its answer
SPINS = 1000  # how often to look before sleeping, some 80 us: a sleeper takes longer to wake
READY_WITHIN = 5.0  # seconds that a fork has to show that it can multiply
PATIENCE = 0.5  # seconds asleep before looking whether the other process is still there

NAPS, THEIR_NAPS = 23, 16  # how often asleep before looking whether both are on the same core

_SIGNALS = {getattr(signal, f"SIG{name}", 0) for name in ("INT", "TERM", "HUP", "USR1", "USR2")}
_NUMBERS = struct.Struct(f"{NUMBERS}d")
_OUTCOME = struct.Struct("q")  # length of the traceback behind it; 0: all is well
_ANSWER_AT = _NUMBERS.size
_OUTCOME_AT = 2 * _NUMBERS.size
_TEXT_AT = _OUTCOME_AT + _OUTCOME.size
_SIZE = 1 << 16


class ForkedWorker:
    """A fork of this process; ``result()`` gives the numbers that ``work`` returned.

    work: called with ``NUMBERS`` floats (those not given are 0) in a fork of this
    process; returns as many at most. It sees everything as it is now, and later changes only where
    memory is shared (``nn.fast.buffers.shared_zeros``). Raises OSError where there is no fork or
    no semaphores, or the fork is stuck; then take a thread.

    The two wake each other through semaphores, which also order their reads and writes of memory. A
    process that waits first looks again and again, then sleeps: on an idle machine a step costs a
    few microseconds more than its work, and on a busy one the core is free for others. The fork
    ends with its owner; if this process is killed, the system ends it too, or it ends by itself,
    half a second after its last piece of work.
    """

    def __init__(self, work: Callable[..., tuple[float, ...]]) -> None:
        if not can_fork():
            raise OSError("no fork")
        try:
            from multiprocessing import get_context  # takes a while: only where it is wanted

            context = get_context("fork")
            self._go, self._done = context.Semaphore(0), context.Semaphore(0)
        except ImportError as error:  # Python was built without them
            raise OSError(str(error)) from error
        self._memory = mmap(-1, _SIZE)
        self._naps, self._killed = 0, False
        owner = os.getpid()
        of_main_thread = threading.current_thread() is threading.main_thread()
        try:
            with _signals_put_off():
                with warnings.catch_warnings():
                    # Python warns if there are other threads, whose locks the fork could need
                    warnings.simplefilter("ignore", DeprecationWarning)
                    self._pid = os.fork()
                if self._pid == 0:
                    _serve(work, self._memory, self._go, self._done, owner, of_main_thread)
                self._ended = weakref.finalize(self, _end, self._pid, owner)
        except BaseException:  # what was put off
            if hasattr(self, "_ended"):
                self.close()
            raise
        if not self._done.acquire(True, READY_WITHIN):
            self.close()
            raise OSError("another thread held a lock that the fork needs")
        if _OUTCOME.unpack_from(self._memory, _OUTCOME_AT)[0]:
            self.close()
            raise OSError("the fork failed at its start")

    def begin(self, *numbers: float) -> None:
        """Start on what these numbers mean; ``wait`` for it before the next."""
        _NUMBERS.pack_into(self._memory, 0, *numbers, *(0.0,) * (NUMBERS - len(numbers)))
        self._go.release()

    def wait(self) -> None:
        """Return when the work is done, or the process has ended."""
        acquire = self._done.acquire
        for _ in range(SPINS):
            if acquire(False):
                return
        self._naps += 1
        if self._naps % NAPS == 0:
            _keep_apart(self._pid)
        while not acquire(True, PATIENCE):
            if _has_ended(self._pid):
                self._ended.detach()
                self._killed = not acquire(False)  # its last word may be that it failed
                return

    def result(self) -> tuple[float, ...]:
        """What it returned; RuntimeError with the traceback if it raised, MlpScratchError if it has
        ended."""
        (length,) = _OUTCOME.unpack_from(self._memory, _OUTCOME_AT)
        if length:
            text = self._memory[_TEXT_AT : _TEXT_AT + length].decode("utf-8", "replace")
            raise RuntimeError(f"in the second process of the training: {text}")
        if self._killed:
            raise MlpScratchError(
                "the second process of the training was ended from outside; perhaps the memory ran "
                "out (training.threads=1 needs none)"
            )
        return _NUMBERS.unpack_from(self._memory, _ANSWER_AT)

    def close(self) -> None:
        """End the process; it has nothing to put in order."""
        self._ended()


@contextlib.contextmanager
def _signals_put_off() -> Iterator[None]:
    """While entered: a signal must not find two of us, nor a fork that nobody knows of yet.

    Blocked for this thread, and so for the fork; but another thread may take the signal, and Python
    then runs its handler in the main thread.
    """
    came: list[int] = []
    with contextlib.ExitStack() as undo:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        undo.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if callable(handler := signal.getsignal(number)):
                    signal.signal(number, lambda n, _: came.append(n))
                    undo.callback(signal.signal, number, handler)
        yield
    for number in came:
        signal.raise_signal(number)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:  # somebody else has waited for it
        return True


def _end(pid: int, owner: int) -> None:
    if os.getpid() != owner:  # another fork of the owner's, which ends before it
        return
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _serve(
    work: Any, memory: mmap, go: Any, done: Any, owner: int, of_main_thread: bool
) -> NoReturn:
    """The life of the fork: it never returns to the code that it was forked in. The signals that
    it was forked with stay blocked: its owner decides when to stop."""
    try:
        if of_main_thread:  # the end of another thread would end it as well
            end_with(owner)
        gc.freeze()  # what it inherited is its owner's to finalize
        _let_go_of_files()
        square = np.ones((256, 256), np.float32)
        square.dot(square)  # BLAS takes its memory now, or never, if a lock was held at the fork
        done.release()
        acquire, naps = go.acquire, 0
        while True:
            for _ in range(SPINS):
                if acquire(False):
                    break
            else:
                while not acquire(True, PATIENCE):
                    if os.getppid() != owner:
                        os._exit(0)
                naps += 1
                if naps % THEIR_NAPS == 0:
                    _keep_apart(owner)
            answer = work(*_NUMBERS.unpack_from(memory, 0))
            _NUMBERS.pack_into(memory, _ANSWER_AT, *answer, *(0.0,) * (NUMBERS - len(answer)))
            done.release()
    except BaseException as error:
        lines = traceback.format_exception(error)
        text = "".join([lines[-1], *lines]).encode("utf-8", "replace")[: _SIZE - _TEXT_AT]
        memory[_TEXT_AT : _TEXT_AT + len(text)] = text
        _OUTCOME.pack_into(memory, _OUTCOME_AT, len(text))
        done.release()
    finally:
        os._exit(1)


def _keep_apart(other: int) -> None:
    """If both are on one core, move to another, where there is one.

    Two that take turns to sleep look to the scheduler like one, and it may leave them on one core
    for seconds while the other is idle.
    """
    with contextlib.suppress(OSError):  # not everywhere may one look, or choose
        allowed = os.sched_getaffinity(0)
        elsewhere = allowed - {_core(other)}
        if elsewhere != allowed and elsewhere and _core(os.getpid()) not in elsewhere:
            os.sched_setaffinity(0, elsewhere)  # moves it at once ...
            os.sched_setaffinity(0, allowed)  # ... and then it may go where the scheduler likes


def _core(pid: int) -> int:
    """The core that a process was on last."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[36])  # field 39, see man proc_pid_stat


def _let_go_of_files() -> None:
    """Pipes and locks that the owner has open end with the owner, not with this process."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    for number in os.listdir("/proc/self/fd"):
        if int(number) > 2:
            with contextlib.suppress(OSError):  # the listing's own is closed already
                os.close(int(number))
