"""What a person reads at the end of a sweep: the best jobs, means over seeds, failures."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

from mlp_scratch.config.schema import METRICS
from mlp_scratch.sweep.folder import DONE, FAILED

BEST_SHOWN = 10
Row = dict[str, Any]


def metric_of(rows: Sequence[Row]) -> tuple[str, str]:
    """The column by which jobs are ranked, and "max" or "min"."""
    monitors = {row["monitor"] for row in rows if row["status"] in DONE}
    if len(monitors) == 1 and (monitor := monitors.pop()) is not None:
        return f"best_{monitor}", METRICS[monitor]
    if monitors and None not in monitors:
        return "best_val_accuracy", "max"
    return "final_train_loss", "min"


def ranked(rows: Sequence[Row]) -> list[Row]:
    """The jobs that finished, best first."""
    column, mode = metric_of(rows)
    scored = [row for row in rows if row["status"] in DONE and row.get(column) is not None]
    return sorted(scored, key=lambda row: -row[column] if mode == "max" else row[column])


def summary_text(rows: Sequence[Row], keys: Sequence[str]) -> str:
    """The whole summary.

    rows: of the table, all jobs. keys: those of the overrides that vary.
    """
    parts = [_counts(rows)]
    column, mode = metric_of(rows)
    best = ranked(rows)
    if best:
        shown = best[:BEST_SHOWN]
        more = f" ({BEST_SHOWN} of {len(best)})" if len(best) > BEST_SHOWN else ""
        lines = [f"best by {_spoken(column)}{more}:"]
        for row in shown:
            at = f"  epoch {row['best_epoch']}" if column.startswith("best_") else ""
            lines.append(f"  {row[column]:.4f}{at}  {row['seconds']:.1f} s  {row['job']}")
        parts.append("\n".join(lines))
    over_seeds = _over_seeds(best, column, mode, keys)
    if over_seeds:
        parts.append("\n".join([f"{_spoken(column)} over seeds, mean ± deviation:", *over_seeds]))
    failed = [row for row in rows if row["status"] in FAILED]
    if failed:
        lines = ["failed:"]
        for row in failed:
            reason = " ".join(str(row["message"] or "no reason known").split())
            lines.append(f"  {row['job']}: {row['status']}: {reason[:300]}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _counts(rows: Sequence[Row]) -> str:
    n = {
        status: sum(row["status"] == status for row in rows)
        for status in {r["status"] for r in rows}
    }
    order = [*DONE, *FAILED, "interrupted", "running", "waiting"]
    shown = [f"{n[status]} {status.replace('_', ' ')}" for status in order if n.get(status)]
    return f"{len(rows)} job{'s' * (len(rows) != 1)}: " + ", ".join(shown)


def _over_seeds(best: Sequence[Row], column: str, mode: str, keys: Sequence[str]) -> list[str]:
    """A line for each setting that ran with several seeds, best mean first."""
    groups: dict[str, list[float]] = {}
    for row in best:
        setting = ",".join(f"{k}={row[k]}" for k in keys if k != "seed" and row.get(k) is not None)
        groups.setdefault(setting, []).append(row[column])
    if "seed" not in keys or max(map(len, groups.values()), default=0) < 2:
        return []
    sign = -1 if mode == "max" else 1
    order = sorted(groups, key=lambda setting: sign * statistics.fmean(groups[setting]))
    lines = []
    for setting in order:
        values = groups[setting]
        spread = statistics.stdev(values) if len(values) > 1 else math.nan
        deviation = f" ± {spread:.4f}" if len(values) > 1 else "         "
        name = setting or "all jobs"
        lines.append(f"  {statistics.fmean(values):.4f}{deviation}  n={len(values)}  {name}")
    return lines


def _spoken(column: str) -> str:
    which, _, metric = column.partition("_")
    return metric if which == "best" else f"{which} {metric}"
