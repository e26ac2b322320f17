"""Looking at a folder in a forked process that is watched: how long it takes, how much memory, what
it writes and what it would run.

Python's audit events tell of every file that is opened for writing, every program that is started
and every object that is unpickled, whoever does it. What is forbidden is refused and noted down, so
that an ``except`` in between cannot hide it.
"""

import contextlib
import gc
import io
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST_SECONDS = 10.0  # of a processor
MOST_MEMORY = 256 << 20  # bytes of resident memory, above what the process had before
LONGEST_WAIT = 60.0  # seconds on the clock, on a busy machine
_ADDRESS_SPACE = 3 << 30  # beyond this a look gets a MemoryError instead of the machine's memory
SECRET = "MLP_SCRATCH_CANARY", "a-secret-that-no-file-may-ask-for"

Look = Callable[[Path], list[str]]  # what is wrong with what was answered

_STARTS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen")
_NEVER = (*_STARTS, "pickle.find_class", "marshal.loads", "ctypes.dlopen", "socket.connect")
_MOVES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watcher:
    """A forked process that looks at one folder after another; a new one when it dies.

    look: called in the process with a folder. home: its working directory and home, the only place
    beside the folder where something may be written.
    """

    def __init__(self, look: Look, home: Path) -> None:
        self._look, self._home = look, home
        self._process: Any = None

    def __enter__(self) -> "Watcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def faults(self, folder: Path) -> list[str]:
        """What the look at ``folder`` did that it must not do; [] when all is well."""
        if self._process is None:
            context = multiprocessing.get_context("fork")
            self._pipe, other = context.Pipe()
            self._process = context.Process(target=_serve, args=(other, self._look, self._home))
            self._process.start()
            other.close()
        self._pipe.send(folder)
        try:
            if self._pipe.poll(LONGEST_WAIT):
                return self._pipe.recv()
            fault = f"hangs for more than {LONGEST_WAIT:.0f} s"
        except EOFError:
            self._process.join()
            fault = f"the process died ({self._process.exitcode})"
        self._end()
        return [fault]

    def _end(self) -> None:
        if self._process is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
            self._process = None


def _serve(pipe: Any, look: Look, home: Path) -> None:
    os.chdir(home)
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ[name] = str(home)
    os.environ.pop("MLP_SCRATCH_CACHE", None)  # the user's cache lies in XDG_CACHE_HOME
    os.environ[SECRET[0]] = SECRET[1]
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _ADDRESS_SPACE, resource.RLIM_INFINITY))
    allowed: list[str] = [os.path.realpath(home), ""]
    noted: list[str] = []
    sys.addaudithook(lambda event, args: _audit(event, args, allowed, noted))
    with contextlib.suppress(EOFError):
        while True:
            folder = pipe.recv()
            pipe.send(_measured(look, folder, allowed, noted))


def _measured(look: Look, folder: Path, allowed: list[str], noted: list[str]) -> list[str]:
    noted.clear()
    gc.collect()
    before, began = _peak(reset=True), time.process_time()
    out = io.StringIO()
    try:
        allowed[1] = os.path.realpath(folder)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            faults = look(folder)
    except BaseException as error:
        faults = [f"the look itself: {type(error).__name__}: {error!s:.300}"]
    finally:
        allowed[1] = ""
    seconds, memory = time.process_time() - began, _peak() - before
    if seconds > MOST_SECONDS:
        faults.append(f"takes {seconds:.0f} s")
    if memory > MOST_MEMORY:
        faults.append(f"takes {memory >> 20} MB")
    if SECRET[1] in out.getvalue():
        faults.append("tells an environment variable")
    return [*faults, *dict.fromkeys(noted)]


def _peak(reset: bool = False) -> int:
    """The most bytes that were resident since the last reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


def _audit(event: str, args: tuple[Any, ...], allowed: list[str], noted: list[str]) -> None:
    if not allowed[1]:
        return
    if event in _NEVER:
        if event == "ctypes.dlopen" and (args[0] is None or not _below(args[0], allowed[1:])):
            return
        if event == "marshal.loads":  # how modules are imported
            return
        if event != "socket.connect":  # a data set that is not there may be looked for
            noted.append(f"{event} {args!s:.200}")
        raise PermissionError(1, f"{event} is not for strangers")
    if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        mode, flags = args[1] or "", args[2] or 0
        writes = set(mode) & set("wax+") or (isinstance(flags, int) and flags & _WRITING)
        places = args[:1] if writes and not _locks(args[0], mode) else ()
        if os.fsdecode(args[0]).endswith((".py", ".pyc", ".so")) and _below(args[0], allowed[1:]):
            noted.append(f"reads code: {args[0]!s:.200}")
    elif event in _MOVES:
        places = [a for a in args[:2] if isinstance(a, str | bytes | os.PathLike)]
    else:
        return
    for place in places:
        if not _below(place, allowed) and os.fsdecode(place) != os.devnull:
            noted.append(f"writes outside: {event} {place!s:.200}")
            raise PermissionError(13, "not a place to write")


def _locks(path: Any, mode: str) -> bool:
    """Whether a lock file is opened that must exist and of which no byte is changed."""
    return mode.startswith("r+") and os.path.basename(os.fsdecode(path)) == ".lock"


def _below(path: Any, folders: list[str]) -> bool:
    real = os.path.realpath(os.fsdecode(path))
    return any(real == folder or real.startswith(folder + os.sep) for folder in folders)
