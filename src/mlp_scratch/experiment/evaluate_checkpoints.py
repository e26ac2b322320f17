"""The test at the end of a run: metrics of the last and the best checkpoint, and what it got wrong.

Of classes the most confident mistakes are kept, of numbers and of several labels every answer.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp_scratch.csv_text import csv_text
from mlp_scratch.data.tables.cells import cells_of, number_text
from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.engine.evaluation import confusion_counts, evaluate, predict
from mlp_scratch.engine.metrics.class_metrics import per_class
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.files import write_atomically, write_text_atomically
from mlp_scratch.insight.diagnosis.fit_rules import LEAST_SUPPORT
from mlp_scratch.runs.console import log
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import copy_parameters

Answers = dict[str, np.ndarray]
MOST_MISTAKES = 25  # kept for the picture of the most confident ones, and rows of the worst errors
_NAMED = 5  # classes in a line


def evaluate_checkpoints(
    experiment: Experiment, folder: RunFolder, best_epoch: int
) -> tuple[dict[str, Any], Answers]:
    """Metrics for ``summary.json``, and the answers of the best checkpoint to draw pictures from.

    The network holds the last state on entry, the best one on return. Writes ``misclassified.npz``
    of classes, ``answers.npz`` of all else, ``worst_rows.csv`` of numbers from tables.
    """
    test, network, task = experiment.test, experiment.network, experiment.task
    last_epoch = experiment.trainer.epoch
    assert test is not None
    last = best = {"epoch": last_epoch, **evaluate(network, test, task, task.tested)}
    if best_epoch != last_epoch:
        copy_parameters(read_checkpoint(folder.best), network)
        best = {"epoch": best_epoch, **evaluate(network, test, task, task.tested)}
    metrics: dict[str, Any] = {"best": best, "last": last, "weighted": test.weights is not None}
    log.info(_in_words(task, best, last))
    predictions = predict(network, test, task)
    if task.reconstructs:
        answers = _reconstructions(test, predictions)
    elif task.name == "classification":
        predicted, classes = predictions.argmax(axis=1), len(task.names)
        metrics["confusion_matrix"] = confusion_counts(test.labels, predicted, classes)
        _tell_lost(per_class(test.labels, predicted, classes), task.names)
        answers = _mistakes(test, predictions)
    else:
        images = experiment.dataset.image_shape is not None
        answers = _answers(task, test, predictions, images)
        if task.name == "regression" and not images:
            names, cells = _inputs(experiment, answers)
            write_text_atomically(folder.worst_rows, _worst_rows(task, answers, names, cells))
    place = folder.misclassified if task.name == "classification" else folder.answers
    write_atomically(place, lambda file: np.savez(file, **answers))  # type: ignore[arg-type]
    return metrics, answers


def _in_words(task: Task, best: dict[str, Any], last: dict[str, Any]) -> str:
    """The metrics that are looked at in training, and what comes first of the others."""
    names = task.metrics or ("loss",)
    shown = ", ".join(f"{name} {last[name]:.4f}" for name in names)
    text = f"test: {shown} after the last epoch"
    if best is not last:
        shown = ", ".join(f"{best[name]:.4f}" for name in names)
        text += f", {shown} after the best (epoch {best['epoch']})"
    return text


def _tell_lost(scores: dict[str, np.ndarray], names: Sequence[str]) -> None:
    """Say which rare classes were never recognised; what has more rows the diagnosis judges."""
    few = (scores["support"] > 0) & (scores["support"] < LEAST_SUPPORT)
    lost = np.flatnonzero((scores["recall"] == 0) & few)
    if len(lost):
        shown = ", ".join(f"{names[k]} (of {scores['support'][k]:,} rows)" for k in lost[:_NAMED])
        more = f" and {len(lost) - _NAMED} more classes" if len(lost) > _NAMED else ""
        log.info(f"never recognised in the test, recall 0: {shown}{more}")


def _mistakes(test: Rows, probabilities: np.ndarray) -> Answers:
    """The most confident ones."""
    labels, predicted = test.labels, probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    confidence = probabilities[wrong, predicted[wrong]]
    wrong = wrong[np.argsort(-confidence, kind="stable")[:MOST_MISTAKES]]
    return {
        "rows": wrong,
        "images": np.ascontiguousarray(test.fetch(wrong)),
        "true": labels[wrong],
        "predicted": predicted[wrong],
        "probability": probabilities[wrong, predicted[wrong]],
    }


def _answers(task: Task, test: Rows, predictions: np.ndarray, images: bool) -> Answers:
    """true, predicted (n, k) of all rows; the numbers and inputs (``images``) of the worst rows.

    Several labels have their ``probability`` beside, and predicted is 0 or 1. Numbers have ``low``
    and ``high`` where the loss gives an interval. A row of them is as bad as its errors in units
    of the training rows' deviations, squared and added up.
    """
    truth, point = task.truth(test.labels), task.point(predictions)
    if task.name == "multilabel":
        return {"true": truth, "predicted": (point > 0.5).astype(np.float64), "probability": point}
    worst = np.argsort(-(((point - truth) / task.scale) ** 2).sum(axis=1), kind="stable")
    worst = worst[:MOST_MISTAKES]
    inputs = np.ascontiguousarray(test.fetch(worst))
    answers = {"true": truth, "predicted": point, "rows": worst}
    answers["images" if images else "inputs"] = inputs
    ends = task.interval(predictions)
    return answers if ends is None else answers | {"low": ends[0], "high": ends[1]}


def _reconstructions(test: Rows, predictions: np.ndarray) -> Answers:
    """The first rows (n, features) as they are stored, and what comes out of the network."""
    first = slice(0, MOST_MISTAKES)
    inputs = np.ascontiguousarray(test.fetch(first))
    if (offset := test.normalizer.offset).any():
        inputs = inputs + offset
    return {"images": inputs, "predicted": test.normalizer.undo(predictions[first])}


def _inputs(experiment: Experiment, answers: Answers) -> tuple[Sequence[str], list[list[str]]]:
    """Names and values of the worst rows' inputs, of a table its columns as they were read."""
    table, inputs = experiment.table, answers["inputs"]
    if table is not None:
        return [column.name for column in table.columns], cells_of(table, answers["rows"])
    names = experiment.dataset.feature_names or [f"x{i}" for i in range(inputs.shape[1])]
    offset = np.broadcast_to(experiment.normalizer.offset, inputs.shape[1:])
    return names, [[number_text(v, o) for v, o in zip(x, offset, strict=True)] for x in inputs]


def _worst_rows(task: Task, answers: Answers, names: Sequence[str], inputs: list[list[str]]) -> str:
    """The rows with the largest errors as CSV: row number from 1, each target, every
    input. A residual is true - predicted."""
    told = ("true", "predicted", "residual")
    of_target = [f"{name} {what}" for name in task.names for what in told]
    table = [["row", *of_target, *names]]
    for row, x in zip(answers["rows"], inputs, strict=True):
        pairs = zip(answers["true"][row], answers["predicted"][row], strict=True)
        cells = [f"{v:.6g}" for true, guess in pairs for v in (true, guess, true - guess)]
        table.append([str(row + 1), *cells, *x])
    return csv_text(table)
