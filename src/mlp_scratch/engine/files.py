"""Writing files so that nobody ever sees half of one.

The bytes go to a temporary file beside the target, are flushed to the disk, and the file is renamed
over the target: after a crash at any moment the old file or the new one is there, whole.
"""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_atomically(
    path: Path, write: Callable[[BinaryIO], object], *, durable: bool = True
) -> None:
    """Let ``write`` fill a new file and put it in the place of ``path``.

    durable: wait until the bytes are on the disk, so that not even a power cut loses them.
    Raises OSError when it cannot; the old file is then untouched and no temporary one remains.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            write(file)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        _flush_folder(path.parent)


def write_text_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """``write_atomically`` for UTF-8 text, with ``\\n`` line ends everywhere."""
    write_atomically(path, lambda file: file.write(text.encode("utf-8")), durable=durable)


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files that a killed process left in ``folder``."""
    for leftover in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def _flush_folder(folder: Path) -> None:
    """Make a rename durable; systems that cannot open a folder (Windows) do without."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
