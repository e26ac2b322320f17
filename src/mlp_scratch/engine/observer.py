"""Who is told how the training goes; see ``trainer.Trainer.run``."""


class Observer:
    """Is told how the training goes. One that does not care for a message leaves it out.

    each_step: whether it wants ``on_step``, which is told to nobody else, for it is told often.
    """

    each_step = False

    def on_batch(self, epoch: int, batches_done: int, n_batches: int, mean_loss: float) -> None:
        """Some batches later (not after each one)."""

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        """An epoch is over; ``row`` holds its metrics."""

    def before_last_step(self, epoch: int) -> None:
        """One step of the epoch is left to make."""

    def on_step(self, step: int) -> None:
        """``step`` steps are done in all, and some of the epoch are left."""

    def on_step_checkpoint(self) -> None:
        """``checkpoint_every_steps`` steps have passed inside an epoch."""

    def on_save(self) -> None:
        """A checkpoint is about to be written: what is kept beside it must be no older."""
