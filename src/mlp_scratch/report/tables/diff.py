"""Two runs side by side."""

from mlp_scratch.report.tables.leaderboard import metric_names
from mlp_scratch.report.tables.table import Column, Table
from mlp_scratch.runs.differences import differences
from mlp_scratch.runs.reader import Run


def diff_table(first: Run, second: Run, at: str = "best") -> Table:
    """The config where it differs, then every metric."""
    changed = differences(first.config, second.config)
    rows: list[list[object]] = [list(row) for row in changed]
    rows.append(["status", first.status, second.status])
    for name in metric_names([first, second]):
        values = [run.metric(name, at) for run in (first, second)]
        rows.append([name, *(None if v is None else f"{v:.6g}" for v in values)])
    same = len({*first.config, *second.config}) - len(changed)
    columns = [
        Column("key", "key", "text", 100),
        Column("first", first.label, "text", 90),
        Column("second", second.label, "text", 90),
    ]
    where = "best" if at == "best" else "last"
    return Table(columns, rows, [f"{same} config keys agree; metrics of the {where} epoch"])
