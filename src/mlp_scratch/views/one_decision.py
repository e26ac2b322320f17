"""One decision in text and in a picture; see ``insight/explain/``."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mlp_scratch.engine.task import Task
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.inference.answers_in_words import in_words, short, true_in_words
from mlp_scratch.inference.run_data import own_rows
from mlp_scratch.insight.explain.asked import asked
from mlp_scratch.insight.explain.attributions import patches
from mlp_scratch.insight.explain.explanation import Explanation, explain
from mlp_scratch.insight.explain.neighbours import nearest
from mlp_scratch.insight.explain.opened import Opened
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network
from mlp_scratch.streams import escaped
from mlp_scratch.views.asked_row import asked_row, parts_of, values_of
from mlp_scratch.views.view import Options

NEIGHBOURS = 8
_UNITS, _PARTS = 3, 10  # named in a line


def one_decision(folder: RunFolder, options: Options, word: str, name: str | None) -> Iterator[str]:
    """Explain the row that ``word`` names, for class, label or target ``name``.

    Yields lines, and draws ``explain_<row>.png``. Computes in float64. Raises MlpScratchError.
    """
    from mlp_scratch.report.pictures.explained_row import Neighbours, draw_explanation

    trained = load_network(folder, options.checkpoint, np.float64)
    task, shape = trained.task, trained.image_shape
    row = asked_row(folder, trained, word, options.overrides)
    x = trained.normalizer.apply(row.x[None], np.empty((1, len(row.x)), np.float64))[0]
    opened = Opened(trained.network)
    prediction = task.predictions(opened.outputs(x[None]))[0]
    question = asked(task, prediction, name)
    names, parts = parts_of(trained)
    found = explain(opened, x, question, parts, None if shape is None else patches(shape))
    values = [] if shape is not None else values_of(trained, row.x)
    truth = "" if row.truth is None else f"true {_truth(task, row.truth)}; "
    said = in_words(task, prediction, 0.5)
    yield f"{row.name}: {truth}predicted {said}"
    yield from _in_lines(found, names, values, pictures=shape is not None)
    try:
        rows = own_rows(folder, trained, options.overrides).train
        places, distances = nearest(opened, rows, x, NEIGHBOURS)
        distances[distances < 1e-9] = 0.0  # rounding
    except MlpScratchError as error:
        yield f"nearest training rows: not at hand ({error})"
        like = None
    else:
        numbers = places if rows.numbers is None else rows.numbers[places]
        labels = [_truth(task, label) for label in rows.labels[places]]
        each = zip(numbers + 1, labels, distances, strict=True)
        listed = ", ".join(f"row {n:,} ({label}; {short(d)})" for n, label, d in each)
        yield f"nearest training rows in the last hidden layer (truth; distance): {listed}"
        like = Neighbours(np.asarray(rows.fetch(places)), labels, distances)
    path = options.output or folder.path / f"explain_{_plain(word)}.png"
    draw_explanation(
        path,
        found,
        title=f"{row.name}: {truth}predicted {said}",
        row=row.x,
        image_shape=shape,
        names=names,
        values=values,
        neighbours=like,
    )
    yield f"picture: {path}"


def _truth(task: Task, label: np.ndarray) -> str:
    return true_in_words(task, task.truth(label))


def _in_lines(
    found: Explanation, names: Sequence[str], values: Sequence[str], *, pictures: bool
) -> Iterator[str]:
    of = found.asked.of
    yield f"{of}: {short(found.value)}; of the baseline, all inputs 0: {short(found.baseline)}"
    total = float(found.integrated.sum())
    yield (
        f"integrated gradients: add up to {short(total)} of the difference "
        f"{short(found.value - found.baseline)}"
    )
    if not pictures:
        order = np.argsort(-np.abs(found.integrated), kind="stable")[:_PARTS]
        cells = {i: escaped(f"{names[i][:40]} = {values[i][:30]}") for i in order}
        width = max(map(len, cells.values()))
        yield f"{'':<{width}}  integrated  gradient  left out"
        for i in order:
            numbers = found.integrated[i], found.gradient[i], found.occluded[i]
            three = "".join(f"{v:>+{w}.3g}" for v, w in zip(numbers, (12, 10, 10), strict=True))
            yield f"{cells[i]:<{width}}{three}"
    for k, layer in enumerate(found.layers, 1):
        order = np.argsort(-layer.arguments, kind="stable")
        pro = [j for j in order[:_UNITS] if layer.arguments[j] > 0]
        con = [j for j in order[::-1][:_UNITS] if layer.arguments[j] < 0]
        yield (
            f"layer {k}: {np.count_nonzero(layer.a)} of {len(layer.a)} units not 0; for it: "
            f"{_units(layer.arguments, pro)}; against: {_units(layer.arguments, con)}"
        )


def _units(arguments: np.ndarray, units: Sequence[int]) -> str:
    return ", ".join(f"unit {j + 1} {arguments[j]:+.3g}" for j in units) or "none"


def _plain(word: str) -> str:
    """The row in a file's name."""
    return re.sub(r"[^\w.=-]+", "-", Path(word).name)[:60].strip("-.") or "row"
