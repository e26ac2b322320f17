"""Standard output and error as a command uses them: they fail nobody, and carry no commands.

What is printed may come from a stranger's file, the terminal may know few letters, and whoever
reads may have seen enough. So a stream shows control signs instead of sending them, writes what its
encoding lacks in ASCII, and takes a reader that has gone for one that does not listen.
"""

import codecs
import errno
import io
import os
import re
import sys
from typing import TextIO

# C0 and C1 but tab and line end, separators of lines, and what turns the direction of reading
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_IN_ASCII = {"─": "-", "–": "-", "…": "...", "→": "->"}
_GONE = (errno.EPIPE, errno.EIO)  # a pipe that was closed, a terminal that was


def escaped(text: str) -> str:
    """``text`` with its control characters as Python writes them, ``\\x1b``; lines stay lines."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def guard_streams() -> None:
    """Put such streams in the place of ``sys.stdout`` and ``sys.stderr``, where these are real."""
    for name, real in (("stdout", sys.__stdout__), ("stderr", sys.__stderr__)):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(real, io.TextIOWrapper) and getattr(sys, name) is real:
            setattr(sys, name, _Shown(real))


def note(line: str) -> None:
    """Tell people something beside the answer, which standard output has for itself."""
    print(f"note: {line}", file=sys.stderr)


def live() -> TextIO:
    """Standard error for what is drawn over and over: a bar's own control signs reach it."""
    return getattr(sys.stderr, "real", sys.stderr)


class _Shown(io.TextIOWrapper):
    """Writes to the same file as ``real``."""

    def __init__(self, real: io.TextIOWrapper) -> None:
        how = (real.line_buffering, real.write_through)
        super().__init__(real.buffer, real.encoding, _REPLACE, None, *how)
        self.real = real

    def write(self, text: str) -> int:
        try:
            super().write(escaped(text))
        except OSError as error:
            self._failed(error)
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        """What comes from now on is lost; raise the error unless nobody is there to miss it."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if error.errno not in _GONE:
            error.filename = self.real.name  # <stdout>
            raise error


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """Our own signs in the nearest letters, others as JSON and Python write them."""
    assert isinstance(error, UnicodeEncodeError)
    sign = error.object[error.start]
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    spelled = "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
    return _IN_ASCII.get(sign, spelled), error.start + 1


_REPLACE = "mlp_scratch.in_ascii"
codecs.register_error(_REPLACE, _in_ascii)
