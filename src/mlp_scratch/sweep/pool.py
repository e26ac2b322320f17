"""The sweep's side of its workers: processes that are started once and given job after job.

A worker that dies costs the job that it had; another one takes its place. Workers live in a process
group of their own, so that a Ctrl-C at the terminal reaches the sweep alone, which passes it on;
they end by themselves when the sweep's end of their input is closed, however the sweep ended.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.errors import NO_MORE_THREADS, RunError
from mlp_scratch.experiment.stop_signals import StopSignals
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.sweep.sweep_folder import SweepFolder

Order = dict[str, Any]
COMMAND = ("-m", "mlp_scratch.sweep")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # at first: OpenBLAS's own would only spin and wait
MOST_FAILED_STARTS = 3  # in a row, then something is wrong with the workers, not with a job
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 120.0  # for jobs to save themselves after a stop


@dataclass
class Ended:
    """How a worker's job ended. died: what killed the worker, or None when it answered."""

    order: Order
    exit_status: int
    died: str | None


def order_for(folder: RunFolder, config: ExperimentConfig, **more: Any) -> Order:
    """The order to run ``config`` in ``folder``, from its checkpoint on if it has one."""
    return {"job": folder.path.name, "folder": str(folder.path), "config": asdict(config), **more}


class SweepSignals(StopSignals):
    """While entered, Ctrl-C and SIGTERM are noted, and nothing else happens.

    ``insisted``: after the first that was ``received`` another one came later.
    """

    echo_seconds = 1.0
    insisted = False

    def _stop(self) -> None:
        """Nothing: the sweep looks at ``received``."""

    def _insist(self) -> None:
        self.insisted = True


class Worker:
    """One process and the order that it works on. Raises RunError where none can be started."""

    def __init__(self, events: "queue.Queue[tuple[Worker, Order | None]]") -> None:
        own_group: dict[str, Any] = {"start_new_session": True}
        if os.name == "nt":
            own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined]
        self.order: Order | None = None
        self.was_ready = False
        with contextlib.ExitStack() as undo:
            try:
                self.process = subprocess.Popen(
                    [sys.executable, *COMMAND, str(os.getpid())],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=os.environ | ONE_THREAD,
                    **own_group,
                )
                undo.callback(self.process.kill)
                threading.Thread(target=self._listen, args=(events,), daemon=True).start()
            except (RuntimeError, BlockingIOError):
                raise RunError(NO_MORE_THREADS) from None
            undo.pop_all()

    def _listen(self, events: Any) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(ValueError):  # half a line of a killed worker
                events.put((self, json.loads(line)))
        self.process.wait()
        events.put((self, None))

    def send(self, message: Order) -> None:
        """Send a line; if the worker is gone, that is told by its own event."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def dismiss(self) -> None:
        """Close its input: it ends when its work is done."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def described_death(self) -> str:
        """What ended the process, for people."""
        status = self.process.returncode
        if status is not None and status < 0:
            try:
                name = signal.Signals(-status).name
            except ValueError:
                name = "an unknown signal"
            hint = "; the system does that when memory runs out" if name == "SIGKILL" else ""
            return f"its process was killed by {name}{hint}"
        return f"its process ended with exit status {status}"


class Workers:
    """A pool of workers, none at first. A context manager: at its end no worker is left."""

    def __init__(self) -> None:
        self._events: queue.Queue[tuple[Worker, Order | None]] = queue.Queue()
        self._workers: list[Worker] = []
        self._failed_starts = 0
        self._orders: Iterator[Order] = iter(())
        self._all_drawn = True

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.dismiss()
            if not worker.was_ready:  # it has nothing to save, and may be stuck
                worker.process.kill()
        for worker in self._workers:
            try:
                worker.process.wait(10)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()

    def resize(self, n: int) -> None:
        """Start more workers or let go of some; call it before ``run``."""
        self._workers += [Worker(self._events) for _ in range(n - len(self._workers))]
        for worker in self._workers[n:]:
            worker.dismiss()
        del self._workers[n:]

    def run(
        self,
        orders: Iterable[Order],
        signals: SweepSignals,
        *,
        ended: Callable[[Ended], None],
        tick: Callable[[int], None],
        answer: Callable[[Order, Order], Order] | None = None,
    ) -> None:
        """Work off ``orders``, or stop as ``signals`` say. Raises RunError if no worker starts.

        orders: the next is drawn when a worker is free. ended: called after a job. tick: called
        several times a second with the number of jobs that are running. answer: replies to what a
        worker asks in the middle of a job.
        """
        self._orders, self._all_drawn = iter(orders), False
        self._ended, self._answer = ended, answer
        for worker in self._workers:
            if worker.was_ready:
                self._next(worker)
        patience: float | None = None
        while not self._all_drawn or any(worker.order for worker in self._workers):
            if signals.received is not None and patience is None:
                self._all_drawn = True
                for worker in self._workers:
                    worker.send({"stop": int(signals.received)})
                patience = time.monotonic() + PATIENCE_SECONDS
            if signals.insisted or (patience is not None and time.monotonic() > patience):
                for worker in self._workers:
                    worker.process.kill()
            with contextlib.suppress(queue.Empty):
                worker, message = self._events.get(timeout=POLL_SECONDS)
                self._handle(worker, message)
            tick(sum(worker.order is not None for worker in self._workers))

    def draw(self, sweep: SweepFolder, signals: SweepSignals) -> None:
        """Have the sweep's picture drawn by a worker, which has what that takes in memory.

        signals: those of the sweep. After one, nobody waits for a worker that is not ready.
        """
        if signals.received is not None and not any(w.was_ready for w in self._workers):
            return
        self.resize(max(len(self._workers), 1))
        order = {"job": "picture", "draw": str(sweep.path)}

        def ended(end: Ended) -> None:
            if end.exit_status == 0:
                print(f"picture: {sweep.picture}")

        with SweepSignals() as more:
            self.run([order], more, ended=ended, tick=lambda _: None)

    def _handle(self, worker: Worker, message: Order | None) -> None:
        if message is None:
            self._replace(worker)
        elif "ready" in message:
            worker.was_ready, self._failed_starts = True, 0
            self._next(worker)
        elif worker.order is not None and "exit_status" in message:
            order, worker.order = worker.order, None
            self._ended(Ended(order, int(message["exit_status"]), None))
            self._next(worker)
        elif worker.order is not None and self._answer is not None:
            worker.send(self._answer(worker.order, message))

    def _next(self, worker: Worker) -> None:
        """Give a free worker the next order, if there is one."""
        order = None if self._all_drawn else next(self._orders, None)
        if order is None:
            self._all_drawn = True
        else:
            worker.order = order
            worker.send(order)

    def _replace(self, worker: Worker) -> None:
        """Put a new process in the place of one that has died."""
        self._workers.remove(worker)
        if worker.order is not None:
            self._ended(Ended(worker.order, 1, worker.described_death()))
        elif not worker.was_ready:
            self._failed_starts += 1
            if self._failed_starts >= MOST_FAILED_STARTS:
                raise RunError(
                    f"worker processes do not start ({worker.described_death()}); "
                    f"try: {sys.executable} {' '.join(COMMAND)}"
                )
        if not self._all_drawn:
            self._workers.append(Worker(self._events))
