"""Ctrl-C, SIGTERM, a terminal that is closed: the first such signal asks the run to stop after its
step, the second ends it at once."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from mlp_scratch.engine.trainer import Trainer

# SIGHUP says that the terminal was closed; there is none on Windows
STOPS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
ECHO_SECONDS = 0.2  # ``timeout`` signals the process and then its group: one stop, heard twice


def take_over(handle: Callable[[int, FrameType | None], None]) -> Callable[[], None]:
    """Let ``handle`` answer ``STOPS``; returns what gives them back.

    Outside the main thread nothing is taken: whoever started us handles signals. Nor is SIGHUP
    where it is ignored: that is what ``nohup`` asks for.
    """
    previous: dict[int, Any] = {}
    with contextlib.suppress(ValueError):
        for number in STOPS:
            asked_for = number in (signal.SIGINT, signal.SIGTERM)
            if asked_for or signal.getsignal(number) is not signal.SIG_IGN:
                previous[number] = signal.signal(number, handle)

    def give_back() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    return give_back


class StopSignals:
    """While entered, a signal sets ``trainer.stop_requested`` instead of killing the process.

    Before a trainer is attached there is nothing to save, and a signal raises KeyboardInterrupt.
    ``received`` is the signal's number, or None.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self.trainer: Trainer | None = None
        self._first_at = 0.0

    def __enter__(self) -> "StopSignals":
        self._give_back = take_over(self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            if time.monotonic() - self._first_at > ECHO_SECONDS:
                os._exit(self.exit_status)
            return
        self.received, self._first_at = number, time.monotonic()
        if self.trainer is None:
            raise KeyboardInterrupt
        self.trainer.stop_requested = True

    @property
    def exit_status(self) -> int:
        """130 for Ctrl-C, 143 for SIGTERM, 129 for a closed terminal: 128 and the signal's number,
        as shells have it."""
        return 128 + (self.received or signal.SIGINT)
