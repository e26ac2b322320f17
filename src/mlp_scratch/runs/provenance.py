"""Where a result came from: code, versions, machine."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

import mlp_scratch
from mlp_scratch.nested import entry


class GitState:
    """Commit and dirty flag of the working directory's repository, asked for in the background."""

    def __init__(self) -> None:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        try:
            self._process: subprocess.Popen[str] | None = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            )
        except OSError:  # no git here
            self._process = None

    def result(self) -> dict[str, Any]:
        """{"commit": 40 hex digits or None, "dirty": bool or None}; waits for git to answer."""
        nothing = {"commit": None, "dirty": None}
        if self._process is None:
            return nothing
        try:
            answer = self._process.communicate(timeout=5)[0].strip()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return nothing
        if self._process.returncode != 0 or not answer:
            return nothing
        return {"commit": answer.removesuffix("-dirty"), "dirty": answer.endswith("-dirty")}


def versions() -> dict[str, str]:
    """Versions of what the bits of a run can depend on."""
    return {
        "mlp_scratch": mlp_scratch.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


_ARITHMETIC = {"numpy": ("versions", "numpy"), "kernel": ("blas", "kernel")}


def arithmetic(summary: Mapping[str, Any]) -> dict[str, str]:
    """What computed a run, by its summary: NumPy and BLAS's kernel, on which its bits depend."""
    found = {name: entry(summary, *keys) for name, keys in _ARITHMETIC.items()}
    return {name: word[:40] for name, word in found.items() if isinstance(word, str)}


def host() -> dict[str, Any]:
    """The machine: name, system, processor, cores."""
    return {
        "name": platform.node(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "pid": os.getpid(),
        "command": " ".join(sys.argv),
    }
