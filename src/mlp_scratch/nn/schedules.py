"""How the learning rate changes during training.

A schedule is a pure function of the step: it returns the factor that the base learning rate is
multiplied by, 1.0 meaning the base rate itself. ``step`` counts the optimizer's steps from 0 and
goes on counting across epochs, of ``steps_per_epoch`` each; ``total_steps`` is its horizon.
``plateau`` alone is different: it looks at a metric, and so has a memory.
"""

import math
from typing import Any

from mlp_scratch.nn.range_checks import in_interval, one_of, whole


def constant(step, steps_per_epoch, total_steps) -> float:
    """1, always."""
    return 1.0


def step(step, steps_per_epoch, total_steps, *, step_epochs: int, gamma: float) -> float:
    """gamma ** (epoch // step_epochs): a fall every few epochs. PyTorch's ``StepLR``."""
    step_epochs = whole("step_epochs", step_epochs, 1)
    gamma = in_interval("gamma", gamma, "(0, 1]")
    return gamma ** (step // steps_per_epoch // step_epochs)


def exponential(step, steps_per_epoch, total_steps, *, gamma: float) -> float:
    """gamma ** epoch: a fall after every epoch, none within it. PyTorch's ``ExponentialLR``."""
    return in_interval("gamma", gamma, "(0, 1]") ** (step // steps_per_epoch)


def cosine(step, steps_per_epoch, total_steps, *, min_factor: float) -> float:
    """Half a cosine from 1 to ``min_factor`` at ``total_steps``.

    f = min + (1 - min) (1 + cos(pi step / total)) / 2

    Loshchilov & Hutter 2017, "SGDR", equation 5 without restarts; PyTorch's ``CosineAnnealingLR``
    with ``T_max=total_steps``.
    """
    low = in_interval("min_factor", min_factor, "[0, 1]")
    progress = min(step / total_steps, 1.0)
    return low + (1.0 - low) * 0.5 * (1.0 + math.cos(math.pi * progress))


def linear(step, steps_per_epoch, total_steps, *, end_factor: float) -> float:
    """A straight line from 1 to ``end_factor`` at ``total_steps``.

    PyTorch's ``LinearLR`` with ``start_factor=1`` and ``total_iters=total_steps``.
    """
    end = in_interval("end_factor", end_factor, "[0, 1]")
    return 1.0 + (end - 1.0) * min(step / total_steps, 1.0)


def onecycle(
    step,
    steps_per_epoch,
    total_steps,
    *,
    pct_start: float,
    div_factor: float,
    final_div_factor: float,
) -> float:
    """Up from 1 / div_factor to 1, then down to 1 / (div_factor final_div_factor), both cosines.

    The rise takes the part ``pct_start`` of ``total_steps``; the last step has the smallest factor.
    Smith & Topin 2018, "Super-convergence"; PyTorch's ``OneCycleLR`` with ``max_lr`` = base rate,
    its cosine annealing, two phases, and ``cycle_momentum=False``.
    """
    pct_start = in_interval("pct_start", pct_start, "[0, 1]")
    start = 1.0 / in_interval("div_factor", div_factor, "[1, inf)")
    end = start / in_interval("final_div_factor", final_div_factor, "[1, inf)")
    peak_step = pct_start * total_steps - 1.0  # PyTorch's, fractions and all
    last_step = total_steps - 1.0
    if step <= peak_step:
        low, high, progress = start, 1.0, step / peak_step if peak_step > 0 else 1.0
    else:
        low, high = 1.0, end
        progress = (step - peak_step) / (last_step - peak_step) if step < last_step else 1.0
    return high + (low - high) * 0.5 * (1.0 + math.cos(math.pi * progress))


def warmup(step: int, warmup_steps: int, start_factor: float) -> float:
    """A straight line from ``start_factor`` to 1 in ``warmup_steps`` steps, and 1 from there on.

    Multiplies any schedule. PyTorch's ``LinearLR`` with ``end_factor=1``.
    """
    if step >= warmup_steps:
        return 1.0
    return start_factor + (1.0 - start_factor) * step / warmup_steps


class Plateau:
    """Multiply the factor by ``factor`` when a metric has stopped improving.

    After more than ``patience`` observations in a row that do not beat the best by the relative
    ``threshold``, ``value`` falls to ``max(value * factor, min_factor)`` and counting starts anew.
    PyTorch's ``ReduceLROnPlateau`` with ``threshold_mode="rel"`` and no cooldown; Keras' compares
    with an absolute ``min_delta``.

    ``value`` is the current factor; ``state()`` is a dict of numbers that ``load`` takes back.
    """

    def __init__(self, *, factor: float, patience: int, threshold: float, min_factor: float):
        self.factor = in_interval("factor", factor, "(0, 1)")
        self.patience = whole("patience", patience, 0)
        self.threshold = in_interval("threshold", threshold, "[0, 1)")
        self.min_factor = in_interval("min_factor", min_factor, "[0, 1]")
        self.value = 1.0
        self._best: float | None = None
        self._bad = 0

    def __call__(self, step, steps_per_epoch, total_steps) -> float:
        return self.value

    def observe(self, metric: float, mode: str) -> None:
        """Take in the metric once an epoch; ``mode`` is "min" or "max", what counts as better."""
        one_of("mode", mode, ("min", "max"))
        best, sign = self._best, (1.0 if mode == "min" else -1.0)
        if math.isnan(metric):
            better = False
        elif best is None:
            better = True
        else:
            better = sign * metric < sign * best * (1.0 - sign * self.threshold)
        if better:
            self._best, self._bad = float(metric), 0
            return
        self._bad += 1
        if self._bad > self.patience:
            self.value = max(self.value * self.factor, self.min_factor)
            self._bad = 0

    def state(self) -> dict[str, float | None]:
        return {"value": self.value, "best": self._best, "bad": self._bad}

    def load(self, state: dict) -> None:
        self.value, self._best, self._bad = state["value"], state["best"], int(state["bad"])


SCHEDULES: dict[str, Any] = {
    "constant": constant,
    "step": step,
    "exponential": exponential,
    "cosine": cosine,
    "linear": linear,
    "onecycle": onecycle,
    "plateau": Plateau,
}
