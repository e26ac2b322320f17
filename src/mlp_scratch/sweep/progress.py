"""What a person sees while a sweep runs: a line for each job that ends, and one that is alive."""

import shutil
import sys
import time
from collections.abc import Callable
from typing import Any

from mlp_scratch.sweep.folder import DONE
from mlp_scratch.sweep.summary import metric_of, ranked

MOST_LINES = 60  # jobs up to which each gets a line where there is no terminal
SPARSE_SECONDS = 15.0  # between two lines in longer sweeps
REFRESH_SECONDS = 0.5


class SweepConsole:
    """Shows the progress of a sweep.

    rows: the table's, read whenever something is shown. to_do: jobs to run now. progress: the
    share of their epochs that the running jobs have done, summed.
    """

    def __init__(
        self, rows: dict[str, dict[str, Any]], to_do: int, progress: Callable[[], float]
    ) -> None:
        self._rows = rows
        self._to_do = to_do
        self._progress = progress
        self._ended = self._failed = 0
        self._running = 0
        self._started = self._shown = time.monotonic()
        self._live = sys.stderr.isatty()

    def ended(self, row: dict[str, Any]) -> None:
        """A job has ended."""
        self._ended += 1
        good = row["status"] in DONE
        self._failed += not good and row["status"] != "interrupted"
        due = time.monotonic() - self._shown >= SPARSE_SECONDS
        if good and not self._live and self._to_do > MOST_LINES and not due:
            return
        column = metric_of([row])[0]
        value = row.get(column)
        result = f"{column.removeprefix('best_')} {value:.4f}" if good and value is not None else ""
        reason = "" if good else " ".join(str(row["message"] or "").split())[:200]
        seconds = f"{row['seconds']:.1f} s" if row["seconds"] is not None else ""
        parts = [
            f"[{self._ended}/{self._to_do}]",
            row["status"],
            row["job"],
            result or reason,
            seconds,
        ]
        self._clear()
        print("  ".join(part for part in parts if part), flush=True)
        self._shown = time.monotonic()

    def tick(self, running: int) -> None:
        """Refresh the live line now and then."""
        self._running = running
        now = time.monotonic()
        if self._live and now - self._shown >= REFRESH_SECONDS:
            width = shutil.get_terminal_size().columns - 1
            print("\r\x1b[K" + self._line()[:width], end="", file=sys.stderr, flush=True)
            self._shown = now
        elif not self._live and self._to_do > MOST_LINES and now - self._shown >= SPARSE_SECONDS:
            print(self._line(), flush=True)
            self._shown = now

    def _line(self) -> str:
        parts = [f"{self._ended}/{self._to_do} done", f"{self._running} running"]
        if self._failed:
            parts.append(f"{self._failed} failed")
        rows = list(self._rows.values())
        best = ranked(rows)
        if best:
            column, _ = metric_of(rows)
            spoken = column.removeprefix("best_")
            parts.append(f"best {spoken} {best[0][column]:.4f} ({best[0]['job']})")
        work = self._ended + self._progress()
        if work > 0:
            left = (time.monotonic() - self._started) * (self._to_do - work) / work
            parts.append(f"{_clock(left)} left")
        return ", ".join(parts)

    def close(self) -> None:
        """Take the live line away."""
        self._clear()

    def _clear(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
