"""What is printed carries no commands, whatever letters the terminal knows, whoever listens."""

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from mlp_scratch import streams


@contextmanager
def guarded(path: Path, encoding: str = "utf-8") -> Iterator[Callable[[str], str]]:
    """Standard output is the file ``path``: prints a text and returns what is in the file then."""

    def printed(text: str) -> str:
        print(text, end="", flush=True)
        return path.read_bytes().decode(encoding)

    with pytest.MonkeyPatch.context() as patched:
        real = io.TextIOWrapper(open(path, "wb"), encoding, newline="\n")  # noqa: SIM115
        patched.setattr(sys, "stdout", real)
        patched.setattr(sys, "__stdout__", real)
        streams.guard_streams()
        with sys.stdout:
            yield printed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b]0;title\x07\x1b[2J", r"\x1b]0;title\x07\x1b[2J"),
        ("over\rwritten\b\x7f", r"over\rwritten\x08\x7f"),
        ("\x9b31m \x85", r"\x9b31m \x85"),
        ("abc\u202etxt.exe \u2028 \u2066", r"abc\u202etxt.exe \u2028 \u2066"),
        ("größe 日本 👩‍🔬 ₂", "größe 日本 👩‍🔬 ₂"),
    ],
)
def test_control_characters_are_shown(tmp_path: Path, text: str, shown: str) -> None:
    with guarded(tmp_path / "out") as printed:
        assert printed(text) == shown
    assert streams.escaped(text) == shown


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", r"- ... gr\u00f6\u00dfe \u65e5 \ud83d\ude00 \udcff"),
        ("cp1252", r"- … größe \u65e5 \ud83d\ude00 \udcff"),
        ("cp866", r"─ ... gr\u00f6\u00dfe \u65e5 \ud83d\ude00 \udcff"),
        ("utf-8", r"─ … größe 日 😀 \udcff"),
    ],
)
def test_letters_that_the_terminal_does_not_know(tmp_path: Path, encoding: str, shown: str) -> None:
    with guarded(tmp_path / "out", encoding) as printed:
        assert printed("─ … größe 日 😀 \udcff") == shown


@pytest.mark.parametrize(
    ("number", "told"), [(errno.EPIPE, False), (errno.EIO, False), (errno.ENOSPC, True)]
)
def test_a_reader_that_has_gone_is_no_error_and_a_full_disk_is(
    tmp_path: Path, number: int, told: bool
) -> None:
    class Failing(io.FileIO):
        def write(self, data: object) -> int:
            raise OSError(number, "said")

    with pytest.MonkeyPatch.context() as patched, open(tmp_path / "out", "wb") as file:
        real = io.TextIOWrapper(io.BufferedWriter(Failing(file.fileno(), "wb", closefd=False)))
        patched.setattr(sys, "stdout", real)
        patched.setattr(sys, "__stdout__", real)
        streams.guard_streams()
        with pytest.raises(OSError, match="said") if told else nullcontext() as caught:
            print("lost", flush=True)
        assert not told or caught.value.filename == file.fileno()
        assert os.fstat(file.fileno()).st_rdev == os.stat(os.devnull).st_rdev
        patched.setattr(Failing, "write", io.FileIO.write)  # as a write to nowhere works
        sys.stdout.close()


def test_a_bar_may_draw(tmp_path: Path) -> None:
    with guarded(tmp_path / "out") as printed, pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stderr", sys.stdout)
        streams.live().write("\r\x1b[K")
        streams.live().flush()
        assert printed("") == "\r\x1b[K"
