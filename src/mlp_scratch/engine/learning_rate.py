"""The learning rate of a step: the base rate, times the warmup, times the schedule.

The warmup comes first; the schedule starts where it ends and has the remaining steps as its
horizon. The schedules themselves are the pure functions of ``nn/schedules.py``; only ``plateau``
remembers anything, because it looks at the validation metric.
"""

from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Any

from mlp_scratch.nn.schedules import SCHEDULES, Plateau, warmup


@dataclass
class LearningRate:
    """``rate(step)`` for the steps 0, 1, 2, ... of a run.

    lr: base rate. name, hyperparameters: an entry of ``SCHEDULES`` and its keywords.
    steps_per_epoch, total_steps: the run's length, the schedule's horizon.
    warmup_steps, warmup_start: linear rise from ``warmup_start * lr`` over so many steps.
    """

    lr: float
    name: str
    hyperparameters: dict[str, Any]
    _: KW_ONLY
    steps_per_epoch: int
    total_steps: int
    warmup_steps: int
    warmup_start: float

    def __post_init__(self) -> None:
        schedule: Any = partial(SCHEDULES[self.name], **self.hyperparameters)
        self.plateau: Plateau | None = None
        if self.name == "plateau":
            schedule = self.plateau = schedule()
        horizon = max(1, self.total_steps - self.warmup_steps)
        self._factor = partial(schedule, steps_per_epoch=self.steps_per_epoch, total_steps=horizon)

    def __call__(self, step: int) -> float:
        """The learning rate of ``step`` (counted from 0)."""
        if step < self.warmup_steps:
            return self.lr * warmup(step, self.warmup_steps, self.warmup_start)
        return self.lr * self._factor(step - self.warmup_steps)
