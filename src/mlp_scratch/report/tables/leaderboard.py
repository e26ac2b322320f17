"""The leaderboard: runs from best to worst.

Shown are only the config columns that differ. Runs without a comparable result (diverged, failed,
damaged, copies, ...) take no place in the ranking.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlp_scratch.engine.metrics import is_share, lower_is_better
from mlp_scratch.errors import ConfigError
from mlp_scratch.report.names import resolve_name
from mlp_scratch.report.quantities import FIRST, counts_most, quantity_of
from mlp_scratch.report.tables.table import Column, Table
from mlp_scratch.runs.differences import canonical, describe, short_key, sort_value, varying_keys
from mlp_scratch.runs.reader import Run
from mlp_scratch.runs.run_state import COMPLETE, RANKED
from mlp_scratch.typos import nearest

USUAL_METRICS = (
    *(f"val_{quantity}" for quantity in FIRST),
    *("val_loss", "train_eval_accuracy", "train_accuracy", "train_loss"),
)
ALWAYS_BESIDE = ("accuracy", "r2")  # quantities that a reader looks for, whatever is ranked by
COUNTERS = ("epoch", "step")  # among the metrics of an epoch and of a test
MOST_NAMES = 200
SECONDS = "timings.total_seconds"


def metric_names(runs: Sequence[Run]) -> list[str]:
    """The metrics that at least one run has, those of the epochs first, then test.

    No more than MOST_NAMES of each: a summary may hold anything.
    """
    names = _told(runs, ("best",), ("final",))
    usual = (*USUAL_METRICS, *_monitors(runs))
    names |= {n: None for n in usual if any(r.metric(n) is not None for r in runs)}
    of_epochs = [name for name in names if name not in COUNTERS]
    return of_epochs[:MOST_NAMES] + _test_names(runs)[:MOST_NAMES]


def _told(runs: Sequence[Run], *places: Sequence[str]) -> dict[str, None]:
    """Names of the numbers that the summaries have there, in their order."""
    parts = (part for run in runs for keys in places if isinstance(part := run.told(*keys), dict))
    return dict.fromkeys(
        name for part in parts for name, value in part.items() if isinstance(value, int | float)
    )


def _test_names(runs: Sequence[Run]) -> list[str]:
    """``test_NAME`` of what the tests found: those of FIRST first, the loss last."""
    found = _told(runs, ("test", "best"), ("test", "last"))
    order = {name: place for place, name in enumerate(FIRST)} | {"loss": len(FIRST) + 1}
    names = sorted(found, key=lambda name: order.get(name, len(FIRST)))
    return [f"test_{name}" for name in names if name not in COUNTERS]


def shown_beside(names: Sequence[str], metric: str) -> list[str]:
    """Those of ``names`` to be shown beside ``metric``: on validation rows, then on test rows."""
    quantities = dict.fromkeys(filter(None, (counts_most(names, metric), *ALWAYS_BESIDE)))
    wanted = [*(f"val_{q}" for q in quantities), "val_loss", *(f"test_{q}" for q in quantities)]
    return [name for name in wanted if name in names and name != metric]


def choose_metric(runs: Sequence[Run], wanted: str | None = None) -> str:
    """``wanted`` if some run has it; without a wish what all runs chose their best epoch by, else
    val_accuracy or the next of USUAL_METRICS. A loss is not compared with a loss of another kind.

    Raises ConfigError for a metric that no run has.
    """
    if wanted is None:
        monitors = _monitors(runs)
        alike = len(monitors) == 1 and not _unlike_losses(monitors[0], runs)
        usual = [*(monitors if alike else ()), *USUAL_METRICS]
        known = (n for n in usual if any(r.metric(n) is not None for r in runs))
        return next(known, USUAL_METRICS[0])
    if any(run.metric(wanted) is not None for run in runs):
        return wanted
    names = metric_names(runs)
    near = nearest(wanted, names)
    hint = f"did you mean {near!r}? " if near else ""
    raise ConfigError(f"--metric: no run has {wanted!r}; {hint}There are {', '.join(names[:12])}")


def _monitors(runs: Sequence[Run]) -> list[str]:
    return sorted({str(run.summary["monitor"]) for run in runs if run.summary.get("monitor")})


def _unlike_losses(metric: str, runs: Sequence[Run]) -> list[str]:
    """The runs' losses where ``metric`` is a loss and they are not all of one kind: a Huber loss of
    another delta is another one."""
    if quantity_of(metric) != "loss":
        return []
    kinds = {_loss_of(run) for run in runs if run.status in RANKED}
    return sorted(kinds) if len(kinds) > 1 else []


def _loss_of(run: Run) -> str:
    keys = sorted(key for key in run.config if key.startswith("loss.") and key != "loss.name")
    words = (f"{key.removeprefix('loss.')}={run.config[key]}" for key in keys)
    return " ".join([str(run.summary.get("loss", "cross_entropy")), *words])


def rank(
    runs: Sequence[Run],
    metric: str,
    at: str = "best",
    sort: str | None = None,
    reverse: bool = False,
) -> list[Run]:
    """Runs with a comparable result, best first (or ordered by the key or metric ``sort``)."""
    ranked = [run for run in runs if run.status in RANKED and is_number(run.metric(metric, at))]
    ranked.sort(key=lambda run: goodness(run.metric(metric, at), metric))
    if sort is not None and sort != metric:
        keys = dict.fromkeys(key for run in ranked for key in run.config)
        special = ["run", "status", SECONDS, "seconds"]
        metrics = [name for name in metric_names(ranked) if name != "lr"]  # lr is the config's
        name = resolve_name(sort, [*special, *keys, *metrics], "--sort")
        ranked.sort(key=lambda run: _order(run, name, at))
    return ranked[::-1] if reverse else ranked


def _order(run: Run, name: str, at: str) -> Any:
    if name in ("run", "status"):
        return sort_value(run.label if name == "run" else run.status)
    if name in run.config:
        return sort_value(run.config[name])
    name = SECONDS if name == "seconds" else name
    value = run.metric(name, at)
    return sort_value(None if value is None else goodness(value, name))


def is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def goodness(value: float | None, metric: str) -> float:
    """Smaller is better."""
    if value is None or not math.isfinite(value):
        return math.inf
    return value if lower_is_better(metric) else -value


def form_of(metric: str) -> str:
    """How a metric is shown."""
    if is_share(metric):
        return "percent"
    return "seconds" if metric.endswith("seconds") else "number"


def leaderboard(
    ranked: Sequence[Run],
    metric: str,
    at: str = "best",
    top: int | None = None,
    everything: bool = False,
    keys: Sequence[str] | None = None,
) -> Table:
    """One row a run, in the order given. ``everything``: all metrics and the path, for tools.

    keys: of the config, to be shown; None for those that vary.
    """
    configs = [run.config for run in ranked]
    named = keys is None and _have_names(ranked)
    keys = varying_keys(configs) if keys is None else keys
    if everything:
        beside = [name for name in metric_names(ranked) if name != metric]
    else:
        beside = [
            name
            for name in shown_beside(metric_names(ranked), metric)
            if any(run.metric(name, at) is not None for run in ranked)
        ]
    status = everything or any(run.status not in COMPLETE for run in ranked)
    columns = [Column("rank", "#", "number", 90), Column("run", "run", "text", 80)]
    columns += [Column("name", "name", "text", 78)] if named else []
    columns += [Column("path", "path", "text")] if everything else []
    columns += [Column("status", "status", "text", 75)] if status else []
    columns += config_columns(keys)
    columns += [Column(metric, metric, form_of(metric), 100)]
    columns += [Column(name, name, form_of(name), 40 - i) for i, name in enumerate(beside)]
    columns += [Column("epoch", "at epoch", "number", 20), Column(SECONDS, "time", "seconds", 10)]
    rows = []
    for place, run in enumerate(ranked[:top], start=1):
        row: list[Any] = [place, run.label]
        row += [run.config.get("name")] if named else []
        row += [str(run.path)] if everything else []
        row += [run.status] if status else []
        row += [_cell(run, key, everything) for key in keys]
        row += [run.metric(name, at) for name in (metric, *beside)]
        row += [whole(run.metric("epoch", at)), run.metric(SECONDS)]
        rows.append(row)
    notes = order_notes(metric, at, ranked) if ranked else []
    if top is not None and len(ranked) > top:
        notes.append(f"{len(ranked) - top} more; --top says how many are shown")
    if len({digest for run in ranked if (digest := run.data_digest)}) > 1:
        notes.append("not all of these runs had the same data")
    return Table(columns, rows, notes)


def _cell(run: Run, key: str, raw: bool) -> Any:
    """A config value; for people, a key that is null is not the same as one that is absent."""
    value = run.config.get(key)
    return "null" if value is None and key in run.config and not raw else value


def whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def config_columns(keys: Sequence[str]) -> list[Column]:
    return [Column(key, short_key(key), "config", 70 - 0.1 * i) for i, key in enumerate(keys)]


def order_notes(metric: str, at: str, runs: Sequence[Run], more: str = "") -> list[str]:
    """What the order means, ``more`` at its end, and where it means little."""
    notes = [_order_note(metric, at, runs) + more]
    if kinds := _unlike_losses(metric, runs):
        notes.append(f"losses of different kinds do not compare: {', '.join(kinds)}")
    return notes


def _order_note(metric: str, at: str, runs: Sequence[Run]) -> str:
    direction = "lowest" if lower_is_better(metric) else "highest"
    if "." in metric:
        return f"{direction} {metric} first"
    if at == "final":
        return f"{direction} {metric} first; values of each run's last epoch"
    monitors = _monitors(runs)
    by = f" (by {' or '.join(monitors)})" if monitors else ""
    return f"{direction} {metric} first; values of each run's best epoch{by}"


def _have_names(runs: Sequence[Run]) -> bool:
    """Whether their names tell some of the runs apart."""
    return len({canonical(run.config.get("name")) for run in runs}) > 1


def labels_for(runs: Sequence[Run]) -> list[str]:
    """A short name for each run: its own and what varies in its config, else its folder."""
    configs = [run.config for run in runs]
    keys = ["name"] * _have_names(runs) + varying_keys(configs)
    names = [describe(run.config, keys) or run.label for run in runs]
    twice = {name for name, n in Counter(names).items() if n > 1}
    return [
        f"{n} ({run.path.name})" if n in twice and n != run.label else n
        for n, run in zip(names, runs, strict=True)
    ]
