"""Keeps the best value of one validation metric, and counts the looks since something better.

Two questions are answered separately: which epoch was best (any improvement counts; that is the one
kept in ``best.npz``), and whether to stop early (only an improvement of more than ``min_delta``
starts the patience anew).
"""

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Monitor:
    """Watches ``metric``; ``mode`` is "max" (accuracy) or "min" (loss)."""

    metric: str
    mode: str
    patience: int | None
    min_delta: float
    best: float = field(init=False)

    def __post_init__(self) -> None:
        self.forget_best()
        self.reference = self.best  # what the next value must beat by min_delta
        self.waited = 0  # looks since the reference was beaten

    def observe(self, value: float, epoch: int) -> bool:
        """Take the metric's value after ``epoch``; return whether it is the best so far."""
        if self._beats(value, self.reference, self.min_delta):
            self.reference, self.waited = value, 0
        else:
            self.waited += 1
        is_best = self._beats(value, self.best, 0.0)
        if is_best:
            self.best, self.best_epoch = value, epoch
        return is_best

    def forget_best(self) -> None:
        """Choose the best anew from here on; early stopping is not touched."""
        self.best = -math.inf if self.mode == "max" else math.inf
        self.best_epoch = 0

    @property
    def exhausted(self) -> bool:
        """Whether ``patience`` looks in a row brought nothing better."""
        return self.patience is not None and self.waited >= self.patience

    def _beats(self, value: float, other: float, margin: float) -> bool:
        return value > other + margin if self.mode == "max" else value < other - margin

    def state(self) -> dict[str, Any]:
        """What must be saved to go on from here."""
        return {key: getattr(self, key) for key in ("best", "best_epoch", "reference", "waited")}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a saved ``state``."""
        self.best, self.best_epoch = float(state["best"]), int(state["best_epoch"])
        self.reference, self.waited = float(state["reference"]), int(state["waited"])
