"""How many cores there are to compute on."""

import os
import sys
from pathlib import Path

THREADS_ALLOWED = (1, 1024)  # the fewest and the most that may share a step


def usable_cores() -> int:
    """Cores that this process may run on, less if it is in a container with a quota."""
    return max(1, min(len(_processors()), _quota()))


def _processors() -> set[int]:
    """Numbers of the processors, counting hyperthreads, that this process may run on."""
    try:
        return os.sched_getaffinity(0)
    except AttributeError:  # not Linux
        return set(range(os.cpu_count() or 1))


def physical_cores() -> int:
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
