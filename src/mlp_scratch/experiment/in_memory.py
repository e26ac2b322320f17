"""Training on arrays that somebody holds in memory: no folder, no file, the same loop."""

import contextlib
import copy
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset, Parsed, assemble
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Diverged, Trainer
from mlp_scratch.engine.worker_count import shareable, thread_count
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.experiment.array_labels import labels_of
from mlp_scratch.experiment.blas import blas
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.warm_start import resolve_init_from, warm_start
from mlp_scratch.runs.console import Console, Terminal, heard_by
from mlp_scratch.runs.recorder import snapshot, with_recomputed_statistics

Labelled = tuple[ArrayLike, ArrayLike]  # X (n, features), y (n,)


def train_in_memory(
    config: ExperimentConfig, rows: Labelled, validation: Labelled | None, verbose: bool
) -> tuple[Checkpoint, np.ndarray, list[dict[str, float]]]:
    """Train as ``config`` says; the state to keep, the classes, and a row of metrics an epoch.

    The state is that of the best epoch where there is ``patience``, otherwise of the last.
    Raises DataError, ConfigError, or MlpScratchError when the training diverges.
    """
    asked, config = config, copy.deepcopy(config)
    classes, dataset = _dataset(config, rows, validation)
    training = config.training
    if validation is not None:
        training.validation_fraction = 0.0
    with heard_by(*([Terminal()] if verbose else [])):
        experiment = build(config, dataset, validate_on_test=validation is not None)
        trainer, network = experiment.trainer, experiment.network
        if config.model.init_from is not None:
            resolve_init_from(config)
            warm_start(network, config.model.init_from)
    threads = thread_count(
        training.threads, trainer.batch_size, network.parameters.size, shareable(network)
    )
    said = {"threads": threads, "config": asdict(asked), "labels": classes.tolist()}
    keeper = _BestEpoch(trainer, experiment.identity | said, experiment.normalizer.arrays())
    observers: list[Observer] = [experiment.time_limit]
    if training.early_stopping.patience is not None:
        observers.append(keeper)
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(blas().limited(trainer.share(threads, blas().small_product)))
            stack.enter_context(contextlib.closing(trainer))
            if verbose:
                stack.enter_context(heard_by(Terminal()))
                observers.append(stack.enter_context(contextlib.closing(Console(training.epochs))))
            trainer.run(observers)
    except Diverged as error:
        raise MlpScratchError(
            f"{error}; try a smaller lr, clip_norm=1, or normalize='standardize'"
        ) from error
    return keeper.checkpoint(), classes, trainer.history


def _dataset(
    config: ExperimentConfig, rows: Labelled, validation: Labelled | None
) -> tuple[np.ndarray, Dataset]:
    """(classes, data set); the validation rows, if given, stand in the place of the test rows."""
    labels = [labels_of(pair[1]) for pair in (rows, validation) if pair is not None]
    classes = np.unique(np.concatenate(labels))
    asked = config.model.layers[-1]
    if classes.dtype.kind in "iu" and asked and classes[0] >= 0 and classes[-1] < asked:
        classes = np.arange(asked)  # some of which these rows may not hold
    indices = [np.searchsorted(classes, part) for part in labels]
    parsed = Parsed(
        x_train=np.asarray(rows[0]),
        labels_train=indices[0],
        train="X",
        x_test=None if validation is None else np.asarray(validation[0]),
        labels_test=None if validation is None else indices[1],
        test="validation_data",
        class_names=tuple(map(str, classes)),
        source="arrays in memory",
    )
    return classes, assemble("arrays", parsed)


class _BestEpoch(Observer):
    """Keeps the state of the best epoch that it was told of."""

    def __init__(
        self, trainer: Trainer, meta: dict[str, Any], constants: dict[str, np.ndarray]
    ) -> None:
        self._trainer, self._meta, self._constants = trainer, meta, constants
        self._best: Checkpoint | None = None

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        if is_best:
            self._best = snapshot(self._trainer, self._meta, self._constants, copy=True)

    def checkpoint(self) -> Checkpoint:
        """The state to keep once the training is over: the best, or the last if there is none."""
        if self._best is None:
            return snapshot(self._trainer, self._meta, self._constants, copy=True)
        if self._trainer.kept.before_recompute:
            return with_recomputed_statistics(self._best, self._trainer)
        return self._best
