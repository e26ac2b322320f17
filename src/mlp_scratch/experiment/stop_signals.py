"""Ctrl-C, SIGTERM, a terminal that is closed: the first such signal asks the run to stop after its
step, the second ends it at once."""

import contextlib
import os
import signal
import time
from types import FrameType
from typing import Any, Self

from mlp_scratch.engine.trainer import Trainer

# SIGHUP says that the terminal was closed; there is none on Windows
STOPS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
ECHO_SECONDS = 0.2  # ``timeout`` signals the process and then its group: one stop, heard twice


class StopSignals:
    """While entered, a signal sets ``trainer.stop_requested`` instead of killing the process.

    Before a trainer is attached there is nothing to save, and a signal raises KeyboardInterrupt.
    ``received`` is the first signal's number, or None. Outside the main thread nothing is taken:
    whoever started us handles signals. Nor is SIGHUP where it is ignored, as ``nohup`` asks for.
    """

    echo_seconds = ECHO_SECONDS

    def __init__(self) -> None:
        self.received: int | None = None
        self.trainer: Trainer | None = None
        self._first_at = 0.0

    def __enter__(self) -> Self:
        self._before: dict[int, Any] = {}
        with contextlib.suppress(ValueError):
            for number in STOPS:
                asked_for = number in (signal.SIGINT, signal.SIGTERM)
                if asked_for or signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.received is None:
            self.received, self._first_at = number, now
            self._stop()
        elif now - self._first_at > self.echo_seconds:
            self._insist()

    def _stop(self) -> None:
        if self.trainer is None:
            raise KeyboardInterrupt
        self.trainer.stop_requested = True

    def _insist(self) -> None:
        os._exit(self.exit_status)

    @property
    def exit_status(self) -> int:
        """130 for Ctrl-C, 143 for SIGTERM, 129 for a closed terminal: 128 and the signal's number,
        as shells have it."""
        return 128 + (self.received or signal.SIGINT)
