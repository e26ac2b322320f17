"""The metrics by their names, and what is known of each: its direction and its unit.

``METRICS`` is a plain dict, as the optimizers' is: one of one's own is a function and an entry.
What is looked at in an epoch or a test carries a prefix: ``val_rmse``, ``test_macro_f1``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlp_scratch.engine.class_metrics import accuracy
from mlp_scratch.engine.number_metrics import mae, r2, rmse

_PREFIXES = ("train_eval_", "train_", "val_", "test_")
_LOW = ("loss", "error", "seconds", "norm", "parameters")  # ends of other names: small is good


@dataclass(frozen=True)
class Metric:
    """A number that says how good predictions are.

    function: (predictions, targets, weights) -> float, see ``class_metrics`` and
    ``number_metrics`` for their shapes. tasks: that it makes sense for. better: "max" or "min".
    unit: "share" (of 1, shown in percent), "target" (the target's own), or "number".
    """

    function: Callable[[np.ndarray, np.ndarray, np.ndarray | None], float]
    tasks: tuple[str, ...]
    better: str
    unit: str = "number"


_CLASSES, _LABELS, _NUMBERS = ("classification",), ("multilabel",), ("regression",)

METRICS: dict[str, Metric] = {
    "accuracy": Metric(accuracy, _CLASSES, "max", "share"),
    "rmse": Metric(rmse, _NUMBERS, "min", "target"),
    "mae": Metric(mae, _NUMBERS, "min", "target"),
    "r2": Metric(r2, _NUMBERS, "max"),
}


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
