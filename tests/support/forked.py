"""Commands as processes of their own that need not import the package first.

``python -m mlp_scratch.train`` spends two thirds of a short run on imports. ``ForkedCommand`` is
the same process with the same streams, signals and exit status, forked from a server
(``fork_server.py``) that has the imports behind it. What is not the same: the hash seed, which all
commands of a server share; so where bits of processes are compared, start them afresh.
"""

import atexit
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_AT_THE_START = ("PYTHON", "MPL", "OMP_", "OPENBLAS", "MKL_", "LC_", "LANG", "LD_")


def _of_the_start() -> dict[str, str]:
    """The variables that are read while Python starts and imports."""
    return {name: v for name, v in os.environ.items() if name.startswith(_AT_THE_START)}


@cache
def _server() -> tuple[socket.socket, dict[str, str]]:
    """The socket of this process's server, and the variables it has started with."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("fork_server.py")), str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,  # never read: commands find streams made for pipes
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours, _of_the_start()


def can_fork() -> bool:
    """Whether a forked command is what a fresh one would be."""
    return sys.platform.startswith("linux") and _server()[1] == _of_the_start()


def start_command(
    folder: Path, command: str, words: Sequence[str], **more: Any
) -> subprocess.Popen[str]:
    """Start a command, by a fork where that can be; ``more`` is for ``ForkedCommand``."""
    if can_fork():
        return ForkedCommand(folder, command, words, **more)
    return subprocess.Popen(
        [sys.executable, "-m", f"mlp_scratch.{command}", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        text=True,
        **{"stdout": subprocess.PIPE, **more},
    )


class ForkedCommand(subprocess.Popen[str]):
    """``python -m mlp_scratch.COMMAND WORDS`` in ``folder``, its input empty, its output text.

    more: for ``subprocess.Popen``.
    """

    def __init__(self, folder: Path, command: str, words: Sequence[str], **more: Any) -> None:
        name = f"mlp_scratch.{command}"
        spec = find_spec(name)
        assert spec is not None, name
        package = spec.submodule_search_locations is not None
        self._job = {
            "module": f"{name}.__main__" if package else name,
            "words": list(words),
            "folder": str(folder),
            "environment": dict(os.environ),
            "own_session": more.get("start_new_session", False),
        }
        typed = [sys.executable, "-m", name, *words]
        more = {"stdout": subprocess.PIPE, **more}
        super().__init__(typed, text=True, stdin=subprocess.DEVNULL, **more)

    def _execute_child(self, *places: Any) -> None:
        """Ask the server; ``places`` are those of ``subprocess.Popen``."""
        pipes = places[10:16]  # of standard input, output and error: read end, write end
        self._news, theirs = os.pipe()
        try:
            text = json.dumps(self._job).encode()
            socket.send_fds(_server()[0], [text], [pipes[3], pipes[5], theirs])
        finally:
            os.close(theirs)
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]
        self.pid = int.from_bytes(os.read(self._news, 4), "little")
        self._child_created = True

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        """(process id, status as ``os.waitpid`` has it), or zeros while it runs."""
        asked = select.poll()
        asked.register(self._news, select.POLLIN)
        if not asked.poll(0 if wait_flags else None):
            return 0, 0
        status = os.read(self._news, 4)
        os.close(self._news)
        return self.pid, int.from_bytes(status, "little") if status else 9

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self._handle_exitstatus(status)  # type: ignore[attr-defined]
        return self.returncode
