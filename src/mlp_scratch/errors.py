"""The errors that users meet: one or two lines with the thing, the rule, the value and the fix.

Whoever finds the problem raises one of these; the command that was started prints the message and
exits with its status. Any other exception is a defect of the program and shows its traceback.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 4_000  # characters of a message
NO_MORE_THREADS = "the system lets this account start no more threads or processes (ulimit -u)"


class MlpScratchError(Exception):
    """Something that the user can mend; ``exit_status`` is what the command exits with.

    What a message quotes may come from a stranger's file: a long one is cut in its middle.
    """

    exit_status = 1

    def __init__(self, message: str) -> None:
        if len(message) > LONGEST:
            message = f"{message[: LONGEST // 2]} ... {message[-LONGEST // 2 + 5 :]}"
        super().__init__(message)


class ConfigError(MlpScratchError):
    """A config or a command line that cannot work."""

    exit_status = 2


class DataError(MlpScratchError):
    """A data set that is missing, damaged or does not fit."""


class CheckpointError(MlpScratchError):
    """A checkpoint that is missing, damaged, or belongs to something else.

    Its message is kept to one line, and to what does nothing to a terminal.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(c for c in " ".join(message.split()) if c.isprintable()))


class RunError(MlpScratchError):
    """A run folder that is missing, ambiguous, in use or not what the command needs."""


def missing_extra(what: str, package: str, extra: str) -> ConfigError:
    """The error of ``what`` when ``package`` cannot be imported; ``extra`` installs it."""
    return ConfigError(f"{what} needs {package}: pip install 'mlp-scratch[{extra}]'")


def in_one_line(error: BaseException) -> str:
    """What an error of somebody else's says, without line ends; its type where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


@contextmanager
def telling_unwritten(path: object = None) -> Iterator[None]:
    """RunError for a file that cannot be written inside: ``path``, or else the one that it was."""
    try:
        yield
    except OSError as error:
        said = f"{path or error.filename}: cannot be written ({error.strerror or error})"
        raise RunError(said) from error


def report_error(error: MlpScratchError) -> int:
    """Print an error in one or two lines; return the exit status of the command."""
    if os.environ.get("HYDRA_FULL_ERROR") == "1":
        raise error
    print(f"error: {error}", file=sys.stderr)
    return error.exit_status
