"""Runs that differ only in their seed, fold, or whatever is grouped over, taken together.

One run is an anecdote: the difference between two settings counts only beside the spread that
chance makes. Each group gets its mean, its spread, and its distance from the best group.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlp_scratch.config.key_roles import is_hyperparameter
from mlp_scratch.report.names import resolve_name
from mlp_scratch.report.tables.leaderboard import (
    config_columns,
    form_of,
    goodness,
    is_number,
    metric_names,
    order_notes,
    shown_beside,
)
from mlp_scratch.report.tables.statistics import Estimate, difference, estimate
from mlp_scratch.report.tables.table import Column, Table
from mlp_scratch.runs.differences import canonical, short_key, varying_keys
from mlp_scratch.runs.reader import Run
from mlp_scratch.runs.run_state import COMPLETE


@dataclass
class Group:
    """Runs whose configs agree but for the keys that were grouped over."""

    config: dict[str, Any]
    runs: list[Run]  # complete, one for each value of those keys
    others: list[Run]  # not complete, or a rerun
    estimate: Estimate  # of ``runs``


def group_runs(
    runs: Sequence[Run], over: Sequence[str], metric: str, at: str = "best"
) -> list[Group]:
    """Groups of runs, best mean first; those without a complete run last.

    Only complete runs count. Of several runs with one and the same config only the last counts:
    they are reruns and say nothing new about chance. Raises ConfigError for an unknown key.
    """
    names = dict.fromkeys(key for run in runs for key in run.config)
    keys = [resolve_name(key, names, "--group") for key in over]
    together: dict[str, list[Run]] = {}
    for run in runs:
        if run.config and run.status != "duplicate":
            rest = [k for k in run.config if k not in keys and is_hyperparameter(k)]
            setting = "\n".join(f"{k}={_of_a_setting(run, k)}" for k in sorted(rest))
            identity = f"{setting}\n{run.data_digest}"
            together.setdefault(identity, []).append(run)
    groups = []
    for members in together.values():
        counted: dict[str, Run] = {}
        for run in members:
            if run.status in COMPLETE and is_number(run.metric(metric, at)):
                counted[canonical([run.config.get(key) for key in keys])] = run
        chosen = list(counted.values())
        config = {k: v for k, v in members[0].config.items() if k not in keys}
        others = [run for run in members if run not in chosen]
        groups.append(Group(config, chosen, others, estimate(_values(chosen, metric, at))))
    groups.sort(key=lambda group: goodness(group.estimate.mean, metric))
    return groups


def _of_a_setting(run: Run, key: str) -> str:
    """The value of a key. Of the layers the first and last are the data's, which differ with the
    training rows where these decide what a table's columns come to."""
    value = run.config[key]
    if key == "model.layers" and isinstance(value, list) and run.data_digest:
        value = value[1:-1]
    return canonical(value)


def group_table(
    groups: Sequence[Group],
    over: Sequence[str],
    metric: str,
    at: str = "best",
    top: int | None = None,
) -> Table:
    """One row a group: n, mean, standard deviation, 95 % interval, the gap to the first, and mean
    and deviation of a test metric.

    The gap is Welch's 95 % interval for the difference of the means; where it holds 0 the two
    cannot be told apart with these runs.
    """
    keys = varying_keys([group.config for group in groups])
    form = form_of(metric)
    gap_form = "change" if form == "percent" else "number"
    counted = [run for group in groups for run in group.runs]
    beside = shown_beside(metric_names(counted), metric)
    tests = (name for name in beside if name.startswith("test_"))
    test = next((name for name in tests if _values(counted, name, at)), None)
    columns = [
        Column("rank", "#", "number", 90),
        *config_columns(keys),
        Column("n", "n", "number", 95),
        Column(f"{metric}.mean", metric, form, 100),
        Column(f"{metric}.std", "std", form, 65),
        Column(f"{metric}.interval", "95 % interval", f"interval {form}", 60),
        Column(f"{metric}.gap", "behind the first", f"interval {gap_form}", 40),
        *([Column(f"{test}.mean", test, form_of(test), 30)] if test else []),
        *([Column(f"{test}.std", "test std", form_of(test), 25)] if test else []),
        Column("not_counted", "not counted", "text", 55),
    ]
    rows: list[list[Any]] = []
    for place, group in enumerate(groups[:top], start=1):
        e = group.estimate
        gap = difference(e, groups[0].estimate) if place > 1 else None
        tested = estimate(_values(group.runs, test, at)) if test else None
        rows.append(
            [place, *(group.config.get(key) for key in keys)]
            + [e.n, e.mean, e.std, (e.low, e.high), gap]
            + ([tested.mean, tested.std] if tested else [])
            + [_not_counted(group)]
        )
    if not any(row[-1] for row in rows):
        columns.pop()
        rows = [row[:-1] for row in rows]
    names = ", ".join(short_key(key) for key in over)
    notes = order_notes(metric, at, counted, f", mean over {names}")
    if len(rows) > 1:
        notes.append(
            "behind the first: 95 % interval of the difference (Welch); with 0 inside, "
            "these runs do not tell the two apart"
        )
    if "training.fold" in over:
        notes.append(
            "folds share most of their training rows: their deviation and interval tell less than "
            "those of runs apart (Bengio & Grandvalet 2004)"
        )
    return Table(columns, rows, notes)


def _values(runs: Sequence[Run], metric: str, at: str) -> list[float]:
    return [value for run in runs if (value := run.metric(metric, at)) is not None]


def _not_counted(group: Group) -> str | None:
    kinds = Counter("rerun" if run.status in COMPLETE else run.status for run in group.others)
    return ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or None
