"""From runs to the picture that compares them: which lines there are and what each is called."""

from collections.abc import Sequence
from pathlib import Path

from mlp_scratch.report.pictures.comparison import Line, draw_comparison
from mlp_scratch.report.tables.groups import Group, group_runs
from mlp_scratch.report.tables.leaderboard import choose_metric, form_of, labels_for, rank
from mlp_scratch.report.tables.table import show
from mlp_scratch.runs.differences import describe, short_key, varying_keys
from mlp_scratch.runs.reader import Run


def draw_runs(
    runs: Sequence[Run],
    path: Path,
    metric: str | None = None,
    at: str = "best",
    over: Sequence[str] = (),
) -> Path | None:
    """Draw the curves of ``runs`` to ``path`` (.png, .pdf or .svg); None if none can be drawn.

    over: config keys to average over. Without any, runs that differ in their seed only are
    averaged where that leaves at least two lines.
    """
    metric = choose_metric(runs, metric)
    seeds = {run.config.get("seed") for run in runs if run.config}
    groups = group_runs(runs, over or ["seed"], metric, at) if over or len(seeds) > 1 else []
    groups = [group for group in groups if group.runs]
    if over or (len(groups) > 1 and any(len(group.runs) > 1 for group in groups)):
        lines = lines_of_groups(groups, metric)
        n = sum(len(line.histories) for line in lines)
        names = ", ".join(short_key(key) for key in over or ["seed"])
        title = f"{len(lines)} settings, {n} runs: mean over {names}"
    else:
        lines = lines_of_runs(rank(runs, metric, at), metric, at)
        title = f"{len(lines)} run{'s' * (len(lines) != 1)}"
    if not lines:
        return None
    return draw_comparison(lines, path, title, metric)


def lines_of_runs(ranked: Sequence[Run], metric: str, at: str = "best") -> list[Line]:
    """A line for each run whose metrics.csv can be read, in the order given."""
    readable = [(run, columns) for run in ranked if (columns := run.columns_if_any())]
    labels = labels_for([run for run, _ in readable])
    return [
        Line(label, [columns], show(run.metric(metric, at), form_of(metric)))
        for label, (run, columns) in zip(labels, readable, strict=True)
    ]


def lines_of_groups(groups: Sequence[Group], metric: str) -> list[Line]:
    """A line for each group that has a run whose metrics.csv can be read."""
    keys = varying_keys([group.config for group in groups])
    lines = []
    for group in groups:
        histories = [columns for run in group.runs if (columns := run.columns_if_any())]
        if histories:
            form, e = form_of(metric), group.estimate
            result = show(e.mean, form)
            if e.n > 1:
                result = f"{result.removesuffix(' %')} ± {show(e.std, form)}"
            lines.append(Line(describe(group.config, keys) or "all runs", histories, result))
    return lines
