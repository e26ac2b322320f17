"""A thread that works in the background, one piece of work after another.

It shares the interpreter's lock with its owner: it helps where NumPy is inside one long call.
"""

import threading
import weakref
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class BackgroundThread(Generic[T]):
    """``begin(work)``, then ``wait()``, then ``result()``: what ``work`` returned or raised.

    A ThreadPoolExecutor takes five times as long to hand work over, which counts where a batch is
    shared every millisecond. The thread ends with its owner, and works in the context (NumPy's
    error handling) in which it was made. Where the system starts no more threads, ``begin`` does
    the work itself.
    """

    def __init__(self) -> None:
        self._orders: SimpleQueue[Callable[[], T] | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()
        self._alone = False
        try:
            threading.Thread(
                target=copy_context().run, args=(_work, self._orders, self._answers), daemon=True
            ).start()
        except RuntimeError:
            self._alone = True
        weakref.finalize(self, self._orders.put, None)

    def begin(self, work: Callable[[], T]) -> None:
        """Start on ``work``; ``wait`` for it before the next."""
        self._orders.put(work)
        if self._alone:
            self._orders.put(None)
            _work(self._orders, self._answers)

    def wait(self) -> None:
        """Return when the work is done."""
        self._answer = self._answers.get()

    def result(self) -> T:
        """What it returned; what it raised is raised here."""
        value, error = self._answer
        if error is not None:
            raise error
        return value  # type: ignore[return-value]


def _work(orders: Any, answers: Any) -> None:
    while (work := orders.get()) is not None:
        answer: tuple[Any, BaseException | None]
        try:
            answer = work(), None
        except BaseException as error:
            answer = None, error
        del work  # it may hold the owner, which would then never go
        answers.put(answer)
        del answer
