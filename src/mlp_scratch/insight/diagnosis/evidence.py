"""All that the rules look at, of a run that has just ended or of a folder.

What is costly is computed when a rule asks for it, once, and on a bounded number of rows, so that
a healthy run ends with next to no delay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.engine.evaluation import predict
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.insight.layers.layer_records import LayerTable
from mlp_scratch.insight.seen_whole import evenly
from mlp_scratch.nn.network import Network
from mlp_scratch.runs.metrics_file import Columns

SAMPLE = 1000  # rows of a part that are looked at; spread evenly over it
Floats = NDArray[np.float64]
_UNUSED = (None, 0, False, "none")
_ALWAYS_CHOSEN = ("activation", "model.init", "optim", "loss", "data.normalize")


@dataclass(frozen=True, eq=False)
class RowsAtHand:
    """The run's rows, and its network as the best checkpoint has it.

    encoder: of a table, else None. image_shape: None for what is no image.
    """

    network: Network
    task: Task
    train: Rows
    validation: Rows | None
    test: Rows | None
    encoder: TableEncoder | None = None
    image_shape: tuple[int, ...] | None = None

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


@dataclass(frozen=True, eq=False)
class Evidence:
    """config: by dotted key. status: how the training ended. message: why, where it diverged.

    metrics: ``metrics.csv`` by column. test_metrics, last_test_metrics: of the best and of the last
    checkpoint. layers: ``layers.csv``, or None. rows: None
    where the data is not at hand. confusion: counts (true, predicted) of the test rows, or None.
    n_validation: how many rows the validation's metrics are of.
    """

    config: Mapping[str, Any]
    status: str
    message: str
    metrics: Columns
    layers: LayerTable | None
    rows: RowsAtHand | None
    test_metrics: Mapping[str, float] = field(default_factory=dict)
    last_test_metrics: Mapping[str, float] = field(default_factory=dict)
    confusion: NDArray[np.int64] | None = None
    n_validation: int = 0
    steps: int = 0
    names: Sequence[str] = ()

    @property
    def task(self) -> str:
        return str(self.config.get("task", "classification"))

    @property
    def lr(self) -> float:
        return float(self.config["optim.lr"])

    @property
    def of_images(self) -> bool:
        """Whether its rows are known to be some."""
        return self.rows is not None and self.rows.image_shape is not None

    def name_of(self, k: int) -> str:
        """Of a class; its number where the names are not at hand."""
        return self.names[k][:40] if k < len(self.names) else f"number {k}"

    def curve(self, name: str) -> Floats:
        """A column of the metrics, where there was a look and it is finite; perhaps empty."""
        column = self.metrics.get(name, np.empty(0))
        return column[np.isfinite(column)]

    def epochs(self, name: str) -> Floats:
        """The epochs that ``curve`` is of."""
        return self.metrics["epoch"][np.isfinite(self.metrics[name])]

    def new(self, *overrides: str) -> str:
        """The first of these overrides whose key the run does not use yet, else the last.

        A choice that every run makes (the activation) counts as used where it is the same.
        """
        for override in overrides:
            key, _, value = override.partition("=")
            held = self.config.get(key, self.config.get(f"{key}.name"))
            if held in _UNUSED or (key in _ALWAYS_CHOSEN and held != value):
                return override
        return overrides[-1]

    @property
    def tested_accuracy(self) -> float:
        """The better one of the best and the last checkpoint's; 0 where there is none."""
        tests = (self.test_metrics, self.last_test_metrics)
        return max(found.get("accuracy", 0.0) for found in tests)

    @property
    def right_elsewhere(self) -> float:
        """The accuracy on rows that were not trained on, the lower one of the best validation's and
        the test's; 0 where neither says."""
        validated, tested = self.curve("val_accuracy"), self.test_metrics.get("accuracy")
        found = [] if tested is None else [tested]
        return min([*found, float(validated.max())] if len(validated) else found, default=0.0)

    @cached_property
    def class_shares(self) -> Floats | None:
        """(classes,) of the training rows; None where nobody can tell."""
        if self.task != "classification":
            return None
        if self.rows is not None:
            counts = np.bincount(self.rows.train.labels, minlength=len(self.rows.task.names))
        elif self.confusion is not None:
            counts = self.confusion.sum(axis=1)
        else:
            return None
        return counts / max(counts.sum(), 1)

    @cached_property
    def chance_loss(self) -> float | None:
        """The training loss of the best answer that is the same for all rows.

        Of classes the entropy of their shares by weight, of squared errors the variance; None for
        losses that are neither, and where smoothing or sampling makes it another.
        """
        config, loss = self.config, self.config.get("loss.name")
        if config.get("regularization.label_smoothing") or self.rows is None:
            return None
        if config.get("training.sampler") == "balanced":
            return None
        labels, weights = self.rows.train.labels, self.rows.train.weights
        if loss == "cross_entropy":
            counts = np.bincount(labels, weights)
            return entropy(counts / counts.sum())
        if weights is not None:
            return None
        if loss == "binary_cross_entropy":
            ones = labels.mean(axis=0, dtype=np.float64)
            return float(np.mean([entropy(np.array([p, 1 - p])) for p in ones]))
        if loss != "squared_error":
            return None
        if self.task == "autoencoder":
            labels = inputs(self.rows.training_sample)
        return float(labels.var(axis=0, dtype=np.float64).mean())


def sample(rows: Rows, most: int = SAMPLE) -> Rows:
    """At most so many of the rows, evenly spread over them."""
    n = len(rows)
    return rows if n <= most else rows.part(evenly(n, most))


def inputs(rows: Rows) -> NDArray[np.float32]:
    """(n, features) as the network takes them."""
    x = rows.fetch(np.arange(len(rows)))
    return rows.normalizer.apply(x, np.empty(x.shape, np.float32))


def entropy(shares: Floats) -> float:
    """In nats, of shares that add up to 1."""
    there = shares[shares > 0]
    return float(-(there * np.log(there)).sum())
