"""What adds up over the steps of an epoch, and the columns of the table of epochs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # who reads a table of epochs needs no network
    from mlp_scratch.engine.task import Task

TIMINGS = ("seconds", "samples_per_second")  # not in a checkpoint: they are never the same twice


@dataclass
class EpochSums:
    """Of the epoch under way: sums over the rows so far.

    loss: of the rows' losses, times their weights. correct: rows that were right. seen: rows.
    weight: of all of these, or None where each counts alike. seconds: of training.
    """

    loss: float = 0.0
    correct: int = 0
    seen: int = 0
    weight: float | None = None
    seconds: float = 0.0

    def add(self, mean_loss: float, correct: int, rows: int, weight: float | None = None) -> None:
        """Take in a batch."""
        self.loss += mean_loss * (rows if weight is None else weight)
        self.correct += correct
        self.seen += rows
        if weight is not None:
            self.weight = (self.weight or 0.0) + weight

    @property
    def mean_loss(self) -> float:
        return self.loss / (self.seen if self.weight is None else self.weight or 1.0)


def columns(task: "Task", evaluates_training_rows: bool, has_validation_rows: bool) -> list[str]:
    """Names of an epoch's metrics, in the order of a row.

    Of the training rows the loss, as it is minimized but without penalties, and what of them was
    right, without weights, are running sums over the batches; the rest is looked at afterwards.
    grad_norm is that of the epoch's last batch, after penalties and clipping; weight_norm that of
    the weights, without biases, at the end.
    """
    names = ["epoch", "step", "lr", "train_loss"]
    if task.counted:
        names.append(f"train_{task.counted}")
    if evaluates_training_rows:
        names += [f"train_eval_{name}" for name in ("loss", *task.metrics)]
    if has_validation_rows:
        names += [f"val_{name}" for name in ("loss", *task.metrics)]
    return [*names, "grad_norm", "weight_norm", *TIMINGS]
