"""Makes this process's own file operations fail, or end, at a moment of one's choice.

Inside ``injected(hook)`` every file opened for writing is watched. The hook is told each operation
before it happens, ``hook(operation, path, tear)``, with operation one of open, write, fsync,
replace, mkdir and unlink; it may raise OSError, or ``Killed``, after which no operation changes
anything any more. ``tear()`` writes the first half of what a write was going to write.
"""

import builtins
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Hook = Callable[[str, str, Callable[[], None]], None]


def _nothing() -> None:
    pass


class _Raw(io.FileIO):
    """A file whose writes are told to the hook; one write call is one write of the system."""

    def __init__(self, path: Any, mode: str, hook: Hook) -> None:
        super().__init__(path, mode)
        self.hook = hook

    def write(self, data: Any) -> int:  # type: ignore[override]
        view = memoryview(data).cast("B")
        self.hook(
            "write", os.fspath(self.name), lambda: super(_Raw, self).write(view[: len(view) // 2])
        )
        return super().write(view)


@contextmanager
def injected(hook: Hook) -> Iterator[None]:
    """Let ``hook`` see, and spoil, this process's file operations."""
    real = {name: getattr(os, name) for name in ("fsync", "replace", "rename", "mkdir", "unlink")}
    real_open = builtins.open
    paths: dict[int, str] = {}  # of open files, by number

    def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any) -> Any:
        if isinstance(file, int) or not set(mode) & set("wax+"):
            return real_open(file, mode, buffering, *args, **kwargs)
        hook("open", os.fspath(file), _nothing)
        raw = _Raw(file, mode.replace("b", "").replace("t", ""), hook)
        paths[raw.fileno()] = os.fspath(file)
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, *args, **kwargs)

    def fsync(number: int) -> None:
        hook("fsync", paths.get(number, ""), _nothing)

    def spoiled(name: str, operation: str) -> Callable[..., None]:
        def call(path: Any, *args: Any, **kwargs: Any) -> None:
            target = args[0] if operation == "replace" else path
            hook(operation, os.fspath(target), _nothing)
            real[name](path, *args, **kwargs)

        return call

    builtins.open = io.open = opened  # type: ignore[assignment]
    os.fsync = fsync
    os.replace, os.rename = spoiled("replace", "replace"), spoiled("rename", "replace")
    os.mkdir, os.unlink = spoiled("mkdir", "mkdir"), spoiled("unlink", "unlink")
    try:
        yield
    finally:
        builtins.open = io.open = real_open
        for name, function in real.items():
            setattr(os, name, function)


class Counter:
    """A hook that ends the process, by raising ``death``, at the nth operation below ``folder``."""

    def __init__(self, folder: Any, nth: int | None, death: type[BaseException]) -> None:
        self._folder, self._nth, self._death = str(folder), nth, death
        self.seen: list[tuple[str, str]] = []
        self._dead = False

    def __call__(self, operation: str, path: str, tear: Callable[[], None]) -> None:
        if self._dead:
            raise self._death
        if not path.startswith(self._folder):
            return
        self.seen.append((operation, os.path.basename(path)))
        if len(self.seen) == self._nth:
            tear()
            self._dead = True
            raise self._death


class Failing:
    """A hook by which an operation on files of this name raises OSError, from the nth time on."""

    def __init__(self, operation: str, name: str, number: int, nth: int = 1) -> None:
        self._operation, self._name, self._number = operation, name, number
        self._left = nth
        self.hits = 0

    def __call__(self, operation: str, path: str, tear: Callable[[], None]) -> None:
        name = os.path.basename(path)
        if operation != self._operation or not (
            name == self._name or name.startswith(f".{self._name}.")
        ):
            return
        self._left -= 1
        if self._left <= 0:
            self.hits += 1
            tear()
            raise OSError(self._number, os.strerror(self._number), path)
