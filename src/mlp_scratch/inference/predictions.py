"""What a trained network says of pictures, of a table's rows, and of some of its test rows.

Each function yields the lines to print as it comes to know them, and leaves a file behind.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp_scratch.data.pictures import read_picture
from mlp_scratch.engine.evaluation import predict_probabilities
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.files import write_text_atomically
from mlp_scratch.inference.fitted import probabilities_of
from mlp_scratch.inference.matching_data import test_data, test_rows
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork
from mlp_scratch.streams import spreadsheet_text

SHOWN = 3  # classes named for each picture
PICTURE = Path("predictions.png")  # unless another is named


@dataclass(frozen=True)
class Sample:
    """n random test rows of a run's data; another draw each time unless there is a seed."""

    folder: RunFolder
    overrides: Sequence[str]
    n: int
    seed: int | None

    def draw(self, trained: TrainedNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows as stored, their labels and their probabilities. Raises MlpScratchError."""
        rows = test_rows(test_data(self.folder, trained, self.overrides), trained)
        if self.n < 1:
            raise ConfigError(f"--test {self.n}: must be at least 1")
        n = min(self.n, len(rows))
        drawn = np.sort(np.random.default_rng(self.seed).choice(len(rows), n, replace=False))
        probabilities = predict_probabilities(trained.network, rows.part(drawn))
        return np.asarray(rows.fetch(drawn)), rows.labels[drawn], probabilities


def predict_pictures(
    trained: TrainedNetwork, files: Sequence[Path], output: Path | None
) -> Iterator[str]:
    """Name what the pictures show; draw them beside their probabilities."""
    from mlp_scratch.report.pictures.images import draw_predictions

    if trained.image_shape is None:
        raise ConfigError(
            f"{files[0]}: the network was trained on rows that are not images; give it a CSV"
        )
    x = np.stack([read_picture(file, trained.image_shape) for file in files])
    probabilities = probabilities_of(trained, x)
    width = max(len(str(file)) for file in files)
    for file, row in zip(files, probabilities, strict=True):
        yield f"{file!s:<{width}}  {_likeliest(row, trained.class_names)}"
    path = output or PICTURE
    draw_predictions(x, trained.image_shape, probabilities, trained.class_names, None, path)
    yield f"picture: {path}"


def predict_table(trained: TrainedNetwork, file: Path, output: Path | None) -> Iterator[str]:
    """Label the rows of a CSV; ``ImageId,Label`` for pictures, ``row,label`` otherwise.

    Its columns are known by their names, where both it and the training data have a header.
    """
    from mlp_scratch.data.tables.csv import read_rows

    x = read_rows(file, trained.feature_names)
    features = trained.network.sizes[0]
    if x.shape[1] != features:
        hint = ""
        if x.shape[1] == features + 1:
            hint = " (a labelled table is for evaluate, or cut the label's column off)"
        raise DataError(
            f"{file}: {x.shape[1]} columns, but the network takes {features} features{hint}"
        )
    labels = probabilities_of(trained, x).argmax(axis=1)
    path = output or Path(f"{file.stem}_predictions.csv")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("row", "label") if trained.image_shape is None else ("ImageId", "Label"))
    names = [spreadsheet_text(name) for name in trained.class_names]
    table.writerows((i, names[k]) for i, k in enumerate(labels, start=1))
    write_text_atomically(path, text.getvalue())
    yield f"{len(x):,} rows of {file} -> {path}"


def predict_sample(trained: TrainedNetwork, sample: Sample, output: Path | None) -> Iterator[str]:
    """Random test images with their true and predicted labels."""
    from mlp_scratch.report.pictures.images import draw_predictions

    names = trained.class_names
    x, true, probabilities = sample.draw(trained)
    for label, row in zip(true, probabilities, strict=True):
        mark = " " if row.argmax() == label else "x"
        yield f"{mark} true {names[label]}: {_likeliest(row, names)}"
    correct = int(np.count_nonzero(probabilities.argmax(axis=1) == true))
    yield f"{correct} of {len(true)} correct"
    path = output or PICTURE
    if draw_predictions(x, trained.image_shape, probabilities, names, true, path) is not None:
        yield f"picture: {path}"


def animate_sample(trained: TrainedNetwork, sample: Sample, path: Path) -> Iterator[str]:
    """A GIF of test images passing by with the network's probabilities."""
    from mlp_scratch.report.pictures.animation import animate_predictions

    if path.suffix.lower() != ".gif":
        raise ConfigError(f"--animate {path}: an animation's name ends in .gif")
    if trained.image_shape is None:
        raise ConfigError("--animate: the network was trained on rows that are not images")
    x, true, probabilities = sample.draw(trained)
    animate_predictions(x, trained.image_shape, probabilities, trained.class_names, true, path)
    yield f"animation: {path}"


def _likeliest(probabilities: np.ndarray, class_names: Sequence[str]) -> str:
    """The likeliest classes of one row, such as ``7 98.2 %, 2 1.1 %, 3 0.4 %``."""
    order = np.argsort(-probabilities, kind="stable")[:SHOWN]
    return ", ".join(f"{class_names[i]} {probabilities[i]:.1%}" for i in order)
