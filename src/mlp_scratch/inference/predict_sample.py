"""What a trained network says of some of its test rows.

Each function yields the lines to print as it comes to know them, and leaves a picture behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp_scratch.engine.evaluation import predict
from mlp_scratch.errors import ConfigError
from mlp_scratch.inference.answers_in_words import in_words, short, true_in_words
from mlp_scratch.inference.fitted import reconstruction_errors
from mlp_scratch.inference.predict_pictures import PICTURE
from mlp_scratch.inference.run_data import test_data, test_rows
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork


@dataclass(frozen=True)
class Sample:
    """n random test rows of a run's data; another draw each time unless there is a seed."""

    folder: RunFolder
    overrides: Sequence[str]
    n: int
    seed: int | None

    def draw(self, trained: TrainedNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows as stored, their targets and what is predicted. Raises MlpScratchError."""
        rows = test_rows(test_data(self.folder, trained, self.overrides), trained)
        if self.n < 1:
            raise ConfigError(f"--test {self.n}: must be at least 1")
        n = min(self.n, len(rows))
        drawn = np.sort(np.random.default_rng(self.seed).choice(len(rows), n, replace=False))
        predictions = predict(trained.network, rows.part(drawn), trained.task)
        return np.asarray(rows.fetch(drawn)), rows.labels[drawn], predictions


def predict_sample(
    trained: TrainedNetwork, sample: Sample, output: Path | None, threshold: float
) -> Iterator[str]:
    """Random test rows: what is true and what is predicted."""
    from mlp_scratch.report.pictures.images import draw_predictions

    task = trained.task
    x, true, predictions = sample.draw(trained)
    if task.reconstructs:
        for error in reconstruction_errors(trained, x, predictions):
            yield f"mean squared error {short(error)}"
        return
    if task.name != "classification":
        for truth, row in zip(task.truth(true), predictions, strict=True):
            yield f"true {true_in_words(task, truth)}: {in_words(task, row, threshold)}"
        return
    names = task.names
    for label, row in zip(true, predictions, strict=True):
        mark = " " if row.argmax() == label else "x"
        yield f"{mark} true {names[label]}: {in_words(task, row, threshold)}"
    correct = int(np.count_nonzero(predictions.argmax(axis=1) == true))
    yield f"{correct} of {len(true)} correct"
    if trained.image_shape is not None:
        path = output or PICTURE
        draw_predictions(x, trained.image_shape, predictions, names, true, path)
        yield f"picture: {path}"


def animate_sample(trained: TrainedNetwork, sample: Sample, path: Path) -> Iterator[str]:
    """A GIF of test images passing by with the network's probabilities."""
    from mlp_scratch.report.pictures.animation import animate_predictions

    if path.suffix.lower() != ".gif":
        raise ConfigError(f"--animate {path}: an animation's name ends in .gif")
    if trained.image_shape is None:
        raise ConfigError("--animate: the network was trained on rows that are not images")
    if trained.task.name != "classification":
        raise ConfigError("--animate: shows classes, and the network tells none apart")
    x, true, probabilities = sample.draw(trained)
    animate_predictions(x, trained.image_shape, probabilities, trained.task.names, true, path)
    yield f"animation: {path}"
