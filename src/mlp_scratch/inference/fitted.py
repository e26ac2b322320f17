"""A trained network that answers for arrays: labels, probabilities, loss and accuracy."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.data.features import as_features
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.evaluation import evaluate, predict_probabilities
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import DataError
from mlp_scratch.experiment.array_labels import indices_of
from mlp_scratch.experiment.blas import blas
from mlp_scratch.runs.saved_run import TrainedNetwork, network_of

FLOAT32 = np.dtype(np.float32)


class Fitted:
    """A checkpoint at work. classes: the labels in the order of the probabilities.

    Raises CheckpointError when the checkpoint holds no network.
    """

    def __init__(self, checkpoint: Checkpoint, classes: np.ndarray) -> None:
        self.checkpoint, self.classes = checkpoint, classes
        self._networks: dict[np.dtype, TrainedNetwork] = {}
        self._network(FLOAT32)

    def probabilities(self, X: ArrayLike, dtype: np.dtype) -> np.ndarray:
        """Class probabilities (n, classes), computed in ``dtype``."""
        x = self._features(X)
        with blas().limited(1):  # a second thread does not pay for blocks of rows
            return probabilities_of(self._network(dtype), x)

    def evaluate(self, X: ArrayLike, y: ArrayLike) -> tuple[float, float]:
        """Mean cross-entropy and accuracy on labelled rows."""
        labels, x = indices_of(y, self.classes), self._features(X)
        if len(labels) != len(x):
            raise DataError(f"X has {len(x)} rows but y has {len(labels)} labels")
        trained = self._network(FLOAT32)
        with blas().limited(1):
            return evaluate(trained.network, Rows(x, labels, trained.normalizer))

    def _features(self, X: ArrayLike) -> np.ndarray:
        x, _ = as_features(np.asarray(X), "X")
        if x.shape[1] != (taken := self.checkpoint.meta["sizes"][0]):
            raise DataError(f"X: {x.shape[1]} features, but the network takes {taken}")
        return x

    def _network(self, dtype: np.dtype) -> TrainedNetwork:
        """The trained network in ``dtype``, built once."""
        if dtype not in self._networks:
            saved = self.checkpoint
            arrays = {
                name: a if name in ("shift", "scale") or a.dtype.kind != "f" else a.astype(dtype)
                for name, a in saved.arrays.items()
            }
            self._networks[dtype] = network_of(Checkpoint(arrays, saved.meta), "the network")
        return self._networks[dtype]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_networks": {}}  # made anew from the checkpoint when needed


def probabilities_of(trained: TrainedNetwork, x: np.ndarray) -> np.ndarray:
    """Class probabilities (n, classes) for rows (n, features) as stored in the data's files."""
    return predict_probabilities(
        trained.network, Rows(x, np.zeros(len(x), np.intp), trained.normalizer)
    )
