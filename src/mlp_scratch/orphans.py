"""Ending with the process that started this one, however that ends; Linux alone can do that.

Others notice by a pipe that closes, if they are not stuck or stopped.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Have this process killed when its parent dies, or now if ``parent`` already has.

    For a child of the parent's main thread: it is the thread's end that counts.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:
            os._exit(1)


def outlive_parent() -> None:
    """Take ``end_with`` back."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, 0)
