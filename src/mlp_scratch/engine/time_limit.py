"""An end by the clock: no further epoch once the training has taken so many seconds.

The epoch under way is finished, so what was trained is the beginning of what is trained
without the limit, to the bit, and takes longer than the limit by less than an epoch.
"""

from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Trainer


class TimeLimit(Observer):
    """Tells ``trainer`` that it is enough once its epochs took ``limit`` seconds (None: never).

    Attributes:
        seconds: that the epochs done took, without validation and checkpoints.
    """

    def __init__(self, trainer: Trainer, limit: float | None) -> None:
        self._trainer, self.limit = trainer, limit
        self.seconds = 0.0

    def spend(self, seconds: float) -> None:
        """Count what was spent: an epoch's, or those of an earlier session."""
        self.seconds += seconds
        self._trainer.enough |= self.reached

    @property
    def reached(self) -> bool:
        return self.limit is not None and self.seconds >= self.limit

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        self.spend(row["seconds"])
