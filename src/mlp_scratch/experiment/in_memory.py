"""Training on arrays that somebody holds in memory: no folder, no file, the same loop."""

import copy
import warnings
from contextlib import ExitStack, closing
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.config.data_config import DataConfig
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset, Examples, Parsed, assemble
from mlp_scratch.data.tables.rows_with_gaps import settle_gaps
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.checkpoint.checkpointer import Checkpointer
from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Diverged
from mlp_scratch.errors import ConfigError, MlpScratchError
from mlp_scratch.experiment.array_labels import labels_of, weights_of
from mlp_scratch.experiment.begin import begin
from mlp_scratch.experiment.frame_rows import is_frame, parsed_frames, rows_in
from mlp_scratch.experiment.resolve_task import asked_task
from mlp_scratch.experiment.warm_start import resolve_init_from
from mlp_scratch.runs.console import Console, Terminal, heard_by, log

Labelled = tuple[ArrayLike, ArrayLike | None]  # X (n, features), y (n,) or (n, k)


def train_in_memory(
    config: ExperimentConfig,
    rows: Labelled,
    validation: Labelled | None,
    weights: ArrayLike | None,
    verbose: bool,
) -> tuple[Checkpoint, np.ndarray, list[dict[str, float]]]:
    """Train as ``config`` says; the state to keep, the classes, and a row of metrics an epoch.

    weights: of the rows, (n,), or None; a row of weight 0 is as if it were not there. Where nobody
    says otherwise the targets are classes. The state is that of the best epoch where there is
    ``patience``, otherwise of the last.
    Raises DataError, ConfigError, or MlpScratchError when the training diverges.
    """
    if config.training.folds is not None or config.training.fold is not None:
        raise ConfigError(
            f"training.fold={config.training.fold}: is for runs; for arrays use scikit-learn's "
            "cross_val_score with NeuralNetClassifier or NeuralNetRegressor"
        )
    _refuse_unused(config.data, is_frame(rows[0]))
    asked, config = config, copy.deepcopy(config)
    asked_for = asked_task(config)
    config.task = "classification" if asked_for == "auto" else asked_for
    classes, dataset = _dataset(config, rows, validation, weights)
    training = config.training
    if validation is not None:
        training.validation_fraction = 0.0
    with heard_by(*([Terminal()] if verbose else [])):
        for note in dataset.notes:
            log.info(note) if verbose else warnings.warn(note, stacklevel=3)
        resolve_init_from(config)
        _, experiment = begin(config, dataset, validate_on_test=validation is not None)
        trainer = experiment.trainer
    limited = trainer.share(training.threads)
    labels = classes.tolist() or None
    said = {"threads": trainer.threads, "config": asdict(asked), "labels": labels}
    keeper = _BestEpoch(Checkpointer(trainer, experiment.identity | said, experiment.constants))
    observers: list[Observer] = [experiment.time_limit]
    if training.early_stopping.patience is not None:
        observers.append(keeper)
    try:
        with limited, closing(trainer), ExitStack() as stack:
            if verbose:
                stack.enter_context(heard_by(Terminal()))
                observers.append(stack.enter_context(closing(Console(training.epochs))))
            trainer.run(observers)
    except Diverged as error:
        raise MlpScratchError(
            f"{error}; try a smaller lr, clip_norm=1, or normalize='standardize'"
        ) from error
    return keeper.checkpoint(), classes, trainer.history


def _refuse_unused(data: DataConfig, frame: bool) -> None:
    """Raise ConfigError where the config says what only a file's columns can be asked for."""
    of_columns = () if frame else ("drop", "keep", "categorical")
    for key in ("split", "group", "limit", "missing_values", *of_columns):
        if (value := getattr(data, key)) is not None:
            what = "tables" if key in of_columns else "files"
            raise ConfigError(f"data.{key}={value}: is for {what}, and these rows are in memory")


def _dataset(
    config: ExperimentConfig, rows: Labelled, validation: Labelled | None, weights: ArrayLike | None
) -> tuple[np.ndarray, Dataset]:
    """(classes, data set); the validation rows, if given, stand in the place of the test rows."""
    pairs = [
        (rows_in(x), np.zeros(len(rows_in(x))) if y is None else np.asarray(y))
        for x, y in (rows, validation or rows)
    ]
    w = None if weights is None else weights_of(weights, len(pairs[0][0]))
    if w is not None and not w.all() and len(pairs[0][1]) == len(w):
        pairs[0], w = (pairs[0][0][w > 0], pairs[0][1][w > 0]), w[w > 0]
    classes: np.ndarray = np.empty(0)
    names, targets = None, [y for _, y in pairs]
    if config.task == "classification":
        labels = [labels_of(y) for y in targets]
        classes = np.unique(np.concatenate(labels))
        asked = config.model.layers[-1]
        if classes.dtype.kind in "iu" and asked and classes[0] >= 0 and classes[-1] < asked:
            classes = np.arange(asked)  # some of which these rows may not hold
        targets = [np.searchsorted(classes, part) for part in labels]
        names = tuple(map(str, classes))
    x, x_test = pairs[0][0], None if validation is None else pairs[1][0]
    if is_frame(x):
        parsed = parsed_frames(x, x_test, config.data)
    else:
        test = None if x_test is None else Examples(x_test, targets[1], "validation_data")
        parsed = Parsed(Examples(x, targets[0], "X"), test, source="arrays in memory")
    parsed = replace(
        parsed,
        train=parsed.train._replace(labels=targets[0], weights=w),
        test=parsed.test and parsed.test._replace(labels=targets[1]),
        class_names=names,
    )
    dataset = assemble("arrays", parsed, task=config.task)
    return classes, settle_gaps(dataset, config.data.missing)


class _BestEpoch(Observer):
    """Keeps the state of the best epoch that it was told of."""

    def __init__(self, checkpointer: Checkpointer) -> None:
        self._checkpointer = checkpointer
        self._best: Checkpoint | None = None

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        if is_best:
            self._best = self._checkpointer.take(copy=True)

    def checkpoint(self) -> Checkpoint:
        """The state to keep once the training is over: the best, or the last if there is none."""
        if self._best is None:
            return self._checkpointer.take(copy=True)
        if self._checkpointer.trainer.kept.before_recompute:
            return self._checkpointer.with_recomputed_statistics(self._best)
        return self._best
