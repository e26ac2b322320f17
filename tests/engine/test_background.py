"""A thread that works in the background."""

import gc
import threading

import numpy as np
import pytest

from mlp_scratch.engine.background import BackgroundThread


def test_a_thread_returns_what_the_work_returns() -> None:
    thread: BackgroundThread[int] = BackgroundThread()
    for k in range(100):
        thread.begin(lambda k=k: k * k)
        thread.wait()
        assert thread.result() == k * k


def test_a_thread_raises_what_the_work_raises_and_works_on() -> None:
    thread: BackgroundThread[int] = BackgroundThread()
    thread.begin(lambda: 1 // 0)
    thread.wait()
    with pytest.raises(ZeroDivisionError):
        thread.result()
    thread.begin(lambda: 7)
    thread.wait()
    assert thread.result() == 7


def test_a_thread_handles_numbers_as_its_maker_did() -> None:
    with np.errstate(over="raise"):
        thread: BackgroundThread[np.ndarray] = BackgroundThread()
    thread.begin(lambda: np.array([1e38], np.float32) * np.float32(10))
    thread.wait()
    with pytest.raises(FloatingPointError):
        thread.result()


def test_a_thread_ends_with_its_owner() -> None:
    before = set(threading.enumerate())
    worker: BackgroundThread[int] = BackgroundThread()
    (thread,) = set(threading.enumerate()) - before
    del worker
    gc.collect()
    thread.join(timeout=10)
    assert not thread.is_alive()
