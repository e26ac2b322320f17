"""What a person sees while a run goes on: a bar over the batches, a line an epoch.

Without a terminal there is no bar, only the lines; ``train.log`` gets the same lines with the time.
"""

import contextlib
import logging
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlp_scratch.engine.observer import Observer
from mlp_scratch.runs.folder import inside
from mlp_scratch.streams import escaped, live

log = logging.getLogger("mlp_scratch")
LONGEST_LINE = 1 << 16  # bytes of a log's line


class Console(Observer):
    """Shows the progress of one run."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._width = len(str(epochs))
        self._bar: Any = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            look: dict[str, Any] = {"unit": "batch", "dynamic_ncols": True, "file": live()}
            self._bar = tqdm(total=0, leave=False, **look)

    def on_batch(self, epoch: int, batches_done: int, n_batches: int, mean_loss: float) -> None:
        if self._bar is None:
            return
        if self._bar.total != n_batches or batches_done < self._bar.n:
            self._bar.reset(n_batches)
        self._bar.set_description_str(f"epoch {epoch}/{self._epochs}", refresh=False)
        self._bar.set_postfix_str(f"loss {mean_loss:.4f}", refresh=False)
        self._bar.update(batches_done - self._bar.n)

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        parts = [f"epoch {int(row['epoch']):{self._width}d}/{self._epochs}"]
        looked = not math.isnan(row.get("val_loss", math.nan))
        for name, value in row.items():
            if name.startswith("train_") and not name.startswith("train_eval_"):
                parts.append(f"{name.removeprefix('train_')} {_short(value)}")
            elif name.startswith("val_") and looked:
                parts.append(f"{name} {_short(value)}")
        if looked:
            parts[-1] += "*" if is_best else " "
        parts += [f"lr {row['lr']:.3g}", f"{row['seconds']:.2f} s"]
        if self._bar is not None:  # a line must not tear it
            self._bar.clear()
        log.info("  ".join(parts))
        if self._bar is not None:
            self._bar.refresh()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _short(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1000 else f"{value:.6g}"


@contextlib.contextmanager
def logging_to(path: Path, *, quiet: bool = False) -> Iterator[None]:
    """Send the package's messages to the terminal (unless ``quiet``) and to the log at ``path``.

    A last line that a killed process left torn is cut off first. Raises OSError when the log
    cannot be opened, RunError when it is a link.
    """
    inside(path.parent, path)
    _trim_torn_line(path)
    file = _LogFile(path, encoding="utf-8")
    file.setFormatter(_Escaping("%(asctime)s %(levelname)s %(message)s"))
    with heard_by(file, *([] if quiet else [Terminal()])):
        yield


@contextlib.contextmanager
def heard_by(*handlers: logging.Handler) -> Iterator[None]:
    """Let these handlers have the package's messages, whatever Hydra's logging would do to them."""
    before = log.level, log.propagate
    for name in [log.name, *logging.root.manager.loggerDict]:
        if name.split(".")[0] == log.name:
            logging.getLogger(name).disabled = False  # which hydra/job_logging=disabled has set
    log.setLevel(logging.INFO)
    log.propagate = False
    for handler in handlers:
        log.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            with contextlib.suppress(OSError):  # a full disk: emit has already said so
                handler.close()
        log.setLevel(before[0])
        log.propagate = before[1]


class Terminal(logging.Handler):
    """Messages to standard output, warnings and errors to standard error.

    A terminal that is gone (a closed window, ``| head``) does not end the run.
    """

    def emit(self, record: logging.LogRecord) -> None:
        stream = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        prefix = {logging.WARNING: "warning: ", logging.ERROR: "error: "}.get(record.levelno, "")
        text = prefix + record.getMessage()
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        with contextlib.suppress(OSError):
            print(escaped(text), file=stream, flush=True)


class _Escaping(logging.Formatter):
    """Messages may quote a stranger's file, and a log is looked at in a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return escaped(super().format(record))


class _LogFile(logging.FileHandler):
    """A log that warns once, and lets the run go on, when it cannot be written."""

    _warned = False

    def handleError(self, record: logging.LogRecord) -> None:
        if not self._warned:
            self._warned = True
            print(f"warning: {self.baseFilename} cannot be written any more", file=sys.stderr)


def _trim_torn_line(path: Path) -> None:
    if not path.exists():
        return
    with open(path, "r+b") as file:
        start = max(0, file.seek(0, os.SEEK_END) - LONGEST_LINE)
        file.seek(start)
        file.truncate(start + file.read(LONGEST_LINE).rfind(b"\n") + 1)
