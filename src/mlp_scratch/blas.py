"""The BLAS behind NumPy: which one it is, and how many threads it may use."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

# Multiplications up to which OpenBLAS's sgemm kernels for AVX-512 take a product as it lies.
SMALL_PRODUCT = dict.fromkeys(("SkylakeX", "Cooperlake", "SapphireRapids"), 10**6)


def limit_threads(threads: int) -> AbstractContextManager[Any]:
    """Let every matrix product of this process use ``threads`` threads from now on; leaving the
    context, if it is used as one, restores what was."""
    return _controller().limit(limits=threads)


def small_product() -> int:
    """Multiplications of a small product (see ``nn.fast.products``); 0: BLAS knows none.

    It depends on the kernel, as the bits of a run do anyway.
    """
    return SMALL_PRODUCT.get(str(describe()["kernel"]), 0)


def describe() -> dict[str, Any]:
    """Library, version, kernel (the processor family it chose code for) and threads."""
    infos = _controller().info()
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
def _controller() -> ThreadpoolController:
    """Finding it takes some milliseconds, so it is found once."""
    return ThreadpoolController().select(user_api="blas")
