"""The metrics by their names, and what is known of each: its direction and its unit.

``METRICS`` is a plain dict, as the optimizers' is: one of one's own is a function and an entry.
What is looked at in an epoch or a test carries a prefix: ``val_rmse``, ``test_macro_f1``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from mlp_scratch.engine.metrics.class_metrics import (
    accuracy,
    balanced_accuracy,
    macro_f1,
    micro_f1,
    subset_accuracy,
    top_k_accuracy,
)
from mlp_scratch.engine.metrics.number_metrics import mae, poisson_deviance, r2, rmse
from mlp_scratch.engine.metrics.probability_metrics import (
    average_precision,
    brier,
    calibration_error,
    log_loss,
    roc_auc,
)

_PREFIXES = ("train_eval_", "train_", "val_", "test_")
_LOW = ("loss", "error", "seconds", "norm", "parameters")  # ends of other names: small is good


@dataclass(frozen=True)
class Metric:
    """A number that says how good predictions are.

    function: (predictions, targets, weights) -> float, see ``class_metrics``,
    ``probability_metrics`` and ``number_metrics`` for their shapes. tasks: that it makes sense for.
    better: "max" or "min". unit: "share" (of 1, shown in percent), "target" (the target's own), or
    "number".
    """

    function: Callable[[np.ndarray, np.ndarray, np.ndarray | None], float]
    tasks: tuple[str, ...]
    better: str
    unit: str = "number"


_CLASSES, _LABELS, _NUMBERS = ("classification",), ("multilabel",), ("regression",)

METRICS: dict[str, Metric] = {
    "accuracy": Metric(accuracy, _CLASSES, "max", "share"),
    "balanced_accuracy": Metric(balanced_accuracy, _CLASSES, "max", "share"),
    "macro_f1": Metric(macro_f1, _CLASSES + _LABELS, "max", "share"),
    "micro_f1": Metric(micro_f1, _LABELS, "max", "share"),
    "top_2_accuracy": Metric(partial(top_k_accuracy, k=2), _CLASSES, "max", "share"),
    "top_3_accuracy": Metric(partial(top_k_accuracy, k=3), _CLASSES, "max", "share"),
    "top_5_accuracy": Metric(partial(top_k_accuracy, k=5), _CLASSES, "max", "share"),
    "subset_accuracy": Metric(subset_accuracy, _LABELS, "max", "share"),
    "log_loss": Metric(log_loss, _CLASSES, "min"),
    "brier": Metric(brier, _CLASSES, "min"),
    "calibration_error": Metric(calibration_error, _CLASSES, "min", "share"),
    "roc_auc": Metric(roc_auc, _CLASSES + _LABELS, "max"),
    "average_precision": Metric(average_precision, _CLASSES + _LABELS, "max"),
    "rmse": Metric(rmse, _NUMBERS, "min", "target"),
    "mae": Metric(mae, _NUMBERS, "min", "target"),
    "r2": Metric(r2, _NUMBERS, "max"),
    "poisson_deviance": Metric(poisson_deviance, _NUMBERS, "min"),
}


def watchable(task: str | None = None) -> tuple[str, ...]:
    """What the best epoch and early stopping may go by; None: of any task."""
    fitting = (name for name, metric in METRICS.items() if task is None or task in metric.tasks)
    return ("val_loss", *(f"val_{name}" for name in fitting))


def known(name: str) -> Metric | None:
    """The metric that a name such as ``val_rmse`` or ``best.val_rmse`` means, if it is one."""
    last = name.rpartition(".")[2]
    for prefix in ("", *_PREFIXES):
        if last.startswith(prefix) and (found := METRICS.get(last.removeprefix(prefix))):
            return found
    return None


def lower_is_better(name: str) -> bool:
    """Whether a small value of ``val_loss``, ``timings.total_seconds``, ``test_mae`` is good."""
    metric = known(name)
    return name.endswith(_LOW) if metric is None else metric.better == "min"


def direction(name: str) -> str:
    """ "min" or "max": what a monitor of ``name`` looks for."""
    return "min" if lower_is_better(name) else "max"


def is_share(name: str) -> bool:
    """Whether ``name`` is shown in percent."""
    metric = known(name)
    return metric is not None and metric.unit == "share"
