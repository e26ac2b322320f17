"""Takes checkpoints of a training while it goes on."""

from typing import Any

import numpy as np

from mlp_scratch.engine.checkpoint import FORMAT, Checkpoint
from mlp_scratch.engine.checkpoint.training_state import arrays_of, values_of
from mlp_scratch.engine.epoch_sums import TIMINGS
from mlp_scratch.engine.trainer import Trainer


class Checkpointer:
    """identity, constants: what each checkpoint must say, and the arrays it must hold, beside the
    state of ``trainer``.

    The history so far, without timings, is kept as an array that takes in only what is new since
    the last call: a run of many epochs would otherwise spend its time on copying its past.
    """

    def __init__(
        self, trainer: Trainer, identity: dict[str, Any], constants: dict[str, np.ndarray]
    ) -> None:
        self.trainer, self._identity, self._constants = trainer, identity, constants
        self._columns = [column for column in trainer.columns if column not in TIMINGS]
        self._history = np.empty((16, len(self._columns)))
        self._n = 0

    def take(self, *, copy: bool) -> Checkpoint:
        """The state as it is; without ``copy`` its arrays change with the next step."""
        arrays = arrays_of(self.trainer)
        if copy:
            arrays = {name: array.copy() for name, array in arrays.items()}
        said = {"history_columns": self._columns, "trainer": values_of(self.trainer)}
        meta = {"format": FORMAT, **self._identity, **said}
        return Checkpoint({**arrays, **self._constants, "history": self._epochs()}, meta)

    def _epochs(self) -> np.ndarray:
        """(epochs, columns) float64, valid for good: the trainer's history only ever grows."""
        rows = self.trainer.history
        if len(rows) > len(self._history):
            grown = np.empty((max(len(rows), 2 * len(self._history)), len(self._columns)))
            grown[: self._n] = self._history[: self._n]
            self._history = grown
        for i in range(self._n, len(rows)):
            self._history[i] = [rows[i][column] for column in self._columns]
        self._n = len(rows)
        return self._history[: self._n]

    def with_recomputed_statistics(self, checkpoint: Checkpoint) -> Checkpoint:
        """One of its checkpoints, its statistics computed anew as the last one's were."""
        statistics = self.trainer.kept.recomputed_statistics(checkpoint.arrays)
        return Checkpoint({**checkpoint.arrays, **statistics}, checkpoint.meta)
