"""Test a trained network: ``python -m mlp_scratch.evaluate RUN [RUN ...]``.

Loads the checkpoint alone, and the test rows of the run's data. Several runs are an ensemble: their
probabilities are averaged.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from mlp_scratch.engine.evaluation import (
    confusion_matrix,
    evaluate,
    loss_and_accuracy,
    per_class,
    predict_probabilities,
)
from mlp_scratch.errors import MlpScratchError, report_error
from mlp_scratch.experiment.test_data import check_fits, test_data, test_rows
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network


def table(class_names: Sequence[str], confusion: np.ndarray) -> str:
    """Precision, recall, F1 and support of each class, and their means, as text."""
    scores = per_class(confusion)
    width = max(5, *(len(name) for name in class_names))
    lines = [f"{'class':>{width}}  precision  recall      f1  support"]
    for i, name in enumerate(class_names):
        lines.append(
            f"{name:>{width}}  {scores['precision'][i]:9.4f}  {scores['recall'][i]:6.4f}  "
            f"{scores['f1'][i]:6.4f}  {scores['support'][i]:7d}"
        )
    means = [scores[key].mean() for key in ("precision", "recall", "f1")]
    lines.append(
        f"{'mean':>{width}}  {means[0]:9.4f}  {means[1]:6.4f}  {means[2]:6.4f}  "
        f"{scores['support'].sum():7d}"
    )
    return "\n".join(lines)


def grid(class_names: Sequence[str], confusion: np.ndarray) -> str:
    """The confusion matrix as text: rows true, columns predicted."""
    width = max(len(str(confusion.max())), *(len(name) for name in class_names))
    lines = [" " * (width + 2) + " ".join(f"{name:>{width}}" for name in class_names)]
    for name, row in zip(class_names, confusion, strict=True):
        cells = " ".join(f"{count or '.':>{width}}" for count in row)
        lines.append(f"{name:>{width}}  {cells}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp_scratch.evaluate",
        description="Test a trained network, or the averaged probabilities of several.",
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="path, `latest`, part of a name")
    parser.add_argument("--checkpoint", choices=["best", "last"], default="best")
    args = parser.parse_args(argv)
    overrides = [word for word in args.runs if "=" in word and word.startswith("data.")]
    names = [word for word in args.runs if word not in overrides]
    try:
        if not names:
            parser.error("the following arguments are required: RUN")
        found = [find_run(name) for name in names]
        runs = {folder.path.resolve(): folder for folder in found}
        if len(runs) < len(found):
            print("note: a run that was named twice counts once", file=sys.stderr)
        evaluate_runs(list(runs.values()), args.checkpoint, overrides)
    except MlpScratchError as error:
        sys.exit(report_error(error))


def evaluate_runs(folders: Sequence[RunFolder], which: str, overrides: Sequence[str]) -> None:
    """Print the test metrics of the runs' (averaged) probabilities. Raises MlpScratchError."""
    networks = [load_network(folder, which) for folder in folders]
    dataset = test_data(folders[0], networks[0], overrides)
    for folder, trained in list(zip(folders, networks, strict=True))[1:]:
        check_fits(dataset, folder, trained)
    mean: np.ndarray | None = None
    for folder, trained in zip(folders, networks, strict=True):
        rows = test_rows(dataset, trained)
        probabilities = predict_probabilities(trained.network, rows)
        loss, accuracy = evaluate(trained.network, rows)
        print(
            f"{folder.path}  {which} checkpoint, epoch {trained.epoch}: "
            f"test loss {loss:.4f}, accuracy {accuracy:.4f}"
        )
        mean = probabilities if mean is None else mean + probabilities
    assert mean is not None
    mean /= len(networks)
    labels = test_rows(dataset, networks[0]).labels
    if len(networks) > 1:
        loss, accuracy = loss_and_accuracy(mean, labels)
        print(f"ensemble of {len(networks)}: test loss {loss:.4f}, accuracy {accuracy:.4f}")
    names = networks[0].class_names
    confusion = confusion_matrix(labels, mean.argmax(axis=1), len(names))
    print(f"\n{table(names, confusion)}")
    if len(names) <= 20:
        print(f"\nrows true, columns predicted\n{grid(names, confusion)}")


if __name__ == "__main__":
    main()
