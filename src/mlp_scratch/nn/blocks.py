"""How layers are put together: an affine map with what stands around it, and paths around that.

A ``Block`` has one affine map. A residual network adds what goes into some of its blocks to what
comes out of them, so that they have only to learn the difference. He et al. 2016, "Deep residual
learning for image recognition", equation 1.

    none       x -> block -> block -> ... -> logits
    plain      a hidden layer that is as wide as the hidden layer before it is y = x + block(x)
    inverted   the first hidden layer is an affine map alone; each one after it is
               y = x + W2 activation(W1 norm(x) + b1) + b2, with 4 times as many units inside
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from mlp_scratch.nn.range_checks import HyperparameterError, one_of

RESIDUALS = ("none", "plain", "inverted")
LARGEST_LAYER = 10_000_000  # units: of more, memory would fail first and not say why
EXPANSION = 4  # of an inverted bottleneck: Bachmann et al. 2023, section 3


class Block(NamedTuple):
    """From one layer of units to the next, through those of its parts that are not None:

        x -> scale -> dense -> norm -> gain -> activation -> dropout
        x -> norm -> scale -> dense -> gain -> activation -> dropout       with ``norm_first``

    ``scale`` and ``gain`` multiply by a constant, see ``MaximalUpdate``. The last block of a
    network has neither norm nor activation.
    """

    dense: Any
    norm: Any = None
    activation: Any = None
    dropout: Any = None
    scale: Any = None
    gain: Any = None
    norm_first: bool = False

    def forward(self, x: np.ndarray, training: bool, batch_statistics: bool) -> np.ndarray:
        if self.norm and self.norm_first:
            x = self.norm.forward(x, batch_statistics)
        if self.scale:
            x = self.scale.forward(x)
        x = self.dense.forward(x, training)
        if self.norm and not self.norm_first:
            x = self.norm.forward(x, batch_statistics)
        if self.gain:
            x = self.gain.forward(x)
        if self.activation:
            x = self.activation.forward(x)
        if self.dropout:
            x = self.dropout.forward(x, training)
        return x

    def backward(self, dy: np.ndarray, need_dx: bool) -> Any:
        """Everything in the other order; returns dx, None unless ``need_dx``."""
        if self.dropout:
            dy = self.dropout.backward(dy)
        if self.activation:
            dy = self.activation.backward(dy)
        if self.gain:
            dy = self.gain.backward(dy)
        if self.norm and not self.norm_first:
            dy = self.norm.backward(dy)
        dy = self.dense.backward(dy, need_dx=need_dx)
        if self.scale and need_dx:
            dy = self.scale.backward(dy)
        if self.norm and self.norm_first:
            dy = self.norm.backward(dy)
        return dy


class Residual:
    """y = x + f(x), where f is one block after the other; x and y have one shape.

    f may overwrite what it is given, and what it returns belongs to it.
    """

    def __init__(self, *blocks: Block):
        self.blocks = blocks

    def forward(self, x: np.ndarray, training: bool, batch_statistics: bool) -> np.ndarray:
        y = x.copy()
        for block in self.blocks:
            y = block.forward(y, training, batch_statistics)
        return x + y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray:
        """dx = dy + what f makes of dy."""
        dx = dy.copy()
        for block in reversed(self.blocks):
            dx = block.backward(dx, need_dx=True)
        return dy + dx


class Affine(NamedTuple):
    """What is around one affine map: (n_in, n_out) the shape of its W; hidden and bend the numbers
    of its dropout rate and activation; norm "behind" or "before" it, where there are norms."""

    n_in: int
    n_out: int
    hidden: int | None = None
    bend: int | None = None
    norm: str | None = None


def plan(sizes: Sequence[int], residual: str) -> list[list[Affine]]:
    """The affine maps of a network of these sizes, stage by stage; see ``is_residual``.

    Raises HyperparameterError where there is nothing to add to each other.
    """
    one_of("residual", residual, RESIDUALS)
    hidden, last = sizes[1:-1], [Affine(sizes[-2], sizes[-1])]
    if residual != "inverted":
        if residual == "plain" and not any(a == b for a, b in pairwise(hidden)):
            rule = "none, for no hidden layer is as wide as the one before it"
            raise HyperparameterError("residual", rule, residual)
        pairs = pairwise(sizes[:-1])
        return [[Affine(*pair, k, k, "behind")] for k, pair in enumerate(pairs)] + [last]
    if len(hidden) < 2 or len(set(hidden)) > 1:
        rule = "none or plain: inverted needs two hidden layers or more, all of one width"
        raise HyperparameterError("residual", rule, residual)
    width, wide = hidden[0], EXPANSION * hidden[0]
    return [
        [Affine(sizes[0], width, hidden=0)],
        *(
            [Affine(width, wide, k, k - 1, "before"), Affine(wide, width)]
            for k in range(1, len(hidden))
        ),
        last,
    ]


def is_residual(stage: list[Affine], residual: str) -> bool:
    """Whether what goes into a stage of the plan is added to what comes out of it."""
    equal = bool(stage[0].hidden) and stage[0].n_in == stage[-1].n_out
    return equal and residual != "none"


def affine_shapes(sizes: Sequence[int], residual: str) -> list[tuple[int, int]]:
    """The shapes of W0, W1, ... Raises HyperparameterError."""
    return [affine[:2] for stage in plan(sizes, residual) for affine in stage]


def bends(n_hidden: int, residual: str) -> int:
    """How many activations a network has: one for each hidden layer, but the first of inverted."""
    return n_hidden - 1 if residual == "inverted" else n_hidden
