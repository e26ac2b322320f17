"""Testing trained networks: alone, and their averaged probabilities together."""

from collections.abc import Iterator, Sequence

import numpy as np

from mlp_scratch.engine.evaluation import (
    confusion_matrix,
    evaluate,
    loss_and_accuracy,
    predict_probabilities,
)
from mlp_scratch.inference.matching_data import check_fits, test_data, test_rows
from mlp_scratch.report.tables.per_class import class_table, confusion_grid
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network


def evaluate_runs(
    folders: Sequence[RunFolder], which: str, overrides: Sequence[str]
) -> Iterator[str]:
    """The lines to print: each run's test metrics, and those of the averaged probabilities.

    which: checkpoint. overrides: of the first run's ``data``. Raises MlpScratchError.
    """
    networks = [load_network(folder, which) for folder in folders]
    dataset = test_data(folders[0], networks[0], overrides)
    for folder, trained in list(zip(folders, networks, strict=True))[1:]:
        check_fits(dataset, folder, trained)
    mean: np.ndarray | None = None
    for folder, trained in zip(folders, networks, strict=True):
        rows = test_rows(dataset, trained)
        probabilities = predict_probabilities(trained.network, rows)
        loss, accuracy = evaluate(trained.network, rows)
        yield (
            f"{folder.path}  {which} checkpoint, epoch {trained.epoch}: "
            f"test loss {loss:.4f}, accuracy {accuracy:.4f}"
        )
        mean = probabilities if mean is None else mean + probabilities
    assert mean is not None
    mean /= len(networks)
    labels = test_rows(dataset, networks[0]).labels
    if len(networks) > 1:
        loss, accuracy = loss_and_accuracy(mean, labels)
        yield f"ensemble of {len(networks)}: test loss {loss:.4f}, accuracy {accuracy:.4f}"
    names = networks[0].class_names
    predicted = mean.argmax(axis=1)
    yield f"\n{class_table(names, labels, predicted)}"
    if len(names) <= 20:
        confusion = confusion_matrix(labels, predicted, len(names))
        yield f"\nrows true, columns predicted\n{confusion_grid(names, confusion)}"
