"""The ranges of the keys that no object of ``nn`` or ``engine`` checks when it is made of them.

All others are stated where they are needed, in the constructors, by the checks that stand here too.
"""

from collections.abc import Callable
from typing import Any

from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.cores import THREADS_ALLOWED
from mlp_scratch.data.detect_task import TASKS
from mlp_scratch.data.division.split_column import FOLDS_ALLOWED
from mlp_scratch.data.normalize import KINDS
from mlp_scratch.data.tables.encoder.encoder import MISSING
from mlp_scratch.engine.metrics import METRICS, watchable
from mlp_scratch.nn.kernels import KERNELS
from mlp_scratch.nn.range_checks import HyperparameterError, in_interval, one_of, whole
from mlp_scratch.own_modules import import_own_modules


def _whole_or(name: str, value: Any, word: str | int, *bounds: int) -> None:
    """Raise HyperparameterError unless ``value`` is ``word`` or a whole number within bounds."""
    try:
        if value != word:
            whole(name, value, *bounds)
    except HyperparameterError as error:
        raise HyperparameterError(name, f"{error.rule}, or {word}", value) from error


def _flag_or(name: str, value: Any, word: str) -> None:
    """Raise HyperparameterError unless ``value`` is true, false or ``word``."""
    if not isinstance(value, bool) and value != word:
        raise HyperparameterError(name, f"true, false or {word}", value)


def _monitored(name: str, value: str) -> None:
    """What early stopping and the best epoch may go by."""
    if value.removeprefix("val_") not in ("loss", *METRICS):
        import_own_modules()
    one_of(name, value, ("auto", *watchable()))


def _metrics(name: str, values: list[str]) -> None:
    if not set(values) <= set(METRICS):
        import_own_modules()
    for value in values:
        one_of(name, value, tuple(METRICS))


def _class_weight(name: str, value: Any) -> None:
    """``balanced``, or a number of 0 or more by class."""
    if isinstance(value, dict):
        for label, weight in value.items():
            in_interval(f"{name}.{label}", weight, "[0, inf)")
    elif value != "balanced":
        raise HyperparameterError(name, "balanced, or weights by class: {name: 2.0}", value)


MOST_SNAPSHOTS = 200
# By dotted key; null passes, its type having allowed it
RANGES: dict[str, tuple[Callable[..., Any], *tuple[Any, ...]]] = {
    "seed": (whole, 0),
    "task": (one_of, ("auto", *TASKS)),
    "data.normalize": (one_of, KINDS),
    "data.missing": (one_of, MISSING),
    "data.rare": (whole, 1),
    "data.max_width": (whole, 1),
    "data.test_fraction": (in_interval, "[0, 1)"),
    "data.limit": (whole, 1),
    "data.n": (whole, 20, 10_000_000),
    "data.noise": (in_interval, "[0, inf)"),
    "optim.lr": (in_interval, "(0, inf)"),
    "schedule.warmup_epochs": (in_interval, "[0, inf)"),
    "schedule.warmup_start": (in_interval, "[0, 1]"),
    "schedule.total_epochs": (whole, 1),
    "regularization.l2": (in_interval, "[0, inf)"),
    "regularization.l1": (in_interval, "[0, inf)"),
    "regularization.class_weight": (_class_weight,),
    "regularization.max_norm": (in_interval, "(0, inf)"),
    "training.epochs": (whole, 0),
    "training.batch_size": (_whole_or, "full", 1),
    "training.validation_fraction": (in_interval, "[0, 1)"),
    "training.folds": (whole, *FOLDS_ALLOWED),
    "training.fold": (whole, 0),
    "training.eval_every": (whole, 1),
    "training.early_stopping.metric": (_monitored,),
    "training.early_stopping.patience": (whole, 1),
    "training.early_stopping.min_delta": (in_interval, "[0, inf)"),
    "training.clip_norm": (in_interval, "(0, inf)"),
    "training.threads": (_whole_or, "auto", *THREADS_ALLOWED),
    "training.checkpoint_every_steps": (whole, 1),
    "training.metrics": (_metrics,),
    "training.sampler": (one_of, ("shuffle", "balanced")),
    "training.max_seconds": (in_interval, "(0, inf)"),
    "training.record_layers": (_flag_or, "auto"),
    "training.snapshots": (_whole_or, 0, 2, MOST_SNAPSHOTS),
    "training.kernels": (one_of, KERNELS),
    "training.dtype": (one_of, ("float32", "float64")),
}


def check_range(key: str, value: Any) -> None:
    """Raise ConfigError where ``value`` is not what the dotted key may be; null passes."""
    check, *bounds = RANGES[key]
    if value is not None:
        with keyed(""):
            check(key, value, *bounds)
