"""How many threads a run uses, and which BLAS it found.

The bits of a run depend on the thread count, so ``auto`` is a pure function of the config and of
the machine's cores, never of load or timing; the number used is recorded.
"""

import os
from contextlib import AbstractContextManager
from typing import Any

from threadpoolctl import ThreadpoolController

THREADED_BATCH = 512  # rows of a batch from which two threads can share it with profit


def thread_count(setting: int | str, batch_size: int, separable: bool = True) -> int:
    """Threads for ``training.threads``, given the rows of a step.

    separable: whether rows pass without heed of each other, so that threads can share a batch (no
    batch normalization, no dropout). ``auto`` takes two threads for that only: the threads that
    share a single matrix product wait for each other every few microseconds, which helps on an
    idle machine and is ruinous on a busy one.
    """
    if isinstance(setting, int):
        return setting
    return min(2, usable_cores()) if separable and batch_size >= THREADED_BATCH else 1


def usable_cores() -> int:
    """Cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


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
        """What counts as a small product (see ``nn/products.py``), in multiplications; 0: nothing.

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
