"""A page to draw on, with a run's network and a few of its test rows in it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.files import write_product
from mlp_scratch.inference.answers_in_words import true_in_words
from mlp_scratch.inference.predict_pictures import reads_ink
from mlp_scratch.inference.run_data import test_data
from mlp_scratch.report.draw_page.draw_page import draw_page
from mlp_scratch.report.draw_page.inputs_as_json import Examples, Value
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork

PICTURES, ROWS, POINTS = 12, 12, 400  # test rows to start from, training rows to show


def write_page(
    trained: TrainedNetwork, folder: RunFolder, overrides: Sequence[str], path: Path
) -> Iterator[str]:
    """Write the page of a run to ``path``; yields lines for people.

    Without the run's data, say elsewhere, the page has no test rows to start from, and says it.
    Raises MlpScratchError.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"--page {path}: a page's name ends in .html")
    ink, guess = (False, "") if trained.image_shape is None else reads_ink(trained, "auto")
    if guess:
        yield guess.partition(";")[0]
    try:
        dataset = test_data(folder, trained, overrides)
    except DataError as error:
        yield f"no test rows to start from: {error}"
        examples = Examples(centred=ink, pixels=_pixels_by_normalization(trained))
    else:
        examples = _examples(trained, dataset, ink)
    write_product(path, draw_page(trained, examples, folder.path.resolve().name))
    yield f"page: {path} ({path.stat().st_size:,} bytes)"


def _examples(trained: TrainedNetwork, dataset: Dataset, ink: bool) -> Examples:
    x, y = dataset.x_test, dataset.y_test
    assert x is not None
    assert y is not None
    task, pictures = trained.task, trained.image_shape is not None
    chosen = _varied(y, PICTURES if pictures else ROWS, task)
    truths = [true_in_words(task, truth) for truth in y[chosen]]
    if pictures:
        rows = np.array(x[chosen])
        return Examples(rows, truths=truths, pixels=_pixels(rows), centred=ink)
    some = np.sort(np.random.default_rng(0).permutation(len(dataset.x_train))[:POINTS])
    targets = np.asarray(dataset.y_train[some], np.float64).reshape(len(some), -1)
    return Examples(
        rows=_values(trained, dataset, x[chosen]),
        truths=truths,
        some=_values(trained, dataset, dataset.x_train[some]),
        targets=targets[:, 0].tolist() if targets.shape[1] else [0.0] * len(some),
    )


def _varied(y: np.ndarray, n: int, task: Task) -> np.ndarray:
    """Numbers of n rows: of classes, one after the other of each, as far as these go."""
    if task.name != "classification":
        return np.arange(min(n, len(y)))
    order = np.argsort(y, kind="stable")
    ordered = y[order]
    turn = np.arange(len(y)) - np.searchsorted(ordered, ordered)  # the how manieth of its class
    return order[np.lexsort((ordered, turn))[:n]]


def _values(trained: TrainedNetwork, dataset: Dataset, x: np.ndarray) -> list[list[Value]]:
    """Rows as stored -> of each column a number, a word, days, or None."""
    columns, width = dataset.columns, x.shape[1]
    offset = np.zeros(width) if dataset.offset is None else dataset.offset
    places = [*range(width)]
    if trained.encoder is not None and columns is not None:
        places = trained.encoder.places(columns, dataset.source)
    values = x.astype(np.float64) + np.broadcast_to(offset, (width,))
    by_column = [_column(values[:, i], None if columns is None else columns[i]) for i in places]
    return [[*row] for row in zip(*by_column, strict=True)]


def _column(values: np.ndarray, column: Column | None) -> list[Value]:
    if column is not None and column.kind == "category":
        return [None if np.isnan(v) else column.words[int(v)] for v in values]
    return [None if np.isnan(v) else float(v) for v in values]


def _pixels(rows: np.ndarray) -> tuple[float, float]:
    """The darkest and the brightest pixel: bytes are from 0 to 255."""
    if rows.dtype == np.uint8:
        return 0.0, 255.0
    low, high = float(rows.min()), float(rows.max())
    return (low, high) if high > low else (low, low + 1)


def _pixels_by_normalization(trained: TrainedNetwork) -> tuple[float, float]:
    normalizer = trained.normalizer
    if normalizer.kind != "unit":
        return 0.0, 255.0
    return float(normalizer.shift), float(normalizer.shift + 1 / normalizer.scale)
