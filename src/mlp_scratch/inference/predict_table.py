"""What a trained network says of a table's rows, in a CSV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlp_scratch.csv_text import csv_text, spreadsheet_text
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import ConfigError
from mlp_scratch.files import write_text_atomically
from mlp_scratch.inference.answers_in_words import short
from mlp_scratch.inference.fitted import predictions_of, reconstruction_errors
from mlp_scratch.runs.saved_run import TrainedNetwork

TABLES = (
    *(".csv", ".tsv", ".txt", ".data", ".dat", ".parquet", ".arff", ".svm", ".libsvm"),
    *(".gz", ".bz2", ".xz", ".zip"),
)  # how their names end


def is_table(file: Path) -> bool:
    """Whether a file of rows is a table, by its name."""
    return file.suffix.lower() in TABLES


def without_suffixes(file: Path) -> str:
    """``new`` for ``new.csv.gz``."""
    name = Path(file.name)
    while is_table(name):
        name = Path(name.stem)
    return str(name)


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
