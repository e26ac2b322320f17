"""A trained network as the page computes it: its operations and what its outputs mean, as JSON.

The same operations are in ``web/forward.js``, which reads this; arrays are base64 of little-endian
float32, or float64 where a float32 would lose digits.
"""

import base64
import math
from typing import Any

import numpy as np

from mlp_scratch.errors import ConfigError
from mlp_scratch.report.cut_to_size import shortened
from mlp_scratch.runs.network_operations import Operation, operations
from mlp_scratch.runs.saved_run import TrainedNetwork

MOST_PARAMETERS = 12_000_000  # a page of 64 MB
ACTIVATIONS = (
    *("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus"),
    "identity",
)
LOSSES = {  # that a page can make answers of, by task; an autoencoder's outputs are its answer
    "classification": ("cross_entropy", "focal"),
    "multilabel": ("binary_cross_entropy",),
    "regression": (
        *("squared_error", "absolute_error", "huber", "poisson", "pinball", "gaussian_nll"),
    ),
}
KINDS = {"classification": "softmax", "multilabel": "sigmoid", "regression": "numbers"}
LONGEST_NAME = 80


def network_json(trained: TrainedNetwork) -> dict[str, Any]:
    """Normalization, steps and answers. Raises ConfigError for what the page cannot compute."""
    parameters = sum(a.size for a in trained.network.parameters.arrays().values())
    if parameters > MOST_PARAMETERS:
        raise ConfigError(
            f"--page: the network has {parameters:,} parameters; a page holds {MOST_PARAMETERS:,}"
        )
    normalizer = trained.normalizer
    return {
        "sizes": [*trained.network.sizes],
        "normalize": {name: _one(getattr(normalizer, name)) for name in ("shift", "scale")},
        "steps": [*map(_step, ops := [*operations(trained)], _titles(ops))],
        "answer": _answer(trained),
    }


def packed(array: np.ndarray, dtype: str = "<f4") -> str:
    """Base64 of an array's bytes, row after row."""
    with np.errstate(over="ignore"):
        return base64.b64encode(np.asarray(array).astype(dtype).tobytes()).decode("ascii")


def _one(array: np.ndarray) -> float | str:
    """A number for all features, or base64 of float64, one each."""
    return float(array) if array.ndim == 0 else packed(array, "<f8")


def _step(operation: Operation, title: str) -> dict[str, Any]:
    values = operation.values
    if operation.kind == "activation" and values["name"] not in ACTIVATIONS:
        raise ConfigError(
            f"activation={values['name']}: the page cannot compute it; it knows "
            f"{', '.join(ACTIVATIONS)}"
        )
    arrays = {name: packed(array) for name, array in operation.arrays.items()}
    return {"kind": operation.kind, **values, **arrays} | ({"title": title} if title else {})


def _titles(ops: list[Operation]) -> list[str]:
    """What the page calls the units behind each operation; "" for what it does not show: what
    another part of the same block still changes, and the outputs."""
    titles, last = [], ops[-1].number
    for here, after in zip(ops, [*ops[1:], None], strict=True):
        done = after is None or after.number != here.number or after.kind in ("keep", "add")
        bare = here.kind == "dense" and after is not None and after.kind == "add"
        if not done or bare or here.number == last:
            titles.append("")
        elif here.kind == "add":
            titles.append(f"layer {here.number + 1}, and what went into it")
        else:
            bend = here.values["name"].replace("_", " ") if here.kind == "activation" else "affine"
            titles.append(f"layer {here.number + 1}, {bend}")
    return titles


def _answer(trained: TrainedNetwork) -> dict[str, Any]:
    """How outputs become what is predicted, as ``Task.predictions`` has it, and its names."""
    task = trained.task
    if task.reconstructs:
        names = [] if trained.image_shape else [shortened(n, LONGEST_NAME) for n in task.names]
        return {"kind": "inputs", "names": names, "offset": _one(trained.normalizer.offset)}
    if task.loss_name not in LOSSES[task.name]:
        raise ConfigError(
            f"loss={task.loss_name}: the page does not know what its outputs mean; it knows "
            f"{', '.join(LOSSES[task.name])}"
        )
    names = task.columns() if task.name == "regression" else [*task.names]
    said: dict[str, Any] = {
        "kind": KINDS[task.name],
        "names": [shortened(name, LONGEST_NAME) for name in names],
    }
    return said | _units(trained) if task.name == "regression" else said


def _units(trained: TrainedNetwork) -> dict[str, Any]:
    """Of each output: how it is bent, and (scale, shift) into the target's own unit."""
    task, bends = trained.task, ["identity"]
    per_target = task.outputs // len(task.names)
    scale, shift = (np.repeat(a, per_target) for a in (task.scale, task.shift))
    if task.loss_name == "poisson":
        bends = ["exp"]
    elif task.loss_name == "gaussian_nll":
        bends, shift = ["identity", "deviation"], shift * np.tile([1.0, 0.0], len(task.names))
    return {
        "bends": bends if len(bends) == per_target else bends * per_target,
        "floor": math.log(task.hyperparameters.get("eps", 1.0)),
        "scale": packed(scale, "<f8"),
        "shift": packed(shift, "<f8"),
    }
