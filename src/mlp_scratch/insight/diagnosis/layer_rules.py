"""Rules on what happens in the layers, from ``layers.csv``."""

import numpy as np

from mlp_scratch.insight.diagnosis.evidence import Evidence
from mlp_scratch.insight.diagnosis.finding import Finding, percent
from mlp_scratch.insight.diagnosis.learning_rules import smaller_rate, usual_rate

LEAST_LAYERS = 4  # with fewer, depth is no explanation
FAINT, FIERCE = 1e-3, 1e2  # relative gradient of the first layer in units of the last one's
DEAD, SATURATED = 0.5, 0.5  # share of a layer's units
STEEP = {"tanh": 2.1, "sigmoid": 4.2}  # z beyond which the slope is below 6 % of the steepest
WIDE = 4.0  # deviations in units of it: four of five answers are flat
SLOW = 3e-5  # update to weights, of a step


def gradients_by_depth(run: Evidence) -> Finding | None:
    """The first layers' gradients are vanishingly small, or huge, beside the last one's.

    Huge ones count from the first look on: what they do is done in a few steps, and leaves units
    behind that are flat.
    """
    table = run.layers
    if table is None or table.layers < LEAST_LAYERS:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = table["grad_norm"] / table["weight_norm"]
        ratios = relative[:, 0] / relative[:, -1]
    ratios = ratios[np.isfinite(ratios)]
    if not len(ratios):
        return None
    first, usual, layers = float(ratios[0]), float(np.median(ratios)), table.layers
    where = f"gradient to weights in the first of {layers} layers: {{:.1g}} of the last one's"
    if max(first, usual) > FIERCE:
        text = where.format(max(first, usual))
        return Finding("exploding gradients", text, _steadier(run))
    if usual < FAINT:
        later = first > FAINT and run.lr > 3 * usual_rate(run)
        override = smaller_rate(run) if later else _steadier(run)
        return Finding("vanishing gradients", where.format(usual), override)
    return None


def _steadier(run: Evidence) -> str:
    norm = () if run.config["model.layer_norm"] else ("model.batch_norm=true",)
    if run.config["model.init"] != "auto":
        return "model.init=auto"
    if run.config["activation.name"] in ("sigmoid", "tanh"):
        return run.new("activation=relu", *norm)
    return run.new(*norm, "training.clip_norm=1")


def dead_units(run: Evidence) -> Finding | None:
    """Units of a rectifier that are 0 for every row of the probe: no gradient moves them."""
    return _share_of_units(run, "dead", DEAD, "dead units", "are 0 for every row looked at")


def saturation(run: Evidence) -> Finding | None:
    """Units of a sigmoid or tanh where it is flat: little gradient passes them."""
    found = _share_of_units(run, "saturated", SATURATED, "saturation", "are where it is flat")
    return found or _flat_on_either_side(run)


def _flat_on_either_side(run: Evidence) -> Finding | None:
    """Units that are flat on one side for some rows and on the other for others: what goes into
    them deviates far beyond where they are steep. Of a network that learned well it is no fault."""
    table, chance, losses = run.layers, run.chance_loss, run.curve("train_loss")
    if run.config.get("model.activations") or table is None or not chance or not len(losses):
        return None
    if losses[-1] < 0.5 * chance:
        return None
    name = str(run.config["activation.name"])
    deviations = np.where(np.isfinite(table["saturated"]), table["z_std"], 0.0)[-1, :-1]
    if name not in STEEP or not deviations.size or deviations.max() < WIDE * STEEP[name]:
        return None
    layer = int(deviations.argmax())
    text = f"what goes into hidden layer {layer + 1} deviates by {deviations[layer]:.2g}, "
    text += f"{name} is flat beyond {STEEP[name]:.2g}"
    return Finding("saturation", text, _livelier(run, "saturation"))


def _share_of_units(run: Evidence, column: str, most: float, rule: str, how: str) -> Finding | None:
    table, sizes = run.layers, run.config["model.layers"]
    if table is None:
        return None
    epochs, shares = table.epochs, np.nan_to_num(table[column][:, :-1])
    if not shares.size or shares[-2:].min(axis=0).max() < most:
        return None  # at the last two looks
    layer = int(shares[-2:].min(axis=0).argmax())
    fewer = np.flatnonzero(shares[:, layer] < most)
    since = epochs[fewer[-1] + 1 if len(fewer) else 0]
    share = float(shares[-1, layer])
    which = f"{percent(share)} of the units"
    if len(sizes) == shares.shape[1] + 2:
        which = f"{round(share * sizes[layer + 1])} of {sizes[layer + 1]} units"
    text = f"{which} of hidden layer {layer + 1} {how}, since epoch {since}"
    return Finding(rule, text, _livelier(run, rule))


def _livelier(run: Evidence, rule: str) -> str:
    slower = f"optim.lr={run.lr / 10:.3g}"
    if rule == "saturation":
        return run.new("model.init=auto", "activation=relu", slower)
    if run.lr > 3 * usual_rate(run):
        return slower
    return run.new("activation=leaky_relu", slower)


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
    if ratio > SLOW or losses[-1] < 0.5 * run.chance_loss or run.lr >= usual_rate(run):
        return None  # at the usual rate something else keeps the gradient away
    text = f"a step moves the weights by {ratio:.1g} of their size, lr {run.lr:g}"
    return Finding("learning rate too small", text, f"optim.lr={10 * run.lr:.3g}")
