"""The side of a worker process: jobs come in on standard input, results go out on standard output.

A worker imports everything once and then trains one job after the other. Orders and answers are
lines of JSON. A stop is an order as well, and when the input ends, because the sweep is over or its
process has died, the worker saves the job under way and ends too.
"""

import _thread
import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed_as
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.experiment.run import Watch
from mlp_scratch.experiment.stop_signals import STOPS, StopSignals
from mlp_scratch.orphans import outlive_parent
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resume_rules import latest_checkpoint
from mlp_scratch.runs.run_state import ENDED, state_of
from mlp_scratch.sweep.trial_pruner import Pruner

LOCK_PATIENCE = 60.0  # seconds to wait for the last worker of an earlier sweep to let go of a job
STOP_PATIENCE = 60.0  # seconds that a job may take to save itself once nobody listens any more

RunJob = Callable[[ExperimentConfig, RunFolder, Checkpoint | None, StopSignals, Watch | None], int]
Draw = Callable[[Path], int]


def serve(run_job: RunJob, draw: Draw) -> None:
    """Work until standard input ends. ``draw`` makes a sweep's picture; both give exit statuses."""
    orders, answers = sys.stdin.buffer, _take_standard_output()
    worker = _Worker(run_job, answers)
    for number in STOPS:
        signal.signal(number, worker.ignore)
    threading.Thread(target=worker.listen, args=(orders,), daemon=True).start()
    outlive_parent()  # the end of its input tells now, and leaves time to save
    _answer(answers, {"ready": os.getpid()})
    while (order := worker.orders.get()) is not None:
        try:
            status = draw(Path(order["draw"])) if "draw" in order else worker.work(order)
        except OSError as error:  # not even the log can be written
            print(f"error: {order.get('folder')}: cannot be written ({error})", file=sys.stderr)
            status = 1
        _answer(answers, {"job": order["job"], "exit_status": status})


class _Worker:
    def __init__(self, run_job: RunJob, answers: Any) -> None:
        self.orders: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._replies: queue.Queue[bool] = queue.Queue()  # to "prune it?"
        self._run_job = run_job
        self._answers = answers
        self._signals: StopSignals | None = None  # of the job under way
        self._stop: int | None = None

    def ignore(self, number: int, frame: Any) -> None:
        """Between two jobs there is nothing to save; the end of the input ends the process."""

    def listen(self, lines: Any) -> None:
        """Read orders, in a thread of its own; the end of the input counts as SIGTERM."""
        for line in lines:
            order = json.loads(line)
            if "stop" in order:
                threading.Thread(target=self._halt, args=(order["stop"],), daemon=True).start()
            elif "prune" in order:
                self._replies.put(order["prune"])
            else:
                self.orders.put(order)
        self.orders.put(None)
        self._replies.put(False)
        self._halt(signal.SIGTERM)
        time.sleep(STOP_PATIENCE)
        os._exit(1)

    def _halt(self, number: int) -> None:
        """Raise the signal until the job has taken notice; once is enough, a second would kill."""
        if self._stop is not None:
            return
        self._stop = number
        while self._signals is None or self._signals.received is None:
            if self._signals is not None:
                _thread.interrupt_main(signal.Signals(number))
            time.sleep(0.02)

    def work(self, order: dict[str, Any]) -> int:
        """Run one job; its exit status. Whatever goes wrong is in the job's log and summary."""
        folder = RunFolder(order["folder"])
        try:
            folder.refuse_links()  # before its log is opened
        except MlpScratchError as error:
            write_failure(folder, str(error))
            return error.exit_status
        with _native_output_to(folder.log):
            try:
                # whoever gave the order has checked it; only what JSON has no types for is made
                config = typed_as(ExperimentConfig, order["config"])
                with _locked_soon(folder):
                    checkpoint, warnings = latest_checkpoint(folder)
                    for warning in warnings:
                        print(f"warning: {warning}", flush=True)
                    self._signals = StopSignals()
                    watch = partial(Pruner, ask=self._ask) if order.get("watched") else None
                    return self._run_job(config, folder, checkpoint, self._signals, watch)
            except MlpScratchError as error:
                print(f"error: {error}", flush=True)
                write_failure(folder, str(error))
                return error.exit_status
            except (Exception, KeyboardInterrupt) as error:
                traceback.print_exc()
                write_failure(folder, f"{type(error).__name__}: {error}")
                return 1
            finally:
                self._signals = None
                sys.stdout.flush()
                sys.stderr.flush()

    def _ask(self, epoch: int, value: float) -> bool:
        """Report a look at the validation rows; whether the training should end."""
        _answer(self._answers, {"epoch": epoch, "value": value})
        return self._replies.get()


def write_failure(folder: RunFolder, message: str) -> None:
    """Say in the job's summary that it failed, unless it says so already or came to its end."""
    state = state_of(folder)
    if state.status not in ENDED:
        with contextlib.suppress(OSError):
            folder.write_summary({**state.summary, "status": "failed", "message": message})


@contextlib.contextmanager
def _locked_soon(folder: RunFolder) -> Iterator[None]:
    """The folder's lock; a worker of a sweep that was killed may hold it for a moment longer."""
    patience = time.monotonic() + LOCK_PATIENCE
    while folder.is_locked() and time.monotonic() < patience:
        time.sleep(0.1)
    with folder.locked():
        yield


@contextlib.contextmanager
def _native_output_to(path: Path) -> Iterator[None]:
    """Standard output and error into the job's log, also what is written from C."""
    saved = [os.dup(1), os.dup(2)]
    try:
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        yield
    finally:
        for number, kept in zip((1, 2), saved, strict=True):
            os.dup2(kept, number)
            os.close(kept)


def _take_standard_output() -> Any:
    """A private copy of standard output for answers; the real one becomes standard error."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


def _answer(stream: Any, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more; the input has ended too
        stream.write(json.dumps(message).encode() + b"\n")
