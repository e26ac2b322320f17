"""The test at the end of a run: metrics of the last and the best checkpoint, and the mistakes."""

from typing import Any

import numpy as np

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.engine.evaluation import (
    confusion_matrix,
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
    test, last_epoch = experiment.test, experiment.trainer.epoch
    assert test is not None
    labels = test.labels
    scores = {"last": evaluate(experiment.network, test)}
    scores["best"] = scores["last"]
    if best_epoch != last_epoch:
        copy_parameters(read_checkpoint(folder.best), experiment.network)
        scores["best"] = evaluate(experiment.network, test)
    best = predict_probabilities(experiment.network, test)
    metrics: dict[str, Any] = {}
    for which, epoch in (("best", best_epoch), ("last", last_epoch)):
        loss, accuracy = scores[which]
        metrics[which] = {"epoch": epoch, "loss": loss, "accuracy": accuracy}
    predicted = best.argmax(axis=1)
    classes = len(experiment.dataset.class_names)
    metrics["confusion_matrix"] = confusion_matrix(labels, predicted, classes).tolist()
    text = f"test: accuracy {metrics['last']['accuracy']:.4f} after the last epoch"
    if best_epoch != last_epoch:
        text += f", {metrics['best']['accuracy']:.4f} after the best (epoch {best_epoch})"
    log.info(text)

    wrong = np.flatnonzero(predicted != labels)
    confidence = best[wrong, predicted[wrong]]
    wrong = wrong[np.argsort(-confidence, kind="stable")[:MOST_MISTAKES]]
    mistakes = {
        "rows": wrong,
        "images": np.ascontiguousarray(test.fetch(wrong)),
        "true": labels[wrong],
        "predicted": predicted[wrong],
        "probability": best[wrong, predicted[wrong]],
    }
    arrays: dict[str, Any] = dict(mistakes)
    write_atomically(folder.misclassified, lambda file: np.savez(file, **arrays))
    return metrics, mistakes
