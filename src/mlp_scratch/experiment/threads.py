"""How many threads a run uses, and which BLAS it found.

The bits of a run depend on the thread count, so ``auto`` is a pure function of the config and of
the machine's cores, never of load or timing; the number used is recorded.
"""

import os
import sys
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

from threadpoolctl import ThreadpoolController

from mlp_scratch.engine.sharing import SHARED_ROWS, can_fork

THREADED_BATCH = 512  # rows of a step, from which two threads share it with profit without a fork
SHARED_WORK = 10_000_000  # parameters times rows of a step (0.2 ms), from which sharing it pays


def thread_count(
    setting: int | str, batch_size: int, parameters: int, shareable: bool = True
) -> int:
    """Threads for ``training.threads``, given the rows of a step and the parameters of the network.

    shareable: whether two can share a batch, see ``engine/sharing.py``. ``auto`` takes two for
    that only: the threads that share a single
    matrix product wait for each other every few microseconds, which helps on an idle machine and is
    ruinous on a busy one.
    """
    if isinstance(setting, int):
        return setting
    if not shareable:
        return 1
    least = 2 * SHARED_ROWS if can_fork() else THREADED_BATCH
    pays = batch_size >= least and batch_size * parameters >= SHARED_WORK
    return min(2, usable_cores(), _physical_cores()) if pays else 1


def usable_cores() -> int:
    """Cores that this process may run on, less if it is in a container with a quota."""
    return max(1, min(len(_processors()), _quota()))


def _processors() -> set[int]:
    """Numbers of the processors, counting hyperthreads, that this process may run on."""
    try:
        return os.sched_getaffinity(0)
    except AttributeError:  # not Linux
        return set(range(os.cpu_count() or 1))


def _physical_cores() -> int:
    """How many cores those are: two hyperthreads of one core have one unit to multiply with."""
    folder = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
    return len({_read(folder.format(k)) or str(k) for k in _processors()})


def _quota() -> int:
    """Processor time a container may use, in whole processors."""
    words = _read("/sys/fs/cgroup/cpu.max").split()
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit():
        return int(words[0]) // max(1, int(words[1]))
    return sys.maxsize


def _read(path: str) -> str:
    try:
        return Path(path).read_text("ascii", "replace").strip()
    except OSError:
        return ""


# Multiplications up to which OpenBLAS's sgemm kernels for AVX-512 take a product as it lies.
SMALL_PRODUCT = dict.fromkeys(("SkylakeX", "Cooperlake", "SapphireRapids"), 10**6)


class Blas:
    """The BLAS behind NumPy."""

    def __init__(self) -> None:
        self._controller = ThreadpoolController().select(user_api="blas")

    def use(self, threads: int) -> None:
        """Let every matrix product of this process use ``threads`` threads from now on."""
        self._controller.limit(limits=threads)

    def limited(self, threads: int) -> AbstractContextManager[Any]:
        """``use(threads)`` for a while: leaving the context restores what was."""
        return self._controller.limit(limits=threads)

    @property
    def small_product(self) -> int:
        """Multiplications of a small product (see ``nn.fast.products``); 0: BLAS knows none.

        It depends on the kernel, as the bits of a run do anyway.
        """
        return SMALL_PRODUCT.get(str(self.describe()["kernel"]), 0)

    def describe(self) -> dict[str, Any]:
        """Library, version, kernel (the processor family it chose code for) and threads."""
        infos = self._controller.info()
        if not infos:  # a BLAS that cannot be asked, such as Accelerate on a Mac
            return {"library": "unknown", "version": None, "kernel": None, "threads": None}
        info = infos[0]
        return {
            "library": info.get("internal_api"),
            "version": info.get("version"),
            "kernel": info.get("architecture"),
            "threads": info.get("num_threads"),
        }


@cache
def blas() -> Blas:
    """The BLAS of this process; finding it takes some milliseconds, so it is found once."""
    return Blas()
