"""The table of training runs that are compared with PyTorch, and our side of them.

A case is what makes a run differ from the plainest one: SGD on a [6, 8, 5, 4] tanh network, 50
steps in batches of 16 out of 64 rows. Constants are chosen so that each one matters: an eps of
1e-8 could be anything without a trace.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import Kernels
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.regularizers import add_l1, add_l2, clip_norm, max_norm
from mlp_scratch.nn.schedules import SCHEDULES, Plateau, warmup

SIZES = (6, 8, 5, 4)
SIZES_OF_RESIDUALS = (6, 5, 5, 4)
INVERTED = (6, 5, 20, 5, 4)  # the same with one inverted bottleneck
ROWS, BATCH, STEPS = 64, 16, 50
STEPS_PER_EPOCH = ROWS // BATCH
KEPT_STEPS = (0, 1, 2, 5, 10, 20, 30, 40, 49)  # whose parameters are compared

# What plateau gets to see, an epoch each. With threshold 0.1 and best 1.0, 0.8995 is better and
# 0.9005 is not, and 1 % more or less of the threshold would change the one or the other.
PLATEAU_METRICS = (1.0, 0.9005, 0.8995, 0.85, 0.84, 0.86, 0.7, 0.72, 0.71, 0.71, 0.73, 0.69, 0.75)


@dataclass(frozen=True)
class Case:
    optim: str = "sgd"
    lr: float = 0.3
    optim_args: dict[str, Any] = field(default_factory=dict)
    schedule: str = "constant"
    schedule_args: dict[str, Any] = field(default_factory=dict)
    warmup_args: dict[str, Any] = field(default_factory=dict)
    l1: float = 0.0
    l2: float = 0.0
    max_norm: float = 0.0
    clip_norm: float = 0.0
    label_smoothing: float = 0.0
    batch_norm: dict[str, float] = field(default_factory=dict)
    layer_norm: dict[str, float] = field(default_factory=dict)
    activation: str = "tanh"
    activation_args: dict[str, Any] = field(default_factory=dict)
    residual: str = "none"


def _adam(**changes: float) -> dict[str, float]:
    return {"beta1": 0.8, "beta2": 0.95, "eps": 0.01} | changes


def _rmsprop(**changes: Any) -> dict[str, Any]:
    return {"alpha": 0.9, "eps": 0.02, "momentum": 0.0, "centered": False} | changes


CASES = {
    "sgd": Case(),
    "momentum": Case("momentum", 0.1, {"momentum": 0.8, "dampening": 0.0}),
    "momentum_dampened": Case("momentum", 0.3, {"momentum": 0.8, "dampening": 0.3}),
    "nesterov": Case("nesterov", 0.1, {"momentum": 0.8}),
    "adam": Case("adam", 0.02, _adam()),
    "adam_usual": Case("adam", 0.01, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}),
    "adamw": Case("adamw", 0.02, _adam(weight_decay=0.5)),
    "rmsprop": Case("rmsprop", 0.02, _rmsprop()),
    "rmsprop_momentum": Case("rmsprop", 0.01, _rmsprop(momentum=0.7)),
    "rmsprop_centered": Case("rmsprop", 0.01, _rmsprop(centered=True)),
    "adagrad": Case("adagrad", 0.1, {"eps": 0.05, "initial_accumulator": 0.02, "lr_decay": 0.05}),
    "sgd_l2": Case(l2=0.05),
    "adam_l2": Case("adam", 0.02, _adam(), l2=0.05),
    "rmsprop_l2": Case("rmsprop", 0.02, _rmsprop(), l2=0.05),
    "sgd_l1": Case(l1=0.01),
    "sgd_max_norm": Case(max_norm=0.8),
    "sgd_clip_norm": Case(clip_norm=0.1),
    "sgd_label_smoothing": Case(label_smoothing=0.2),
    "step": Case(schedule="step", schedule_args={"step_epochs": 3, "gamma": 0.5}),
    "exponential": Case(schedule="exponential", schedule_args={"gamma": 0.8}),
    "cosine": Case(schedule="cosine", schedule_args={"min_factor": 0.2}),
    "linear": Case(schedule="linear", schedule_args={"end_factor": 0.2}),
    "onecycle": Case(
        schedule="onecycle",
        schedule_args={"pct_start": 0.3, "div_factor": 4.0, "final_div_factor": 3.0},
    ),
    "plateau": Case(
        schedule="plateau",
        schedule_args={"factor": 0.5, "patience": 1, "threshold": 0.1, "min_factor": 0.2},
    ),
    "warmup": Case(warmup_args={"warmup_steps": 20, "start_factor": 0.1}),
    "batch_norm": Case(batch_norm={"eps": 0.01, "momentum": 0.2}),
    "batch_norm_usual": Case("adam", 0.02, _adam(), batch_norm={"eps": 1e-5, "momentum": 0.1}),
    "layer_norm": Case(layer_norm={"eps": 0.1}),
    "layer_norm_usual": Case("adam", 0.01, _adam(), layer_norm={"eps": 1e-5}),
    "residual": Case(residual="plain"),
    "residual_layer_norm": Case(residual="plain", layer_norm={"eps": 0.01}, activation="relu"),
    "inverted": Case(
        "adam",
        0.02,
        _adam(),
        layer_norm={"eps": 0.01},
        activation="gelu",
        activation_args={"approximate": "none"},
        residual="inverted",
    ),
    "relu": Case(activation="relu"),
    "gelu": Case("adam", 0.02, _adam(), activation="gelu", activation_args={"approximate": "none"}),
}

# The groups of a case that hold hyperparameters, for the test that changes each by 1 %.
_ARGS = (
    *("optim_args", "schedule_args", "warmup_args"),
    *("batch_norm", "layer_norm", "activation_args"),
)
_NUMBERS = ("lr", "l1", "l2", "max_norm", "clip_norm", "label_smoothing")


def perturbed(case: Case) -> dict[str, Case]:
    """The case with each of its constants changed a little, by the change's name.

    1 % up and down where both are legal (what is close to 1 only goes down); a count by one; a
    choice to the other one.
    """
    changed = {}
    for name in _NUMBERS:
        value = getattr(case, name)
        if value:
            changed[f"{name}*1.01"] = replace(case, **{name: value * 1.01})
            changed[f"{name}*0.99"] = replace(case, **{name: value * 0.99})
    for group in _ARGS:
        for name, value in getattr(case, group).items():
            for label, other in _neighbours(value):
                args = getattr(case, group) | {name: other}
                changed[f"{name}{label}"] = replace(case, **{group: args})
    return changed


def _neighbours(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, bool):
        return [(f"={not value}", not value)]
    if isinstance(value, int):
        return [("+1", value + 1), ("-1", value - 1)]
    if value == "none":
        return [("=tanh", "tanh")]
    if value == 0.0:
        return [("=0.01", 0.01)]
    return [("*0.99", value * 0.99)] + ([("*1.01", value * 1.01)] if value < 0.98 else [])


def sizes(case: Case) -> tuple[int, ...]:
    """Of the case's network; where something is added, hidden layers must be of one width."""
    return SIZES if case.residual == "none" else SIZES_OF_RESIDUALS


def shapes(case: Case) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the parameters in the order of the flat buffer."""
    inverted = case.residual == "inverted"
    pairs = list(pairwise(INVERTED if inverted else sizes(case)))
    result: dict[str, tuple[int, ...]] = {f"W{k}": pair for k, pair in enumerate(pairs)}
    result |= {f"b{k}": pair[1:] for k, pair in enumerate(pairs)}
    if case.batch_norm or case.layer_norm:
        normed = {1: INVERTED[1]} if inverted else dict(enumerate(sizes(case)[1:-1]))
        for k, size in normed.items():
            result |= {f"gamma{k}": (size,), f"beta{k}": (size,)}
    return result


def problem() -> dict[str, np.ndarray]:
    """Rows, labels and first parameters; they are recorded too, so that streams may change."""
    rng = np.random.default_rng(20)
    x = rng.standard_normal((ROWS, SIZES[0]))
    labels = np.argmax(x[:, :4] + 0.5 * rng.standard_normal((ROWS, 4)), axis=1)
    given = {"x": x, "labels": labels}
    for residual in ("none", "plain", "inverted"):
        of = Case(residual=residual, layer_norm={"eps": 1.0})
        start = {name: rng.normal(0, 0.4, shape) for name, shape in shapes(of).items()}
        given |= {f"{residual}_{k}": v + k.startswith("gamma") for k, v in start.items()}
    return given


def factors(case: Case) -> list[float]:
    """Our factor of the learning rate at each step."""
    result = []
    args = case.schedule_args
    plateau = Plateau(**args) if case.schedule == "plateau" else None
    for step in range(STEPS):
        if plateau:
            factor = plateau.value
            if step % STEPS_PER_EPOCH == STEPS_PER_EPOCH - 1:
                plateau.observe(PLATEAU_METRICS[step // STEPS_PER_EPOCH], "min")
        else:
            factor = SCHEDULES[case.schedule](step, STEPS_PER_EPOCH, STEPS, **args)
        if case.warmup_args:
            factor *= warmup(step, **case.warmup_args)
        result.append(factor)
    return result


def train(
    case: Case, given: dict[str, np.ndarray], dtype: type, kernels: Kernels
) -> dict[str, np.ndarray]:
    """Our run of a case: parameters at the kept steps, losses, factors, logits in evaluation."""
    norms = {f"bn_{name}": value for name, value in case.batch_norm.items()}
    norms |= {f"ln_{name}": value for name, value in case.layer_norm.items()}
    network = Network(
        sizes(case),
        kernels.of(ACTIVATIONS[case.activation])(**case.activation_args),
        rng=np.random.default_rng(0),
        batch_norm=bool(case.batch_norm),
        layer_norm=bool(case.layer_norm),
        residual=case.residual,
        dtype=dtype,
        kernels=kernels,
        **norms,
    )
    params = network.parameters
    for name in params.names:
        params.value(name)[...] = given[f"{case.residual}_{name}"]
    optimizer = kernels.of(OPTIMIZERS[case.optim])(
        params.size, params.n_weights, dtype, **case.optim_args
    )
    loss_function = kernels.of(SoftmaxCrossEntropy)(case.label_smoothing)
    x, labels = given["x"].astype(dtype), given["labels"].astype(np.intp)
    kept, losses = [], []
    all_factors = factors(case)
    for step in range(STEPS):
        start = step % STEPS_PER_EPOCH * BATCH
        logits = network.forward(x[start : start + BATCH], training=True)
        loss, dlogits = loss_function(logits, labels[start : start + BATCH])
        network.backward(dlogits)
        if case.l1:
            kernels.of(add_l1)(params, case.l1)
        if case.l2:
            kernels.of(add_l2)(params, case.l2)
        if case.clip_norm:
            clip_norm(params.grads, case.clip_norm)
        optimizer.step(params.values, params.grads, case.lr * all_factors[step])
        if case.max_norm:
            for k in range(len(SIZES) - 1):
                max_norm(params.value(f"W{k}"), case.max_norm)
        losses.append(loss)
        if step in KEPT_STEPS:
            kept.append(params.values.copy())
    return {
        "params": np.array(kept),
        "losses": np.array(losses),
        "factors": np.array(all_factors),
        "logits": network.forward(x).copy(),
    }
