"""Testing trained networks: alone, and their averaged predictions together."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from mlp_scratch.engine.evaluation import (
    confusion_matrix,
    evaluate,
    mean_cross_entropy,
    predict,
    score,
)
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import DataError
from mlp_scratch.experiment.settle import WHAT
from mlp_scratch.inference.labelled_rows import labelled_rows
from mlp_scratch.inference.run_data import check_fits, test_data, test_rows
from mlp_scratch.report.tables.per_class import (
    class_table,
    confusion_grid,
    label_table,
    target_table,
)
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network


def evaluate_runs(
    folders: Sequence[RunFolder], which: str, overrides: Sequence[str], file: Path | None = None
) -> Iterator[str]:
    """The lines to print: each run's test metrics, and those of the averaged predictions.

    which: checkpoint. overrides: of the first run's ``data``. file: of labelled rows, to test on
    these instead of the runs' own test rows; the overrides are then of each run's ``data``.
    Raises MlpScratchError.
    """
    networks = [load_network(folder, which) for folder in folders]
    dataset = test_data(folders[0], networks[0], overrides) if file is None else None
    for folder, trained in [*zip(folders, networks, strict=True)][1:]:
        if dataset is not None:
            check_fits(dataset, folder, trained)
        elif trained.task.names != networks[0].task.names:
            what = WHAT[trained.task.name]
            raise DataError(f"{folder.path}: other {what} than {folders[0].path}")

    answers: list[np.ndarray] = []
    tested: list[Rows] = []
    for folder, trained in zip(folders, networks, strict=True):
        task = trained.task
        if dataset is not None:
            rows = test_rows(dataset, trained)
        elif file is not None:
            rows = labelled_rows(folder, trained, file, overrides)
        answers.append(task.point(predict(trained.network, rows, task)))
        tested.append(rows)
        scores = evaluate(trained.network, rows, task, task.tested)
        yield (
            f"{folder.path}  {which} checkpoint, epoch {trained.epoch}: test {_in_words(scores)}"
            f"{', weighted' if rows.weights is not None else ''}"
        )
    mean, task, rows = np.mean(answers, axis=0), networks[0].task, tested[0]
    truth = task.truth(rows.labels)
    if len(networks) > 1:
        scores = score(mean, truth, rows.weights, task.tested)
        if task.name == "classification":
            scores = {"loss": mean_cross_entropy(mean, rows.labels)} | scores
        yield f"ensemble of {len(networks)}: test {_in_words(scores)}"
    if task.reconstructs:
        return
    if task.name == "regression":
        yield f"\n{target_table(task.names, truth, mean)}"
        return
    if task.name == "multilabel":
        yield f"\n{label_table(task.names, truth, mean > 0.5)}"
        return
    if rows.weights is not None:
        yield "below, each row counts alike"
    predicted, names = mean.argmax(axis=1), task.names
    yield f"\n{class_table(names, truth, predicted)}"
    if len(names) <= 20:
        confusion = confusion_matrix(truth, predicted, len(names))
        yield f"\nrows true, columns predicted\n{confusion_grid(names, confusion)}"


def _in_words(scores: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in scores.items())
