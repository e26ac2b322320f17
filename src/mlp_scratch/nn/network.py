"""A multilayer perceptron: affine layers with a bend between them.

    x -> [dropout] -> dense -> [batch norm] -> activation -> [dropout] -> ... -> dense -> logits

The network owns the flat parameter buffers, gives each layer its views, and calls the layers in
order: forwards for the logits, backwards for the gradients.
"""

import copy
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.hyperparameters import HyperparameterError, one_of, whole
from mlp_scratch.nn.initializers import INITIALIZERS
from mlp_scratch.nn.kernels import PLAIN, Kernels


class Block(NamedTuple):
    """From one layer of units to the next; the last block is ``dense`` alone."""

    dense: Any
    norm: Any = None
    activation: Any = None
    dropout: Any = None


class Network:
    """Layers of ``sizes`` units, from the inputs to the classes, with ``activation`` between them.

    Shapes: x (batch, sizes[0]), logits and dlogits (batch, sizes[-1]).

    Args:
        sizes: units of each layer, inputs first, classes last; at least these two.
        activation: one of ``activations``' objects; each hidden layer works with a copy.
        rng: draws the initial weights, layer by layer.
        dropout_rng: draws dropout's masks, until ``draw_from`` names another generator.
        initializer: a name in ``INITIALIZERS`` for every layer, or "auto": what the activation
            names for hidden layers, ``glorot_uniform`` for the output layer.
        init_std, init_gain: the argument of ``normal`` and of ``orthogonal``.
        dropout: rate behind the activation of each hidden layer: one number, or one for each.
        input_dropout: rate for the inputs.
        batch_norm: normalize between affine map and activation, with ``bn_eps``, ``bn_momentum``.
        dtype: of parameters and arithmetic; x must have it too.
        kernels: the layers' classes, plain or fast.

    Attributes:
        parameters: W0, W1, ..., then b0, b1, ... and, with batch norm, gamma0, beta0, ...
        buffers: what is neither learned nor drawn but belongs to the state: running_mean0,
            running_var0, ... of batch norm. Live arrays: copy to keep, write into to restore.
        blocks: the layers.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Any,
        *,
        rng: np.random.Generator,
        dropout_rng: np.random.Generator | None = None,
        initializer: str = "auto",
        init_std: float = 0.01,
        init_gain: float = 1.0,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        batch_norm: bool = False,
        bn_eps: float = 1e-5,
        bn_momentum: float = 0.1,
        dtype: DTypeLike = np.float32,
        kernels: Kernels = PLAIN,
    ):
        if len(sizes) < 2:
            raise HyperparameterError("sizes", "at least two numbers, inputs and classes", sizes)
        self.sizes = tuple(whole("sizes", size, 1) for size in sizes)
        one_of("initializer", initializer, ("auto", *INITIALIZERS))
        n_hidden = len(self.sizes) - 2
        rates = list(dropout) if isinstance(dropout, Sequence) else [dropout] * n_hidden
        if len(rates) != n_hidden:
            raise HyperparameterError(
                "dropout", f"one rate, or one for each of the {n_hidden} hidden layers", dropout
            )

        self.dtype, self.kernels = np.dtype(dtype), kernels
        self.parameters = kernels.Parameters(_shapes(self.sizes, batch_norm), self.dtype)
        views = self.parameters.views
        self._input_dropout = kernels.Dropout(input_dropout, dropout_rng) if input_dropout else None
        self.blocks: list[Block] = []
        self.buffers: dict[str, np.ndarray] = {}
        for k in range(n_hidden):
            dense, norm = kernels.Dense(*views(f"W{k}", f"b{k}")), None
            if batch_norm:
                gamma_beta = views(f"gamma{k}", f"beta{k}")
                norm = kernels.BatchNorm(*gamma_beta, eps=bn_eps, momentum=bn_momentum)
                norm.gamma[...] = 1.0
                self.buffers[f"running_mean{k}"] = norm.running_mean
                self.buffers[f"running_var{k}"] = norm.running_var
            drop = kernels.Dropout(rates[k], dropout_rng) if rates[k] else None
            self.blocks.append(Block(dense, norm, copy.deepcopy(activation), drop))
        self.blocks.append(Block(kernels.Output(*views(f"W{n_hidden}", f"b{n_hidden}"))))

        arguments = {"normal": {"std": init_std}, "orthogonal": {"gain": init_gain}}
        for block in self.blocks:
            name, W = initializer, block.dense.W
            if name == "auto":
                hidden = block.activation is not None
                name = activation.initializer if hidden else "glorot_uniform"
            W[...] = INITIALIZERS[name](rng, *W.shape, **arguments.get(name, {}))

    @property
    def separable(self) -> bool:
        """Whether rows pass in training without heed of each other: there is no batch norm."""
        return not self.buffers

    @property
    def _dropouts(self) -> list[Any]:
        return [d for d in (self._input_dropout, *(b.dropout for b in self.blocks)) if d]

    @property
    def has_dropout(self) -> bool:
        """Whether anything is drawn in training."""
        return bool(self._dropouts)

    def draw_from(self, rng: np.random.Generator) -> None:
        """Let ``rng`` draw dropout's masks from now on."""
        for dropout in self._dropouts:
            dropout.rng = rng

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the logits, valid until the next forward.

        x is kept until backward, not copied. ``training`` switches dropout on, and lets batch norm
        take the batch's statistics and update its running ones.
        """
        if self._input_dropout:
            x = self._input_dropout.forward(x, training)
        for dense, norm, activation, dropout in self.blocks:
            x = dense.forward(x, training)
            if norm:
                x = norm.forward(x, training)
            if activation:
                x = activation.forward(x)
            if dropout:
                x = dropout.forward(x, training)
        return x

    def backward(self, dlogits: np.ndarray, need_dx: bool = False) -> np.ndarray | None:
        """Write the gradient of the loss into ``parameters.grads``, all of it, over what was there.

        ``dlogits`` belongs to the last forward. With ``need_dx`` returns dL/dx, valid until the
        next backward; else None, and the product that it would cost is saved.
        """
        dy: Any = dlogits
        for dense, norm, activation, dropout in reversed(self.blocks):
            if dropout:
                dy = dropout.backward(dy)
            if activation:
                dy = activation.backward(dy)
            if norm:
                dy = norm.backward(dy)
            dy = dense.backward(dy, need_dx=need_dx or dense is not self.blocks[0].dense)
        if need_dx and self._input_dropout:
            dy = self._input_dropout.backward(dy)
        return dy


def _shapes(sizes: Sequence[int], batch_norm: bool) -> dict[str, tuple[int, ...]]:
    """The parameters' shapes by name."""
    shapes: dict[str, tuple[int, ...]] = {f"W{k}": p for k, p in enumerate(pairwise(sizes))}
    shapes |= {f"b{k}": (n_out,) for k, n_out in enumerate(sizes[1:])}
    if batch_norm:
        for k, units in enumerate(sizes[1:-1]):
            shapes |= {f"gamma{k}": (units,), f"beta{k}": (units,)}
    return shapes
