"""What every command does besides its own work: streams, errors, signals and exit status.

A command imports this module first: from then on a Ctrl-C, even in the middle of an import, ends
the process in silence.
"""

import argparse
import functools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from mlp_scratch.errors import NO_MORE_THREADS, MlpScratchError, RunError, report_error
from mlp_scratch.own_modules import add_import_flag
from mlp_scratch.streams import guard_streams

INTERRUPTED = 128 + signal.SIGINT


def command(work: Callable[[Sequence[str]], int | None]) -> Callable[..., int]:
    """Make a command's ``main`` of ``work``, which gets the words typed and may give a status.

    ``main(argv=None)`` returns the exit status. It prints the errors that users can mend.
    """

    @functools.wraps(work)
    def main(argv: Sequence[str] | None = None) -> int:
        guard_streams()
        try:
            _require_working_directory()
            status = work(sys.argv[1:] if argv is None else argv) or 0
            sys.stdout.flush()
        except MlpScratchError as error:
            return report_error(error)
        except KeyboardInterrupt:
            return INTERRUPTED
        except OSError as error:
            if error.filename not in ("<stdout>", "<stderr>"):
                raise
            said = f"{error.filename}: cannot be written ({error.strerror})"
            return report_error(RunError(said))
        except MemoryError as error:
            reason = f" ({error})" if str(error) else ""
            return report_error(RunError(f"the memory does not suffice{reason}"))
        except RuntimeError as error:
            if not _in_a_threads_start(error):
                raise
            return report_error(RunError(NO_MORE_THREADS))
        return status

    return main


def parser(name: str, description: str, **more: Any) -> argparse.ArgumentParser:
    """Of ``python -m mlp_scratch.<name>``; every command takes ``--import``."""
    made = argparse.ArgumentParser(
        prog=f"python -m mlp_scratch.{name}", description=description, **more
    )
    add_import_flag(made)
    return made


def _require_working_directory() -> None:
    try:
        os.getcwd()
    except FileNotFoundError:
        raise RunError("the working directory is no longer there; cd to another one") from None


def _in_a_threads_start(error: RuntimeError) -> bool:
    """Whether it was a thread that the system did not start, told by the place, not the words."""
    start = threading.Thread.start.__code__
    return any(frame.f_code is start for frame, _ in traceback.walk_tb(error.__traceback__))


def _end_in_silence(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Of what nobody caught: an interruption, also one that C code made an ImportError of."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, KeyboardInterrupt):
            raise SystemExit(INTERRUPTED)
        cause = cause.__cause__ or cause.__context__
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _end_in_silence
