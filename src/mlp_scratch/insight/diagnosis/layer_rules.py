"""Rules on what happens in the layers, from ``layers.csv``."""

import numpy as np

from mlp_scratch.insight.diagnosis.evidence import Evidence
from mlp_scratch.insight.diagnosis.finding import Finding, percent
from mlp_scratch.insight.diagnosis.learning_rules import usual_rate

LEAST_LAYERS = 4  # with fewer, depth is no explanation
FAINT, FIERCE = 1e-3, 1e3  # relative gradient of the first layer in units of the last one's
DEAD, SATURATED = 0.5, 0.5  # share of a layer's units
SLOW, FAST = 1e-5, 0.1  # update to weights, of a step


def gradients_by_depth(run: Evidence) -> Finding | None:
    """The first layers' gradients are vanishingly small, or huge, beside the last one's."""
    table = run.layers
    if table is None or table.layers < LEAST_LAYERS:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = table["grad_norm"] / table["weight_norm"]
        ratios = relative[:, 0] / relative[:, -1]
    ratios = ratios[np.isfinite(ratios)]
    if not len(ratios):
        return None
    ratio, layers = float(np.median(ratios)), table.layers
    where = f"gradient to weights in the first of {layers} layers: {ratio:.1g} of the last one's"
    if ratio < FAINT:
        return Finding("vanishing gradients", where, _steadier(run))
    if ratio > FIERCE:
        return Finding("exploding gradients", where, _steadier(run))
    return None


def _steadier(run: Evidence) -> str:
    norm = () if run.config["model.layer_norm"] else ("model.batch_norm=true",)
    if run.config["activation.name"] in ("sigmoid", "tanh"):
        return run.new("activation=relu", *norm)
    return run.new("model.init=auto", *norm, "training.clip_norm=1")


def dead_units(run: Evidence) -> Finding | None:
    """Units of a rectifier that are 0 for every row of the probe: no gradient moves them."""
    return _share_of_units(run, "dead", DEAD, "dead units", "are 0 for every row looked at")


def saturation(run: Evidence) -> Finding | None:
    """Units of a sigmoid or tanh where it is flat: little gradient passes them."""
    return _share_of_units(run, "saturated", SATURATED, "saturation", "are where it is flat")


def _share_of_units(run: Evidence, column: str, most: float, rule: str, how: str) -> Finding | None:
    table, sizes = run.layers, run.config["model.layers"]
    if table is None:
        return None
    epochs, shares = table.epochs, np.nan_to_num(table[column][:, :-1])
    if not shares.size or shares[-1].max() < most:
        return None
    layer = int(shares[-1].argmax())
    since = (
        int(epochs[np.flatnonzero(shares[:, layer] < most)[-1:] + 1][0])
        if ((shares[:, layer] < most).any())
        else int(epochs[0])
    )
    share = float(shares[-1, layer])
    which = f"{percent(share)} of the units"
    if len(sizes) == shares.shape[1] + 2:
        which = f"{round(share * sizes[layer + 1])} of {sizes[layer + 1]} units"
    text = f"{which} of hidden layer {layer + 1} {how}, since epoch {since}"
    return Finding(rule, text, _livelier(run, rule))


def _livelier(run: Evidence, rule: str) -> str:
    lr = float(run.config["optim.lr"])
    if rule == "saturation":
        return run.new("activation=relu", f"optim.lr={lr / 10:.3g}")
    if lr > 3 * usual_rate(run):
        return f"optim.lr={lr / 10:.3g}"
    return run.new("activation=leaky_relu", f"optim.lr={lr / 10:.3g}")


def rate_too_small(run: Evidence) -> Finding | None:
    """Steps so short beside the weights that the loss hardly moves."""
    table, losses = run.layers, run.curve("train_loss")
    if table is None or not len(losses) or not run.chance_loss:
        return None
    ratios = table["update_ratio"]
    stepped = ratios[np.isfinite(ratios).all(axis=1)]
    if not len(stepped):
        return None
    ratio = float(np.median(stepped, axis=1).max())
    if ratio > SLOW or losses[-1] < 0.5 * run.chance_loss:
        return None
    lr = float(run.config["optim.lr"])
    text = f"a step moves the weights by {ratio:.1g} of their size, lr {lr:g}"
    return Finding("learning rate too small", text, f"optim.lr={10 * lr:.3g}")
