"""The numbers that the training loop works by, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How to train: the numbers of ``training`` and ``regularization`` that the loop itself uses.

    batch_size: rows a step (None: all). clip_norm, max_norm: limits, or None. l1, l2: strengths.
    balanced: each class is drawn as often as the others. eval_every: epochs between validations.
    seed: of the batches' order. bn_recompute: at the end, batch normalization's statistics anew
    over all training rows. freeze: how many of the first layers stay as they are.
    """

    epochs: int
    batch_size: int | None
    seed: int
    drop_last: bool = False
    balanced: bool = False
    eval_every: int = 1
    eval_train: bool = False
    l1: float = 0.0
    l2: float = 0.0
    max_norm: float | None = None
    clip_norm: float | None = None
    checkpoint_every_steps: int | None = None
    bn_recompute: bool = False
    freeze: int = 0

    @property
    def order_seed(self) -> int | None:
        """Of an epoch's order; None where all rows make one step, which takes them as they are."""
        return self.seed if self.balanced or self.batch_size else None
