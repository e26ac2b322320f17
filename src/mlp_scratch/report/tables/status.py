"""What became of each run: the states, counted and explained."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlp_scratch.report.tables.leaderboard import metric_names, whole
from mlp_scratch.report.tables.table import Column, Table, printable
from mlp_scratch.runs.folder import command
from mlp_scratch.runs.reader import Run
from mlp_scratch.runs.run_state import COMPLETE, MEANING, STATES


def unranked_lines(runs: Sequence[Run], ranked: Sequence[Run], limit: int | None = 10) -> list[str]:
    """One line for each run without a place: its state, its folder, and why."""
    rest = without_a_place(runs, ranked)
    if not rest:
        return []
    lines = [f"not ranked: {count_states(rest)}"]
    for run in rest[:limit]:
        why = run.problem or MEANING.get(run.status) or _no_value(run)
        lines.append(f"  {run.status:<13} {printable(run.label)}: {printable(why)}")
    if limit is not None and len(rest) > limit:
        lines.append(f"  and {len(rest) - limit} more; --status lists all")
    return lines


def without_a_place(runs: Sequence[Run], ranked: Sequence[Run]) -> list[Run]:
    """The other runs, by their state."""
    placed = {id(run) for run in ranked}
    rest = [run for run in runs if id(run) not in placed]
    return sorted(rest, key=lambda run: STATES.index(run.status))


def _no_value(run: Run) -> str:
    names = metric_names([run])
    tests = [name for name in names if name.startswith("test_")]
    if run.config.get("training.validation_fraction") == 0:
        test = tests[0] if tests else "test_loss"
        return f"no validation rows; --metric {test} compares on the test rows"
    if run.status not in COMPLETE:
        return "no value of this metric yet"
    monitor = run.summary.get("monitor")
    went_by = f"; --metric {monitor} is what it went by" if monitor in names else ""
    return f"no value of this metric{went_by}"


def count_states(runs: Sequence[Run]) -> str:
    """``12 finished, 1 diverged``."""
    counts = Counter(run.status for run in runs)
    return ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])


def status_table(runs: Sequence[Run]) -> Table:
    """Every run with its state, how far it came, and what is wrong or how to go on."""
    columns = [
        Column("status", "status", "text", 100),
        Column("run", "run", "text", 90),
        Column("epochs_done", "epochs", "number", 50),
        Column("started", "started", "text", 20),
        Column("problem", "remark", "text", 70),
    ]
    rows: list[list[Any]] = []
    for run in without_a_place(runs, []):
        problem = run.problem
        if run.status in ("interrupted", "killed", "unknown"):
            go_on = f"to go on: {command('resume', run.path)}"
            problem = f"{problem}; {go_on}" if problem else go_on
        done = run.metric("epochs_done")
        if done is None:
            done = run.metric("epoch", "final")
        started = run.summary.get("started")
        rows.append([run.status, run.label, whole(done), started and str(started)[:16], problem])
    return Table(columns, rows, [f"{len(runs)} runs: {count_states(runs)}"])
