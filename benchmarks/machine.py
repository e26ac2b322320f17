"""The machine that measures: its description, a clean environment, the peak of its products."""

import os
import platform
import subprocess
import sys
from pathlib import Path

AT_START = dict(os.environ)  # before some library adds to it
PRESETS = ("OPENBLAS_", "OMP_", "MKL_", "GOTO_", "BLIS_", "XLA_", "JAX_", "TORCH_", "KMP_")


def clean_environment() -> dict[str, str]:
    """The environment without what somebody preset for numerical libraries; users have none."""
    return {k: v for k, v in os.environ.items() if not k.startswith(PRESETS)}


def restart_clean() -> None:
    """Start the running script anew if BLAS, which reads its variables once, found some."""
    if any(name.startswith(PRESETS[:5]) for name in os.environ):
        os.execve(sys.executable, [sys.executable, *sys.argv], clean_environment())


def describe() -> dict[str, object]:
    """Processor, cores, system, and what was removed from the environment."""
    removed = sorted(k for k in AT_START if k.startswith(PRESETS))
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions("mlp-scratch", "numpy", "torch", "scikit-learn", "jax", "jaxlib"),
        "removed_from_environment": removed,
    }


def versions(*packages: str) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


PEAK_SCRIPT = """
import json, sys, time
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits
a = np.random.default_rng(0).random((2048, 2048), dtype="f4")
out, best = np.empty_like(a), {}
for threads, clock in ((1, time.process_time), (2, time.perf_counter)):
    with threadpool_limits(threads):
        seconds = []
        for _ in range(12):
            start = clock()
            np.matmul(a, a, out=out)
            seconds.append(clock() - start)
    best[threads] = 2 * 2048**3 / min(seconds) / 1e9
info = threadpool_info()[0]
print(json.dumps({"gflops": best, "kernel": info["architecture"], "blas": info["internal_api"]
    + " " + str(info["version"])}))
"""


def peak() -> dict[str, object]:
    """Billions of float32 operations a second of one large matrix product, by threads.

    With one thread in processor time, with two on the clock: a busy machine slows the latter.
    """
    import json

    done = subprocess.run(
        [sys.executable, "-c", PEAK_SCRIPT],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
