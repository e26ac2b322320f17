"""The thread that shares a batch: it returns, raises, keeps NumPy's error handling, and ends."""

import gc
import threading

import numpy as np
import pytest

from mlp_scratch.engine.partner import Partner


def test_it_returns_what_the_work_returns() -> None:
    partner: Partner[int] = Partner()
    for k in range(100):
        partner.begin(lambda k=k: k * k)
        partner.wait()
        assert partner.result() == k * k


def test_it_raises_what_the_work_raises_and_works_on() -> None:
    partner: Partner[int] = Partner()
    partner.begin(lambda: 1 // 0)
    partner.wait()
    with pytest.raises(ZeroDivisionError):
        partner.result()
    partner.begin(lambda: 7)
    partner.wait()
    assert partner.result() == 7


def test_it_handles_numbers_as_its_maker_did() -> None:
    with np.errstate(over="raise"):
        partner: Partner[np.ndarray] = Partner()
    partner.begin(lambda: np.array([1e38], np.float32) * np.float32(10))
    partner.wait()
    with pytest.raises(FloatingPointError):
        partner.result()


def test_its_thread_ends_with_its_owner() -> None:
    before = set(threading.enumerate())
    partner: Partner[int] = Partner()
    (thread,) = set(threading.enumerate()) - before
    del partner
    gc.collect()
    thread.join(timeout=10)
    assert not thread.is_alive()
