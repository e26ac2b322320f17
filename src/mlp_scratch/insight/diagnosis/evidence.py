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

from mlp_scratch.engine.rows import Rows
from mlp_scratch.insight.layers.layer_records import LayerTable
from mlp_scratch.insight.rows_at_hand import RowsAtHand
from mlp_scratch.runs.metrics_file import Columns

Floats = NDArray[np.float64]
_UNUSED = (None, 0, False, "none")
_ALWAYS_CHOSEN = ("activation", "model.init", "optim", "loss", "data.normalize")


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

    def penalty(self, key: str) -> float:
        """A number of the config's ``regularization``, of one for each layer the largest; or 0."""
        value = self.config.get(f"regularization.{key}") or 0.0
        return max(value, default=0.0) if isinstance(value, list) else float(value)

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


def inputs(rows: Rows) -> NDArray[np.float32]:
    """(n, features) as the network takes them."""
    x = rows.fetch(np.arange(len(rows)))
    return rows.normalizer.apply(x, np.empty(x.shape, np.float32))


def entropy(shares: Floats) -> float:
    """In nats, of shares that add up to 1."""
    there = shares[shares > 0]
    return float(-(there * np.log(there)).sum())
