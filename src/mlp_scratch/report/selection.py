"""Which runs a filter leaves: what it can ask of a run, on the command line and on the page.

``compare_page/web/selection.js`` asks the same of what ``compare_page/runs_as_json.py`` wrote
into the page.
"""

from collections.abc import Callable, Sequence

from mlp_scratch.report.cut_to_size import config_text, finite, shortened
from mlp_scratch.report.filter_tokens import Value
from mlp_scratch.report.filters import Seen, compile_filter
from mlp_scratch.report.tables.leaderboard import (
    SECONDS,
    choose_metric,
    form_of,
    metric_names,
    rank,
)
from mlp_scratch.runs.differences import varying_keys
from mlp_scratch.runs.reader import Run
from mlp_scratch.runs.run_state import MEANING

FIELDS: dict[str, Callable[[Run, str], Value]] = {  # a run and "best" or "final" -> its value
    "status": lambda run, at: run.status,
    "run": lambda run, at: shortened(run.label),
    "path": lambda run, at: shortened(run.path),
    "epoch": lambda run, at: run.metric("epoch", at),
    "epochs": lambda run, at: run.metric("epochs_done"),
    "samples_per_second": lambda run, at: run.metric("samples_per_second", at),
    **dict.fromkeys(("time", "seconds", SECONDS), lambda run, at: run.metric(SECONDS)),
}


def select(
    runs: Sequence[Run], expression: str | None, metric: str | None = None, at: str = "best"
) -> list[Run]:
    """The runs for which a filter expression holds.

    It may compare config keys, metrics (of the epoch that ``at`` says), FIELDS, and ``rank``, the
    place by ``metric`` among all ``runs``. Raises ConfigError when it cannot be read.
    """
    if not expression:
        return list(runs)
    metric = choose_metric(runs, metric)
    ranked = rank(runs, metric, at)
    places = {id(run): place for place, run in enumerate(ranked, start=1)}
    keys = dict.fromkeys(key for run in runs for key in run.config)
    varying = varying_keys([run.config for run in ranked])
    told = [key for key in keys if key in varying or key == "name" or key.endswith(".name")]
    metrics = {metric, *metric_names(runs)} - {"lr"}  # lr is the config's

    def seen(run: Run) -> Seen:
        def value(name: str) -> Value:
            if name == "rank":
                return places.get(id(run))
            if name in FIELDS:
                return finite(FIELDS[name](run, at))
            if name in keys:
                return config_text(run.config[name]) if name in run.config else None
            return finite(run.metric(name, at))

        remark = shortened(run.problem or MEANING.get(run.status, ""))
        words = [config_text(run.config[key]) for key in told if key in run.config]
        return Seen(value, [shortened(run.label), run.status, remark, *words])

    shares = {name for name in metrics if form_of(name) == "percent"}
    test = compile_filter(expression, {*keys, *metrics, *FIELDS, "rank"}, shares)
    return [run for run in runs if test(seen(run))]
