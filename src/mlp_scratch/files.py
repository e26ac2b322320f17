"""Writing files so that nobody ever sees half of one.

The bytes go to a temporary file beside the target, are flushed to the disk, and the file is renamed
over the target: after a crash at any moment the old file or the new one is there, whole.
"""

import contextlib
import errno
import logging
import os
import secrets
import stat
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import IO, BinaryIO

_NOT_HERE = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)  # not a failing disk


def write_atomically(
    path: Path, write: Callable[[BinaryIO], object], *, durable: bool = True
) -> None:
    """Let ``write`` fill a new file and put it in the place of ``path``.

    durable: wait until the bytes are on the disk, so that not even a power cut loses them.
    Raises OSError when it cannot; the old file is then untouched and no temporary one remains.
    """
    write_together([(path, write)], durable=durable)


def write_together(
    files: Sequence[tuple[Path, Callable[[BinaryIO], object]]], *, durable: bool = True
) -> None:
    """``write_atomically`` for several files of one folder, put in place in the given order.

    They are written first and flushed then: flushing two at once costs little more than one.
    """
    made: list[Path] = []
    try:
        with contextlib.ExitStack() as opened:
            streams = []
            for path, write in files:
                _refuse_device(path)
                temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"
                stream = opened.enter_context(open(temporary, "xb"))
                made.append(temporary)
                streams.append(stream)
                write(stream)
                stream.flush()
            if durable:
                for stream in streams:
                    _flush(stream)
        for temporary, (path, _) in zip(made, files, strict=True):
            os.replace(temporary, path)
    except BaseException as error:
        for temporary in made:
            with contextlib.suppress(OSError):
                temporary.unlink()
        if isinstance(error, OSError):
            error.filename = str(path)  # what people know, not the temporary one, nor nothing
        raise
    if durable:
        _flush_folder(files[0][0].parent)


def _refuse_device(path: Path) -> None:
    """Raise OSError for /dev/null and its like: who may write there would replace it."""
    with contextlib.suppress(FileNotFoundError):
        mode = os.lstat(path).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise OSError(errno.EINVAL, "it is a device", str(path))


def write_text_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """``write_atomically`` for UTF-8 text, with ``\\n`` line ends everywhere."""
    write_atomically(path, lambda file: file.write(text.encode("utf-8")), durable=durable)


def write_product(path: Path, contents: bytes) -> None:
    """Write what can be made again: in one step, its folder made where it is missing, without
    waiting for the disk. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda file: file.write(contents), durable=False)


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files that a killed process left in ``folder``."""
    for leftover in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def _flush(file: BinaryIO) -> None:
    """Wait for the disk; a file system that cannot do that is put up with, and named once.

    Raises OSError when the disk fails or is full.
    """
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
        _warn_of_no_flush()


@cache
def _warn_of_no_flush() -> None:
    logging.getLogger(__name__).warning(
        "this file system cannot say when bytes are on the disk (fsync): a power cut may lose what "
        "was saved last"
    )


def _flush_folder(folder: Path) -> None:
    """Make a rename durable; systems that cannot open a folder (Windows) do without."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def try_lock(file: IO[bytes]) -> bool | None:
    """Try to lock an open file; the lock goes with the file's closing or the process's death.

    False: somebody else holds it. None: the file system has no locks, so nobody can.
    """
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
