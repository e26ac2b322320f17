"""The films that can be made of a run: each a figure for every moment of its training.

What is on a scale has the same one in all figures, that of the last moment, so that what seems to
grow does grow.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mlp_scratch.engine.evaluation import confusion_matrix, predict
from mlp_scratch.experiment.gather_evidence import rows_at_hand
from mlp_scratch.insight.seen_whole import Line, Plane, can_be_seen, see
from mlp_scratch.report.pictures.confusion import confusion_sheet
from mlp_scratch.report.pictures.decision import decision_figure, scale_of_numbers
from mlp_scratch.report.pictures.first_weights import scale_of, weights_sheet
from mlp_scratch.report.pictures.fitted_line import fit_figure, heights
from mlp_scratch.report.pictures.regression import against_figure, frame_of_both
from mlp_scratch.views.learner import Learner

MOST_CLASSES = 60  # of a confusion matrix that can still be read
MOST_ROWS, MOST_POINTS = 5000, 2000  # asked for a confusion matrix; drawn against the truth
# Units whose weights are shown as images, how many abreast, inches of each: 28 pixels become 56
UNITS = (24, 6, 56 / 120)

Film = Callable[[Learner, str], Iterator[Any]]  # the figures, given the title


def films_of(learner: Learner) -> dict[str, Film]:
    """By name, what there is to see; what tells most comes first."""
    experiment = learner.experiment
    task, films = experiment.task.name, dict[str, Film]()
    if can_be_seen(rows_at_hand(experiment)):
        films["boundary" if task == "classification" else "fit"] = _seen
    if experiment.dataset.image_shape is not None:
        films["weights"] = _weights
    if task == "classification" and len(experiment.task.names) <= MOST_CLASSES:
        films["confusion"] = _confusion
    if task == "regression":
        films["predictions"] = _predictions
    films.setdefault("weights", _weights)
    return films


def _seen(learner: Learner, title: str) -> Iterator[Any]:
    rows = rows_at_hand(learner.experiment)
    learner.put_last()
    end = see(rows)
    for moment in learner.moments():
        now = see(rows, end.frame)
        if isinstance(now, Line) and isinstance(end, Line):
            yield fit_figure(now, f"{title} · {moment}", heights(end))
        elif isinstance(now, Plane) and isinstance(end, Plane):
            scale = scale_of_numbers(end) if end.task == "regression" else None
            yield decision_figure(now, f"{title} · {moment}", scale)


def _weights(learner: Learner, title: str) -> Iterator[Any]:
    experiment = learner.experiment
    live = experiment.network.parameters.value("W0")
    learner.put_last()
    scale = scale_of(live.astype(np.float64))
    shape = experiment.dataset.image_shape
    for moment in learner.moments():
        w = live.astype(np.float64)
        yield weights_sheet(w, shape, f"{title} · {moment}", scale, *UNITS).figure


def _confusion(learner: Learner, title: str) -> Iterator[Any]:
    network, task = learner.experiment.network, learner.experiment.task
    rows = learner.rows(MOST_ROWS)[1]
    k = len(task.names)
    for moment in learner.moments():
        predicted = predict(network, rows, task).argmax(axis=1)
        counts = confusion_matrix(rows.labels, predicted, k)
        yield confusion_sheet(counts, task.names, f"{title} · {moment}", 1.0).figure


def _predictions(learner: Learner, title: str) -> Iterator[Any]:
    network, task = learner.experiment.network, learner.experiment.task
    name, rows = learner.rows(MOST_POINTS)
    true = task.truth(rows.labels).astype(np.float64)
    learner.put_last()
    end = task.point(predict(network, rows, task))
    frames = [frame_of_both(true[:, j], end[:, j]) for j in range(true.shape[1])]
    for moment in learner.moments():
        predicted = task.point(predict(network, rows, task))
        yield against_figure(true, predicted, task.names, f"{title} · {moment}", name, frames)
