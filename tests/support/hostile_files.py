"""What a hostile file must end with, and how one is made."""

import time
import tracemalloc
from pathlib import Path

import pytest

from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import DataError


def refused(name: str, path: Path, **options) -> str:
    """The message with which reading is refused, within 64 MiB and seconds of computing."""
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(DataError) as caught:
            load_dataset(name, dir=path, cache_dir=None, path=path, download=False, **options)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 10
    message = str(caught.value)
    assert len(message.splitlines()) <= 2
    return message


def npy_header(descr: object, shape: object, extra: str = "") -> bytes:
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, {extra}}}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
