"""What the description of a checkpoint must be like, and how it must fit the arrays beside it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mlp_scratch.cores import THREADS_ALLOWED
from mlp_scratch.data.detect_task import TASKS
from mlp_scratch.data.normalize import KINDS
from mlp_scratch.data.pictures.picture_reading import READERS
from mlp_scratch.data.tables.encoder.encoder_record import is_description, record_misfit
from mlp_scratch.nn.blocks import LARGEST_LAYER, RESIDUALS, affine_shapes
from mlp_scratch.nn.range_checks import HyperparameterError

Check = Callable[[Any], bool]


def _whole(low: int, high: int) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def _real(low: float, high: float) -> Check:
    return lambda value: type(value) in (int, float) and low <= value <= high


def _flag(value: Any) -> bool:
    return type(value) is bool


def _text(longest: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _list(check: Check, least: int = 0) -> Check:
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(check, value))


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _mapping(**checks: Check) -> Check:
    """Of these keys, and perhaps of others."""
    pairs = checks.items()
    return lambda value: isinstance(value, dict) and all(c(value.get(k)) for k, c in pairs)


_COUNT, _NUMBER = _whole(0, 1 << 62), _real(-math.inf, math.inf)
SCHEMA: dict[str, Check] = {
    "sizes": _list(_whole(1, LARGEST_LAYER), least=2),
    "class_names": _list(_text(1000)),
    "task": _or_none(
        _mapping(
            name=lambda value: value in TASKS,
            loss=_mapping(name=_text(100)),
            names=_list(_text(1 << 16), least=1),
            metrics=_list(_text(100)),
        )
    ),
    "feature_names": _or_none(_list(_text(1 << 16))),
    "columns": _or_none(is_description),
    "target_names": _or_none(_list(_text(1 << 16))),
    "ids": _or_none(_list(_text(1 << 16))),
    "image_shape": _or_none(_list(_whole(1, 1 << 16), least=2)),
    "reader": lambda value: value in (None, *READERS),
    "labels": _or_none(_list(lambda label: type(label) in (int, float, bool, str))),
    "normalize": lambda value: value in KINDS,
    "data_name": _text(1000),
    "data_digest": _text(1000),
    "activation": _mapping(name=_text(100)),
    "batch_norm": _mapping(on=_flag, eps=_real(0, 1e9), momentum=_real(0, 1)),
    "structure": _or_none(
        _mapping(
            activations=_or_none(_list(_mapping(name=_text(100)), least=1)),
            layer_norm=_flag,
            ln_eps=_real(0, 1e9),
            residual=lambda value: value in RESIDUALS,
            mup=_or_none(_mapping(base_width=_whole(1, LARGEST_LAYER), scale_free=_flag)),
        )
    ),
    "threads": _whole(*THREADS_ALLOWED),
    "numerics": _or_none(_COUNT),
    "history_columns": _list(_text(1000), least=2),
    "experiment": _mapping(training=_or_none(_mapping())),
    "trainer": _mapping(
        **dict.fromkeys(("epoch", "batch", "step", "seen", "correct"), _COUNT),
        **dict.fromkeys(("optimizer_steps", "average_updates"), _COUNT),
        loss_sum=lambda value: type(value) in (int, float),
        learning_rate=_mapping(),
        monitor=_or_none(
            _mapping(best=_NUMBER, best_epoch=_COUNT, reference=_NUMBER, waited=_COUNT)
        ),
    ),
}


def misfit(meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> str | None:
    """What of a checkpoint does not go together with its layers, if anything."""
    sizes, shape, names = meta["sizes"], meta.get("image_shape"), meta.get("feature_names")
    try:
        pairs = affine_shapes(sizes, (meta.get("structure") or {}).get("residual", "none"))
    except HyperparameterError as error:
        return str(error)
    task = meta.get("task") or {"name": "classification"}
    for k, pair in enumerate(pairs):
        for name, wanted in ((f"W{k}", pair), (f"b{k}", pair[1:])):
            array = arrays.get(name)
            if array is None or array.shape != wanted or array.dtype not in ("f4", "f8"):
                return name
    constants: dict[str, Any] = dict.fromkeys(("shift", "scale"), ((), (sizes[0],)))
    if "offset" in arrays:  # or nothing was taken off
        constants["offset"] = constants["shift"]
    if task["name"] == "regression":
        constants |= dict.fromkeys(("target_shift", "target_scale"), ((len(task["names"]),),))
    for name, shapes in constants.items():
        array = arrays.get(name)
        if array is None or array.shape not in shapes or array.dtype != np.float64:
            return name
        if not np.isfinite(array).all():
            return name
    if task["name"] == "classification" and len(meta["class_names"]) != sizes[-1]:
        return f"{len(meta['class_names'])} class names"
    if meta.get("labels") is not None and len(meta["labels"]) != sizes[-1]:
        return f"{len(meta['labels'])} labels"
    if shape is not None and (len(shape) > 3 or math.prod(shape) != sizes[0]):
        return f"images of {shape}"
    if meta.get("reader") is not None:
        grey = shape is not None and len(shape) == 2
        coloured = shape is not None and shape[2:] == [3] and meta["reader"] != "ink"
        if not grey and not coloured:
            return f"pictures of {shape} by reader {meta['reader']}"
    if names is not None and len(names) != sizes[0]:
        return f"{len(names)} names of features"
    if what := record_misfit(meta.get("columns"), arrays, sizes[0]):
        return what
    return None if _history_fits(meta, arrays.get("history")) else "history"


def _history_fits(meta: dict[str, Any], history: np.ndarray | None) -> bool:
    """Whether the history has a row for each epoch done, numbered from 1, under its columns."""
    columns, epochs = meta["history_columns"], meta["trainer"]["epoch"]
    if columns[:2] != ["epoch", "step"] or history is None or history.dtype != np.float64:
        return False
    if history.shape != (epochs, len(columns)):
        return False
    numbered = history[:, 0] == np.arange(1, len(history) + 1)
    return bool(numbered.all() and np.isfinite(history[:, 1]).all())
