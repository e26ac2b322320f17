"""A trained network that answers for arrays: predictions, loss and metrics."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch import blas
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.evaluation import evaluate, predict
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import DataError
from mlp_scratch.experiment.array_labels import indices_of, numbers_of, weights_of
from mlp_scratch.inference.trained_features import array_features
from mlp_scratch.runs.saved_run import TrainedNetwork, in_dtype, network_of

FLOAT32 = np.dtype(np.float32)


class Fitted:
    """A checkpoint at work. classes: the labels in the order of the probabilities, empty where the
    network tells no classes apart.

    Raises CheckpointError when the checkpoint holds no network.
    """

    def __init__(self, checkpoint: Checkpoint, classes: np.ndarray) -> None:
        self.checkpoint, self.classes = checkpoint, classes
        self._networks: dict[np.dtype, TrainedNetwork] = {}
        self._network(FLOAT32)

    @property
    def task(self) -> Task:
        """What the network's outputs mean."""
        return self._network(FLOAT32).task

    def predictions(self, X: ArrayLike, dtype: np.dtype) -> np.ndarray:
        """``Task.predictions`` of each row, computed in ``dtype``."""
        x, trained = array_features(self._network(FLOAT32), X), self._network(dtype)
        with blas.limit_threads(1):  # a second thread does not pay for blocks of rows
            predictions = predictions_of(trained, x)
        return trained.normalizer.undo(predictions) if trained.task.reconstructs else predictions

    def evaluate(
        self, X: ArrayLike, y: ArrayLike | None, weights: ArrayLike | None = None
    ) -> dict[str, float]:
        """Mean loss and the metrics of a test, on rows whose targets are known."""
        trained = self._network(FLOAT32)
        x = array_features(trained, X)
        if trained.task.reconstructs or y is None:
            y = np.zeros(len(x), np.intp)
        elif len(self.classes):
            y = indices_of(y, self.classes)
        else:
            y = numbers_of(y, trained.task)
        if len(y) != len(x):
            raise DataError(f"X has {len(x)} rows but y has {len(y)} labels")
        w = None if weights is None else weights_of(weights, len(x))
        rows = Rows(x, trained.task.targets(y, np.float64), trained.normalizer, all_weights=w)
        with blas.limit_threads(1):
            return evaluate(trained.network, rows, trained.task, trained.task.tested)

    def _network(self, dtype: np.dtype) -> TrainedNetwork:
        """The trained network in ``dtype``, built once."""
        if dtype not in self._networks:
            self._networks[dtype] = network_of(in_dtype(self.checkpoint, dtype), "the network")
        return self._networks[dtype]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_networks": {}}  # made anew from the checkpoint when needed


def predictions_of(trained: TrainedNetwork, x: np.ndarray) -> np.ndarray:
    """``Task.predictions`` for rows (n, features) as stored in the data's files."""
    rows = Rows(x, np.zeros(len(x), np.intp), trained.normalizer)
    return predict(trained.network, rows, trained.task)


def reconstruction_errors(
    trained: TrainedNetwork, x: np.ndarray, predictions: np.ndarray
) -> list[float]:
    """Mean squared error of each row, of inputs as the network takes them."""
    inputs = trained.normalizer.apply(x, np.empty(x.shape, np.float64))
    return [float(error) for error in ((inputs - predictions) ** 2).mean(axis=1)]
