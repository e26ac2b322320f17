"""What adds up over the steps of an epoch, and the columns of the table of epochs."""

from dataclasses import dataclass

TIMINGS = ("seconds", "samples_per_second")  # not in a checkpoint: they are never the same twice


@dataclass
class EpochSums:
    """Of the epoch under way: sums over the rows so far.

    loss: of the rows' losses. correct: rows that were right. seen: rows. seconds: of training.
    """

    loss: float = 0.0
    correct: int = 0
    seen: int = 0
    seconds: float = 0.0

    def add(self, mean_loss: float, correct: int, rows: int) -> None:
        """Take in a batch."""
        self.loss += mean_loss * rows
        self.correct += correct
        self.seen += rows

    @property
    def mean_loss(self) -> float:
        return self.loss / self.seen


def columns(evaluates_training_rows: bool, has_validation_rows: bool) -> list[str]:
    """Names of an epoch's metrics, in the order of a row.

    grad_norm is that of the epoch's last batch, after penalties and clipping; weight_norm that of
    the weights, without biases, at the end.
    """
    names = ["epoch", "step", "lr", "train_loss", "train_accuracy"]
    if evaluates_training_rows:
        names += ["train_eval_loss", "train_eval_accuracy"]
    if has_validation_rows:
        names += ["val_loss", "val_accuracy"]
    return [*names, "grad_norm", "weight_norm", *TIMINGS]
