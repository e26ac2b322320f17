"""Every loss with arguments that matter, and our side of the training compared with PyTorch's.

Training: SGD on a [6, 5, outputs] tanh network, 50 steps in batches of 16 out of 64 rows.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from torch_cases import BATCH, ROWS, STEPS, STEPS_PER_EPOCH

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import PLAIN, Kernels
from mlp_scratch.nn.losses import LOSSES
from mlp_scratch.nn.network import Network

# case: (loss, its arguments)
LOSS_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "cross_entropy": ("cross_entropy", {}),
    "cross_entropy_smoothed": ("cross_entropy", {"label_smoothing": 0.1}),
    "focal": ("focal", {"gamma": 1.7}),
    "focal_half": ("focal", {"gamma": 0.5}),
    "binary_cross_entropy": ("binary_cross_entropy", {}),
    "squared_error": ("squared_error", {}),
    "absolute_error": ("absolute_error", {}),
    "huber": ("huber", {"delta": 0.6}),
    "poisson": ("poisson", {}),
    "gaussian_nll": ("gaussian_nll", {"eps": 1e-6}),
    "gaussian_nll_cut": ("gaussian_nll", {"eps": 0.8}),  # most variances are below
    "pinball": ("pinball", {"quantiles": [0.1, 0.4, 0.8]}),
    "pinball_median": ("pinball", {"quantiles": [0.5]}),
}
WEIGHTINGS = ("none", "weights", "zeros")
K = 2  # targets of a regression
CLASSES = 4
LR = 0.2
KEPT = (0, 9, 49)  # steps whose parameters are compared


def made(case: str, kernels: Kernels) -> Any:
    name, args = LOSS_CASES[case]
    return kernels.of(LOSSES[name])(**args)


def weights_of(weighting: str, rows: int) -> np.ndarray | None:
    """(rows,) weights that say nothing of the targets; "zeros" has every third row without."""
    if weighting == "none":
        return None
    weights = 0.2 + np.arange(rows) * 7 % 10 / 4
    if weighting == "zeros":
        weights[::3] = 0.0
    return weights


def targets_of(loss: Any, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Targets that suit the loss, from numbers (rows, CLASSES)."""
    if loss.task == "classification":
        return signal.argmax(axis=1)
    if loss.task == "multilabel":
        return (signal > 0.2).astype(np.int8)
    numbers = signal[:, :K]
    return rng.poisson(np.exp(0.7 * numbers)) * 1.0 if loss.scaling == "mean" else numbers


def outputs_of(loss: Any) -> int:
    return K * loss.per_target if loss.task == "regression" else CLASSES


def drawn(case: str, kernels: Kernels, rows: int = 7) -> tuple[Any, np.ndarray, np.ndarray]:
    """A loss, outputs and targets."""
    loss, rng = made(case, kernels), np.random.default_rng(0)
    outputs = 1.5 * rng.standard_normal((rows, outputs_of(loss)))
    return loss, outputs, targets_of(loss, rng.standard_normal((rows, CLASSES)), rng)


def loss_problem(case: str) -> dict[str, np.ndarray]:
    """Rows, targets and first parameters; they are recorded too, so that streams may change."""
    loss, rng = made(case, PLAIN), np.random.default_rng(21)
    x = rng.standard_normal((ROWS, 6))
    signal = np.tanh(x[:, :CLASSES]) + 0.4 * rng.standard_normal((ROWS, CLASSES))
    given = {"x": x, "targets": targets_of(loss, signal, rng)}
    sizes = (6, 5, outputs_of(loss))
    for layer, shape in enumerate(pairwise(sizes)):
        given[f"W{layer}"] = rng.normal(0, 0.4, shape)
        given[f"b{layer}"] = rng.normal(0, 0.4, shape[1])
    return given


def train_with(
    case: str, weighting: str, given: dict[str, np.ndarray], dtype: type, kernels: Kernels
) -> dict[str, np.ndarray]:
    """Our run: parameters at the kept steps, and losses."""
    loss = made(case, kernels)
    sizes = (6, *given["W1"].shape)
    network = Network(
        sizes,
        kernels.of(ACTIVATIONS["tanh"])(),
        rng=np.random.default_rng(0),
        dtype=dtype,
        kernels=kernels,
    )
    params = network.parameters
    for name in params.names:
        params.value(name)[...] = given[name]
    x, targets, weights = given["x"].astype(dtype), given["targets"], weights_of(weighting, ROWS)
    if loss.task == "regression":
        targets = targets.astype(dtype)
    kept, losses = [], []
    for step in range(STEPS):
        start = step % STEPS_PER_EPOCH * BATCH
        batch = slice(start, start + BATCH)
        value, slopes = loss(
            network.forward(x[batch], training=True),
            targets[batch],
            weights=None if weights is None else weights[batch],
        )
        network.backward(slopes)
        params.values -= dtype(LR) * params.grads
        losses.append(value)
        if step in KEPT:
            kept.append(params.values.copy())
    return {"params": np.array(kept), "losses": np.array(losses)}
