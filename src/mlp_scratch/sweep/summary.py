"""What a person reads at the end of a sweep: the best jobs, means over seeds, failures."""

from collections.abc import Sequence

from mlp_scratch.report.tables.groups import group_runs, group_table
from mlp_scratch.report.tables.leaderboard import choose_metric, leaderboard, rank
from mlp_scratch.report.tables.status import count_states, unranked_lines
from mlp_scratch.report.tables.table import to_text
from mlp_scratch.runs.reader import LOST, Run

BEST_SHOWN = 10


def summary_text(runs: Sequence[Run]) -> str:
    """The whole summary of a sweep's jobs, whose labels say what was asked for."""
    parts = [f"{len(runs)} job{'s' * (len(runs) != 1)}: {count_states(runs)}"]
    metric = choose_metric(runs)
    ranked = rank(runs, metric)
    if ranked:
        parts.append(to_text(leaderboard(ranked, metric, top=BEST_SHOWN, keys=())))
    if any("seed" in run.config for run in ranked):
        groups = [group for group in group_runs(ranked, ["seed"], metric) if group.runs]
        if any(len(group.runs) > 1 for group in groups):
            parts.append(to_text(group_table(groups, ["seed"], metric)))
    lost = unranked_lines([run for run in runs if run.status in (*LOST, "damaged")], [], None)
    return "\n\n".join(parts + ["\n".join(lost)] * bool(lost)) + "\n"
