"""The test at the end of a run: metrics of the last and the best checkpoint, and the mistakes."""

from typing import Any

import numpy as np

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.engine.evaluation import (
    confusion_counts,
    evaluate,
    predict_probabilities,
)
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.files import write_atomically
from mlp_scratch.runs.console import log
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import copy_parameters

MOST_MISTAKES = 25  # kept for the picture of the most confident ones


def evaluate_checkpoints(
    experiment: Experiment, folder: RunFolder, best_epoch: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Metrics for ``summary.json``, and the most confident mistakes of the best checkpoint.

    The network holds the last state on entry, the best one on return. Writes ``misclassified.npz``.
    """
    test, network, last_epoch = experiment.test, experiment.network, experiment.trainer.epoch
    assert test is not None
    last = best = _scores(last_epoch, *evaluate(network, test))
    if best_epoch != last_epoch:
        copy_parameters(read_checkpoint(folder.best), network)
        best = _scores(best_epoch, *evaluate(network, test))
    probabilities, labels = predict_probabilities(network, test), test.labels
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_counts(labels, predicted, len(experiment.dataset.class_names))
    text = f"test: accuracy {last['accuracy']:.4f} after the last epoch"
    if best_epoch != last_epoch:
        text += f", {best['accuracy']:.4f} after the best (epoch {best_epoch})"
    log.info(text)

    wrong = np.flatnonzero(predicted != labels)
    confidence = probabilities[wrong, predicted[wrong]]
    wrong = wrong[np.argsort(-confidence, kind="stable")[:MOST_MISTAKES]]
    mistakes: dict[str, Any] = {
        "rows": wrong,
        "images": np.ascontiguousarray(test.fetch(wrong)),
        "true": labels[wrong],
        "predicted": predicted[wrong],
        "probability": probabilities[wrong, predicted[wrong]],
    }
    write_atomically(folder.misclassified, lambda file: np.savez(file, **mistakes))
    return {"best": best, "last": last, "confusion_matrix": confusion}, mistakes


def _scores(epoch: int, loss: float, accuracy: float) -> dict[str, float]:
    return {"epoch": epoch, "loss": loss, "accuracy": accuracy}
