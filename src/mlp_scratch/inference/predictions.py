"""What a trained network says of a table's rows, and of some of its test rows.

Each function yields the lines to print as it comes to know them, and leaves a file behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.csv_text import csv_text, spreadsheet_text
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.engine.evaluation import predict
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import ConfigError
from mlp_scratch.files import write_text_atomically
from mlp_scratch.inference.fitted import predictions_of
from mlp_scratch.inference.run_data import test_data, test_rows
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork

NONE = "none of the labels"
SHOWN = 3  # classes named for each picture
PICTURE = Path("predictions.png")  # unless another is named
TABLES = (
    *(".csv", ".tsv", ".txt", ".data", ".dat", ".parquet", ".arff", ".svm", ".libsvm"),
    *(".gz", ".bz2", ".xz", ".zip"),
)  # how their names end


def is_table(file: Path) -> bool:
    """Whether a file to predict is a table, by its name; all else is a picture."""
    return file.suffix.lower() in TABLES


def without_suffixes(file: Path) -> str:
    """``new`` for ``new.csv.gz``."""
    name = Path(file.name)
    while is_table(name):
        name = Path(name.stem)
    return str(name)


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


def predict_table(
    trained: TrainedNetwork,
    file: Path,
    output: Path | None,
    threshold: float,
    reading: Reading = Reading(),  # noqa: B008 (it is frozen)
    probabilities: bool = False,
) -> Iterator[str]:
    """Answer for the rows of a table, with a CSV.

    Classes: ``ImageId,Label`` for pictures, ``row,label`` otherwise; where the table has a column
    that told rows apart in training, that one and the label's own name. probabilities: those of
    all classes beside. Numbers: a column for each that the loss predicts. Several labels: 0 or 1
    of each, then their probabilities. An autoencoder: its mean squared error, of normalized
    inputs, then the inputs as it gives them back.
    """
    from mlp_scratch.inference.new_rows import read_new_rows

    task = trained.task
    if probabilities and task.name not in ("classification", "multilabel"):
        raise ConfigError("--probabilities: classes have some, and the network predicts numbers")
    rows = read_new_rows(trained, file, reading)
    yield from (f"{file}: {note}" for note in rows.notes)
    x, n = rows.x, len(rows.x)
    predictions = predictions_of(trained, x)
    names, likely = [*map(spreadsheet_text, task.names)], predictions
    if task.name == "classification":
        header = ["Label" if trained.image_shape else _label_name(trained, rows.ids is not None)]
        cells: list[list[Any]] = [[names[k]] for k in predictions.argmax(axis=1)]
    elif task.name == "multilabel":
        header, probabilities = [*names], True
        cells = [[*row] for row in (predictions >= threshold).astype(int)]
    elif task.reconstructs:
        header, likely = ["error", *names], trained.normalizer.undo(predictions)
        errors = reconstruction_errors(trained, x, predictions)
        cells = [[short(e), *map(short, p)] for e, p in zip(errors, likely, strict=True)]
    else:
        header = [*map(spreadsheet_text, task.columns())]
        cells = [[*map(short, row)] for row in predictions.reshape(n, -1)]
    if probabilities:
        header += [f"{name} probability" for name in names]
        cells = [[*row, *map(short, p)] for row, p in zip(cells, predictions, strict=True)]
    of_rows, first = [*range(1, n + 1)], "row" if trained.image_shape is None else "ImageId"
    if rows.ids is not None:
        of_rows, first = [*map(spreadsheet_text, rows.ids)], rows.id_name
    table = [[of_row, *row] for of_row, row in zip(of_rows, cells, strict=True)]
    path = output or Path(f"{without_suffixes(file)}_predictions.csv")
    write_text_atomically(path, csv_text([[spreadsheet_text(first), *header], *table]))
    yield f"{n:,} rows of {file} -> {path}"


def _label_name(trained: TrainedNetwork, submitted: bool) -> str:
    """``label``, or what the training table called it where that is what is asked for."""
    names = trained.target_names
    return spreadsheet_text(names[0]) if submitted and names and names != ("y",) else "label"


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
    path = output or PICTURE
    if draw_predictions(x, trained.image_shape, predictions, names, true, path) is not None:
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


def in_words(task: Task, row: np.ndarray, threshold: float) -> str:
    """What is predicted of one row: ``7 98.2%, 2 1.1%``, ``price 21.3``, ``red 91.0%``."""
    if task.name == "classification":
        order = np.argsort(-row, kind="stable")[:SHOWN]
        return ", ".join(f"{task.names[i]} {row[i]:.1%}" for i in order)
    if task.name == "multilabel":
        pairs = zip(task.names, row, strict=True)
        return ", ".join(f"{name} {p:.1%}" for name, p in pairs if p >= threshold) or NONE
    pairs = zip(task.columns(), row.ravel(), strict=True)
    return ", ".join(f"{name} {short(value)}" for name, value in pairs)


def reconstruction_errors(
    trained: TrainedNetwork, x: np.ndarray, predictions: np.ndarray
) -> list[float]:
    """Mean squared error of each row, of inputs as the network takes them."""
    inputs = trained.normalizer.apply(x, np.empty(x.shape, np.float64))
    return [float(error) for error in ((inputs - predictions) ** 2).mean(axis=1)]


def true_in_words(task: Task, truth: np.ndarray) -> str:
    """What is true of one row, in its own units; nothing of what reconstructs its inputs."""
    if task.reconstructs:
        return ""
    if task.name == "classification":
        return task.names[int(truth)]
    pairs = zip(task.names, truth, strict=True)
    if task.name == "multilabel":
        return ", ".join(name for name, there in pairs if there) or "none"
    if len(task.names) == 1:
        return short(float(truth[0]))
    return ", ".join(f"{name} {short(value)}" for name, value in pairs)


def short(value: float) -> str:
    return f"{value:.6g}"
