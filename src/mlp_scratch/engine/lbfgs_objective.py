"""The loss of a batch as a function of the parameters, for an optimizer that asks for it."""

from typing import TYPE_CHECKING

from mlp_scratch.nn.regularizers import penalty

if TYPE_CHECKING:
    from mlp_scratch.engine.loop import GradientDescent


class Objective:
    """Called, it returns the loss with its penalties at the parameters as they are then, and writes
    its gradient into ``network.parameters.grads``.

    loss: without penalties, where ``descent`` has just found it; the first call has it from there.
    """

    def __init__(
        self, descent: "GradientDescent", batch: int, start: int, stop: int, loss: float
    ) -> None:
        self._descent, self._rows = descent, (batch, start, stop)
        self._known: float | None = loss

    def __call__(self) -> float:
        settings, loss = self._descent.settings, self._known
        if loss is None:
            loss, _ = self._descent.penalized_gradient(*self._rows)
        self._known = None
        return loss + penalty(self._descent.network.parameters, settings.l1, settings.l2)
