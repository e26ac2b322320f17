"""What a person sees while a sweep runs: a line for each job that ends, and one that is alive."""

import shutil
import time
from collections.abc import Callable

from mlp_scratch.report.tables.leaderboard import SECONDS, choose_metric, form_of, rank
from mlp_scratch.report.tables.table import show
from mlp_scratch.runs.reader import Run
from mlp_scratch.runs.run_state import COMPLETE
from mlp_scratch.streams import escaped, live

MOST_LINES = 60  # jobs up to which each gets a line where there is no terminal
SPARSE_SECONDS = 15.0  # between two lines in longer sweeps
REFRESH_SECONDS = 0.5


class SweepConsole:
    """Shows the progress of a sweep.

    runs: the table's, read whenever something is shown. to_do: jobs to run now. progress: the
    share of their epochs that the running jobs have done, summed.
    """

    def __init__(self, runs: dict[str, Run], to_do: int, progress: Callable[[], float]) -> None:
        self._runs = runs
        self._to_do = to_do
        self._progress = progress
        self._ended = self._failed = 0
        self._running = 0
        self._started = self._shown = time.monotonic()
        self._live = live().isatty()

    def ended(self, run: Run) -> None:
        """A job has ended."""
        self._ended += 1
        good = run.status in COMPLETE
        self._failed += not good and run.status != "interrupted"
        due = time.monotonic() - self._shown >= SPARSE_SECONDS
        if good and not self._live and self._to_do > MOST_LINES and not due:
            return
        told = _result(run, choose_metric([run])) if good else run.problem[:200]
        seconds = run.metric(SECONDS)
        parts = [
            f"[{self._ended}/{self._to_do}]",
            run.status,
            run.label,
            told,
            "" if seconds is None else show(seconds, "seconds"),
        ]
        self.close()
        print("  ".join(part for part in parts if part), flush=True)
        self._shown = time.monotonic()

    def tick(self, running: int) -> None:
        """Refresh the live line now and then."""
        self._running = running
        now = time.monotonic()
        if self._live and now - self._shown >= REFRESH_SECONDS:
            width = shutil.get_terminal_size().columns - 1
            print("\r\x1b[K" + escaped(self._line())[:width], end="", file=live(), flush=True)
            self._shown = now
        elif not self._live and self._to_do > MOST_LINES and now - self._shown >= SPARSE_SECONDS:
            print(self._line(), flush=True)
            self._shown = now

    def _line(self) -> str:
        parts = [f"{self._ended}/{self._to_do} done", f"{self._running} running"]
        if self._failed:
            parts.append(f"{self._failed} failed")
        runs = list(self._runs.values())
        metric = choose_metric(runs)
        for best in rank(runs, metric)[:1]:
            parts.append(f"best {_result(best, metric)} ({best.label})")
        work = self._ended + self._progress()
        if work > 0:
            left = (time.monotonic() - self._started) * (self._to_do - work) / work
            parts.append(f"{_clock(left)} left")
        return ", ".join(parts)

    def close(self) -> None:
        """Take the live line away."""
        if self._live:
            print("\r\x1b[K", end="", file=live(), flush=True)


def _result(run: Run, metric: str) -> str:
    return f"{metric} {show(run.metric(metric), form_of(metric))}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
