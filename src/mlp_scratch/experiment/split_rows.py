"""The rows that are trained on, those that judge, and those of the test: targets, weights."""

from dataclasses import dataclass

import numpy as np

from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.division.division import validation_rows
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import DataError
from mlp_scratch.experiment.encode_rows import encode_rows, without_rows
from mlp_scratch.experiment.resolve_task import task_of
from mlp_scratch.experiment.warm_start import encoder_before
from mlp_scratch.nn.range_checks import one_of

_SPLIT = 2  # a stream of the seed

Numbers = np.ndarray | None  # of rows; None: all of them


def generator(seed: int, stream: int) -> np.random.Generator:
    """The random generator of one purpose of a run: one seed, several independent streams."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream,)))


@dataclass(frozen=True)
class SplitRows:
    """All of a data set's rows, encoded, normalized and scaled as the training rows have them.

    test: None where there are no test rows. Weights of classes count in ``train`` alone. dataset:
    with features in the place of a table's columns, which ``encoder`` made; None of what is none.
    """

    dataset: Dataset
    encoder: TableEncoder | None
    task: Task
    normalizer: Normalizer
    train: Rows
    validation: Rows
    test: Rows | None


def split_rows(
    config: ExperimentConfig, dataset: Dataset, encoder: TableEncoder | None = None
) -> SplitRows:
    """The rows of a config whose task has been resolved. encoder: see ``encode_rows``.

    Raises ConfigError or DataError.
    """
    chosen, held_out = _split(config, dataset)
    dataset, encoder, normalizer = encode_rows(config, dataset, chosen, encoder)
    weights, dtype = dataset.weights_train, np.dtype(config.training.dtype)
    task = _scaled(config, task_of(config, dataset), dataset, chosen)
    y = _targets(task, dataset.y_train, dtype, dataset)

    def rows(x: np.ndarray, y: np.ndarray, numbers: Numbers, w: np.ndarray | None) -> Rows:
        return Rows(x, y, normalizer, numbers, None if w is None else w.astype(dtype))

    x, training_weights = dataset.x_train, _training_weights(config, dataset, chosen)
    train, validation = rows(x, y, chosen, training_weights), rows(x, y, held_out, weights)
    if dataset.x_val is not None and dataset.y_val is not None:
        y_val = _targets(task, dataset.y_val, dtype, dataset)
        validation = rows(dataset.x_val, y_val, None, dataset.weights_val)
    test = None
    if dataset.x_test is not None and dataset.y_test is not None and len(dataset.y_test):
        y_test = _targets(task, dataset.y_test, dtype, dataset)
        test = rows(dataset.x_test, y_test, None, dataset.weights_test)
    return SplitRows(dataset, encoder, task, normalizer, train, validation, test)


def sized(config: ExperimentConfig, dataset: Dataset) -> Dataset:
    """What `layer_sizes` needs to know of a data set, without its rows where they would have to be
    encoded for that. Raises DataError, also where its rows cannot be split."""
    chosen, _ = _split(config, dataset)
    return without_rows(config, dataset, chosen, encoder_before(config))


def _split(config: ExperimentConfig, dataset: Dataset) -> tuple[np.ndarray | None, np.ndarray]:
    """(training rows, validation rows); None means all of them, in place."""
    training, seed = config.training, int(generator(config.seed, _SPLIT).integers(2**63))
    return validation_rows(
        dataset,
        training.validation_fraction,
        seed,
        config.data.shuffle,
        training.folds,
        training.fold,
    )


def _scaled(
    config: ExperimentConfig, task: Task, dataset: Dataset, rows: np.ndarray | None
) -> Task:
    """The task with its numbers scaled as the training rows have them."""
    if task.name != "regression":
        return task
    k = dataset.y_train.shape[1]
    if not config.data.normalize_target:
        return task.with_scale(np.zeros(k), np.ones(k))
    return task.fitted(dataset.y_train, rows, dataset.weights_train)


def _targets(task: Task, y: np.ndarray, dtype: np.dtype, dataset: Dataset) -> np.ndarray:
    try:
        return task.targets(y, dtype)
    except ValueError as error:
        raise DataError(f"{dataset.source}: {error}") from error


def _training_weights(
    config: ExperimentConfig, dataset: Dataset, rows: np.ndarray | None
) -> np.ndarray | None:
    """What each row counts in the training loss: its own weight times that of its class."""
    weights, chosen = dataset.weights_train, config.regularization.class_weight
    if chosen is None:
        return weights
    y, names = dataset.y_train, dataset.class_names
    if chosen == "balanced":  # n / (k n_c), as scikit-learn has it, each row by its weight
        own = np.ones(len(y)) if weights is None else weights
        trained = slice(None) if rows is None else rows
        counts = np.bincount(y[trained], own[trained], len(names))
        of_class = counts.sum() / np.count_nonzero(counts) / np.where(counts > 0, counts, np.inf)
    else:
        by_name = {str(name): weight for name, weight in chosen.items()}
        with keyed("regularization"):
            for name in by_name:
                one_of("class_weight", name, names)
        of_class = np.array([by_name.get(name, 1.0) for name in names])
    return of_class[y] if weights is None else of_class[y] * weights
