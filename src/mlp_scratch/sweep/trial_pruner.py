"""Ends a hopeless trial: after every look at the validation rows the search is asked."""

import math
from collections.abc import Callable

from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Trainer


class Pruner(Observer):
    """Reports each look by ``ask(epoch, value)``; the training ends when that says so."""

    def __init__(self, trainer: Trainer, ask: Callable[[int, float], bool]) -> None:
        self._trainer, self._ask = trainer, ask

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        monitor = self._trainer.monitor
        if monitor is None or math.isnan(row[monitor.metric]):  # an epoch without a look
            return
        if self._ask(int(row["epoch"]), row[monitor.metric]):
            self._trainer.enough = True
