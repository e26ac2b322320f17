"""A run's rows and the network that was trained on them: what diagnosis and pictures look at."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.engine.evaluation import predict
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.nn.network import Network

SAMPLE = 1000  # rows of a part that are looked at; spread evenly over it


@dataclass(frozen=True, eq=False)
class RowsAtHand:
    """The run's rows, and its network as the best checkpoint has it.

    encoder: of a table, else None. image_shape: None for what is no image. feature_names: as the
    data has them, if it does.
    """

    network: Network
    task: Task
    train: Rows
    validation: Rows | None
    test: Rows | None
    encoder: TableEncoder | None = None
    image_shape: tuple[int, ...] | None = None
    feature_names: tuple[str, ...] = ()

    @cached_property
    def training_sample(self) -> Rows:
        return sample(self.train)

    @property
    def held_out(self) -> list[Rows]:
        """The parts that were not trained on: what validates, what tests."""
        return [part for part in (self.validation, self.test) if part is not None]

    @cached_property
    def judged(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Probabilities (n, classes) and labels (n,) of a sample of each part held out; None where
        there is none, or where the network gives no finite numbers."""
        parts = [sample(part) for part in self.held_out]
        if not parts:
            return None
        found = [predict(self.network, part, self.task) for part in parts]
        probabilities = np.concatenate(found)
        labels = np.concatenate([part.labels for part in parts])
        return (probabilities, labels) if np.isfinite(probabilities).all() else None


def sample(rows: Rows, most: int = SAMPLE) -> Rows:
    """At most so many of the rows, evenly spread over them."""
    return rows if len(rows) <= most else rows.part(evenly(len(rows), most))


def evenly(n: int, most: int) -> NDArray[np.intp]:
    """Numbers of at most ``most`` of n rows, evenly spaced."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.intp))
