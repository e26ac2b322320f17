"""What the HTML page knows about the runs, as one tree of plain JSON values.

Everything that comes out of a run folder is checked for its type and cut to a size here: a summary
may hold anything, and a thousand runs must still make a file that a browser likes to open.
"""

import datetime
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp_scratch.engine.metrics import known, lower_is_better
from mlp_scratch.report.compare_page.classes_shown import class_names, why_no_matrix
from mlp_scratch.report.compare_page.layer_lines import QUANTITIES, layer_lines
from mlp_scratch.report.compare_page.mistakes import Mistakes, read_mistakes
from mlp_scratch.report.compare_page.predicted_points import read_points
from mlp_scratch.report.cut_to_size import config_text, finite, rounded, spread
from mlp_scratch.report.cut_to_size import shortened as _text
from mlp_scratch.report.quantities import quantity_of
from mlp_scratch.report.tables.groups import group_runs
from mlp_scratch.report.tables.importance import importance
from mlp_scratch.report.tables.leaderboard import (
    SECONDS,
    choose_metric,
    form_of,
    labels_for,
    metric_names,
    rank,
    shown_beside,
)
from mlp_scratch.report.tables.status import count_states, without_a_place
from mlp_scratch.runs.confusion_matrix import confusion_matrix_in
from mlp_scratch.runs.differences import short_key, varying_keys
from mlp_scratch.runs.metrics_file import Columns
from mlp_scratch.runs.reader import Run
from mlp_scratch.runs.run_state import MEANING, RANKED

MOST_NUMBERS = 1_200_000  # of all curves together: about 10 MB of text
MOST_COUNTS = 1_000_000  # of all confusion matrices together
FEWEST_POINTS = 20  # that a thinned curve keeps
WITH_MISTAKES = 20  # runs, best first, whose misclassified images or predictions are shown
MOST_FINDINGS, LONGEST_LINE = 12, 400  # of a run's diagnosis; letters of a line of it
UNRANKED_METRICS = ("lr", "seconds", "samples_per_second", "step", "epoch")


def page_data(
    runs: Sequence[Run], metric: str | None = None, at: str = "best", title: str = ""
) -> dict[str, Any]:
    """The tree: runs with a comparable result come first, best first, and carry a ``rank``."""
    metric = choose_metric(runs, metric)
    ranked = rank(runs, metric, at)
    ordered = ranked + without_a_place(runs, ranked)
    varying = varying_keys([run.config for run in ranked])
    names = list(dict.fromkeys([metric, *metric_names(ordered)]))
    metrics = [name for name in names if name not in UNRANKED_METRICS or name == metric]

    keys = list(dict.fromkeys(key for run in ordered for key in run.config))
    texts: dict[str, int] = {}
    class_sets: dict[tuple[str, ...], int] = {}
    mistakes = Mistakes()
    curves, thinned = _all_curves(ordered)
    layers, layers_cut = layer_lines(ordered)
    counts_left, with_images, with_points = MOST_COUNTS, 0, 0
    entries = []
    labels = dict(zip(map(id, ranked), labels_for(ranked), strict=True))
    groups = group_runs(runs, ["seed"], metric, at) if "seed" in keys else []
    settings = {id(run): i for i, group in enumerate(groups) for run in group.runs}
    for place, run in enumerate(ordered):
        counts = confusion_matrix_in(run.summary)
        untold = why_no_matrix(run) if counts is None else None
        if counts is not None and (counts_left := counts_left - counts.size) < 0:
            counts, untold = None, "The matrix is left out to keep this file small."
        classes = class_names(run, 0 if counts is None else len(counts))
        trained = run.status in RANKED
        shown = read_mistakes(run, mistakes) if trained and with_images < WITH_MISTAKES else None
        with_images += shown is not None
        points = read_points(run) if trained and with_points < WITH_MISTAKES else None
        with_points += points is not None
        entries.append(
            {
                "label": _text(run.label),
                "title": _text(labels.get(id(run), run.label)),
                "path": _text(run.path),
                "status": run.status,
                "task": _text(run.summary.get("task", "classification"), 40),
                "problem": _text(run.problem or MEANING.get(run.status, "")),
                "rank": place + 1 if place < len(ranked) else None,
                "comparable": trained,
                "setting": settings.get(id(run)),
                "config": [
                    texts.setdefault(config_text(run.config[key]), len(texts))
                    if key in run.config
                    else -1
                    for key in keys
                ],
                "values": [finite(run.metric(name, at)) for name in metrics],
                "epoch": finite(run.metric("epoch", at)),
                "epochs": finite(run.metric("epochs_done")),
                "seconds": finite(run.metric(SECONDS)),
                "speed": finite(run.metric("samples_per_second", at)),
                "curves": curves[place],
                "layers": layers[place],
                "confusion": None if counts is None else counts.ravel().tolist(),
                "untold": untold,
                "classes": class_sets.setdefault(classes, len(class_sets)),
                "mistakes": shown,
                "points": points,
                "facts": _facts(run),
                "findings": findings_of(run),
            }
        )
    return {
        "format": 1,
        "title": _text(title) or "Runs compared",
        "made": datetime.datetime.now().astimezone().isoformat(timespec="minutes"),
        "states": count_states(runs),
        "at": at,
        "metric": metric,
        "metrics": [
            {
                "name": name,
                "form": form_of(name),
                "lower": lower_is_better(name),
                "beside": shown_beside(metrics, name),
            }
            for name in metrics
        ],
        "quantities": _quantities(curves),
        "layer_quantities": [
            {"name": name, "title": title, "form": form}
            for name, title, form in QUANTITIES
            if any(name in lines["values"] for lines in layers if lines)
        ],
        "keys": [{"key": _text(key), "short": _text(short_key(key))} for key in keys],
        "varying": [keys.index(key) for key in varying],
        "texts": list(texts),
        "classes": [list(names) for names in class_sets],
        "runs": entries,
        "importance": {name: _importance(ordered, name, at, varying) for name in metrics},
        "notes": _notes(thinned, layers_cut, counts_left < 0, mistakes.cut),
    }


def _importance(
    runs: Sequence[Run], metric: str, at: str, keys: Sequence[str]
) -> list[dict[str, Any]]:
    values = [run.metric(metric, at) for run in runs]
    pairs = zip(runs, values, strict=True)
    chosen = [(run, v) for run, v in pairs if run.status in RANKED and v is not None]
    effects = importance([run.config for run, _ in chosen], [v for _, v in chosen], keys)
    return [
        {
            "keys": [_text(short_key(key)) for key in effect.keys],
            "explained": rounded(effect.explained),
            "p": rounded(effect.p),
            "n": effect.n,
            "levels": [[_text(v.label), v.n, rounded(v.median)] for v in effect.levels],
        }
        for effect in effects
    ]


def _all_curves(runs: Sequence[Run]) -> tuple[list[dict[str, list[Any]] | None], bool]:
    """metrics.csv of each run with all curves thinned alike, so that the page stays small."""
    tables: list[Columns] = [
        {name: c for name, c in run.columns_if_any().items() if np.isfinite(c).any()}
        for run in runs
    ]
    lengths = [len(table["epoch"]) if table else 0 for table in tables]
    numbers = sum(n * len(table) for n, table in zip(lengths, tables, strict=True))
    most = max(lengths, default=0)
    if numbers > MOST_NUMBERS:
        most = max(MOST_NUMBERS // sum(map(len, tables)), FEWEST_POINTS)
    return [_curves(table, most) if table else None for table in tables], numbers > MOST_NUMBERS


def _quantities(curves: Sequence[dict[str, list[Any]] | None]) -> dict[str, dict[str, Any]]:
    """How each quantity that has curves is shown, and which end of its axis matters.

    The high end matters only for what is known to be good when it is large.
    """
    names = dict.fromkeys(quantity_of(name) for curve in curves for name in curve or ())
    return {
        name: {"form": form_of(name), "lower": lower_is_better(name) or known(name) is None}
        for name in names
    }


def _curves(columns: Columns, most: int) -> dict[str, list[Any]]:
    rows = spread(len(columns["epoch"]), most)
    if "seconds" in columns:
        columns = columns | {"elapsed": np.nancumsum(columns["seconds"])}
    return {_text(name): [rounded(float(v)) for v in c[rows]] for name, c in columns.items()}


def _facts(run: Run) -> list[list[str]]:
    """What the summary says beside metrics, for people: (name, value)."""
    at = run.told
    commit = at("git", "commit")
    changed = " (changed)" if at("git", "dirty") is True else ""
    targets = at("data", "targets")
    split = [at("data", f"n_{part}") for part in ("train", "validation", "test")]
    rows = {
        "name": at("name"),
        "task": at("task"),
        "loss": at("loss"),
        "targets": ", ".join(map(str, targets)) if isinstance(targets, list) else None,
        "started": str(at("started") or "").replace("T", " ") or None,
        "epochs done": at("epochs_done"),
        "steps done": at("steps_done"),
        "parameters": at("parameters"),
        "data": at("data", "name"),
        "train / validation / test": " / ".join(_grouped(n) for n in split) if any(split) else None,
        "data digest": str(at("data", "digest") or "")[:16] or None,
        "seed": at("seed"),
        "commit": f"{commit!s:.10}{changed}" if commit else None,
        "mlp_scratch": at("versions", "mlp_scratch"),
        "numpy": at("versions", "numpy"),
        "BLAS": " ".join(str(v) for k in ("library", "kernel") if (v := at("blas", k))) or None,
        "BLAS threads": at("blas", "threads"),
        "samples per second": at("final", "samples_per_second"),
    }
    return [[name, _text(_grouped(value))] for name, value in rows.items() if value is not None]


def findings_of(run: Run) -> list[list[str]] | None:
    """[rule, evidence, what to try] of each that the diagnosis found; [] when all was well, None
    where nobody looked."""
    found = run.summary.get("diagnosis")
    if not isinstance(found, list):
        return None
    entries = [entry for entry in found[:MOST_FINDINGS] if isinstance(entry, dict)]
    parts = ("rule", "evidence", "try")
    return [[_text(entry.get(part) or "", LONGEST_LINE) for part in parts] for entry in entries]


def _grouped(value: Any) -> str:
    if isinstance(value, float) and math.isfinite(value) and abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,}" if type(value) is int else str(value)


def _notes(thinned: bool, layers_cut: bool, counts_cut: bool, mistakes_cut: bool) -> list[str]:
    left_out = {
        "points between those drawn of long curves": thinned,
        "layers of runs far down": layers_cut,
        "confusion matrices of runs far down": counts_cut,
        "some misclassified images": mistakes_cut,
    }
    parts = [what for what, cut in left_out.items() if cut]
    return [f"Left out to keep this file small: {', '.join(parts)}."] if parts else []
