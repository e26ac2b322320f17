"""What a network's outputs mean: the loss that they are trained by, the predictions they become."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.kernels import PLAIN, Kernels
from mlp_scratch.nn.losses import SoftmaxCrossEntropy

USUAL_LOSS = {
    "classification": "cross_entropy",
    "regression": "squared_error",
    "multilabel": "binary_cross_entropy",
    "autoencoder": "squared_error",
}
USUAL_METRICS = {  # what is looked at where nothing is said
    "classification": ("accuracy",),
    "regression": ("rmse", "mae", "r2"),
    "multilabel": ("subset_accuracy", "micro_f1", "macro_f1"),
    "autoencoder": (),
}
# at the end of a run, what is looked at beside
TESTED = {"classification": ("balanced_accuracy", "macro_f1")}
# what a row is right or wrong by, so that it can be counted while the training goes on
COUNTED = {"classification": "accuracy", "multilabel": "subset_accuracy"}


@dataclass(frozen=True, eq=False)
class Task:
    """Classes, numbers, several labels or the inputs, as ``data/targets.py`` tells them apart.

    name: one of ``TASKS``. loss: a class of ``LOSSES``, plain; loss_name, hyperparameters: as in
    the config. label_smoothing: of the training loss, where it takes any. names: of classes,
    targets or labels, or of the inputs. metrics: looked at in every validation. shift, scale (k,)
    float64: numbers are trained on as (y - shift) / scale and predicted in their own units.
    """

    name: str = "classification"
    loss_name: str = "cross_entropy"
    loss: Any = SoftmaxCrossEntropy
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    label_smoothing: float = 0.0
    metrics: tuple[str, ...] = ("accuracy",)
    shift: np.ndarray = field(default_factory=lambda: np.zeros(1))
    scale: np.ndarray = field(default_factory=lambda: np.ones(1))

    def new_loss(self, kernels: Kernels = PLAIN, training: bool = False) -> Any:
        """The loss as training has it, or as rows are judged by, without smoothing."""
        smoothed = training and self.label_smoothing
        words = (self.label_smoothing,) if smoothed else ()
        return kernels.of(self.loss)(*words, **self.hyperparameters)

    @property
    def outputs(self) -> int:
        """Units of the last layer."""
        per_target = self.new_loss().per_target if self.name == "regression" else 1
        return len(self.names) * per_target

    @property
    def reconstructs(self) -> bool:
        """Whether a row's target is the row itself, normalized as the network takes it."""
        return self.name == "autoencoder"

    @property
    def counted(self) -> str | None:
        """The metric that is counted over the batches of an epoch, if there is one."""
        return COUNTED.get(self.name)

    @property
    def tested(self) -> tuple[str, ...]:
        """The metrics of a test."""
        usual, beside = USUAL_METRICS[self.name], TESTED.get(self.name, ())
        return tuple(dict.fromkeys((*self.metrics, *usual, *beside)))

    def fitted(self, y: np.ndarray, rows: np.ndarray | None, weights: np.ndarray | None) -> "Task":
        """With shift and scale of the training rows' numbers y (n, k), as the loss wants them.

        weights (n,), or None. "standardize": mean 0 and deviation 1; "mean": numbers are divided by
        their mean, so that counts stay counts.
        """
        if rows is not None:
            y, weights = y[rows], None if weights is None else weights[rows]
        mean = np.average(y, axis=0, weights=weights)
        if self.new_loss().scaling == "mean":
            shift, scale = np.zeros_like(mean), mean
        else:
            shift = mean
            scale = np.sqrt(np.average((y - mean) ** 2, axis=0, weights=weights))
        return self.with_scale(shift, np.where(scale > 0, scale, 1.0))

    def with_scale(self, shift: np.ndarray, scale: np.ndarray) -> "Task":
        """The same, its numbers scaled otherwise."""
        return Task(**(self.__dict__ | {"shift": shift, "scale": scale}))

    def targets(self, y: np.ndarray, dtype: DTypeLike) -> np.ndarray:
        """y as in a ``Dataset`` -> as the loss takes it: classes as they are, else (n, k) of dtype.

        Raises ValueError for numbers that the loss cannot take.
        """
        if self.name in ("classification", "autoencoder"):
            return y
        if check := getattr(self.new_loss(), "check_targets", None):
            check(y)
        return ((y - self.shift) / self.scale).astype(dtype)

    def truth(self, targets: np.ndarray) -> np.ndarray:
        """What ``targets`` gave, back in its own units, to the dtype's rounding."""
        if self.name in ("classification", "autoencoder"):
            return targets
        return targets * self.scale + self.shift

    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) -> probabilities (n, classes or labels), numbers in their own units
        (n, k, per_target), or inputs (n, features), normalized as they are."""
        if self.reconstructs:
            return outputs.copy()
        loss = self.new_loss()
        predictions = loss.predictions(outputs)
        if self.name == "regression":
            return loss.in_units(predictions.astype(np.float64), self.shift, self.scale)
        return predictions

    def point(self, predictions: np.ndarray) -> np.ndarray:
        """Of ``predictions``, what metrics take: one number a target (n, k), else all of it."""
        if self.name != "regression":
            return predictions
        return predictions[:, :, self.new_loss().point]

    def interval(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Between which two numbers (n, k) each the truth mostly is, where the loss tells."""
        return self.new_loss().interval(predictions) if self.name == "regression" else None

    def columns(self) -> list[str]:
        """Names of all that is predicted, side by side."""
        suffixes = self.new_loss().columns if self.name == "regression" else ("",)
        return [f"{name} {suffix}".rstrip() for name in self.names for suffix in suffixes]

    def arrays(self) -> dict[str, np.ndarray]:
        """What a checkpoint keeps of it, beside its description."""
        if self.name != "regression":
            return {}
        return {"target_shift": self.shift, "target_scale": self.scale}
