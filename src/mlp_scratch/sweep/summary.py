"""What a person reads at the end of a sweep: the best jobs, means over seeds and folds, losses."""

from collections.abc import Sequence

from mlp_scratch.report.tables.groups import group_runs, group_table
from mlp_scratch.report.tables.leaderboard import choose_metric, leaderboard, rank
from mlp_scratch.report.tables.status import count_states, unranked_lines
from mlp_scratch.report.tables.table import to_text
from mlp_scratch.runs.differences import canonical
from mlp_scratch.runs.reader import Run
from mlp_scratch.runs.run_state import LOST

BEST_SHOWN = 10
REPEATED = ("seed", "training.fold")  # what runs that try one setting again differ in


def summary_text(runs: Sequence[Run]) -> str:
    """The whole summary of a sweep's jobs, whose labels say what was asked for."""
    parts = [f"{len(runs)} job{'s' * (len(runs) != 1)}: {count_states(runs)}"]
    metric = choose_metric(runs)
    ranked = rank(runs, metric)
    if ranked:
        parts.append(to_text(leaderboard(ranked, metric, top=BEST_SHOWN, keys=())))
    over = [key for key in REPEATED if any(key in run.config for run in ranked)]
    if over:
        groups = [group for group in group_runs(ranked, over, metric) if group.runs]
        if any(len(group.runs) > 1 for group in groups):
            varied = [
                key for key in over if len({canonical(r.config.get(key)) for r in ranked}) > 1
            ]
            parts.append(to_text(group_table(groups, varied or over, metric)))
    lost = unranked_lines([run for run in runs if run.status in (*LOST, "damaged")], [], None)
    return "\n\n".join(parts + ["\n".join(lost)] * bool(lost)) + "\n"
