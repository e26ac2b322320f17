"""A multilayer perceptron: affine layers with a bend between them.

    x -> [dropout] -> dense -> [norm] -> activation -> [dropout] -> ... -> dense -> logits

The network owns the flat parameter buffers, gives each layer its views, and calls the layers in
order: forwards for the logits, backwards for the gradients. How they are put together is said in
``blocks.py``.
"""

import copy
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.blocks import (
    LARGEST_LAYER,
    Affine,
    Block,
    Residual,
    affine_shapes,
    bends,
    is_residual,
    plan,
)
from mlp_scratch.nn.initializers import INITIALIZERS, deviation
from mlp_scratch.nn.kernels import PLAIN, Kernels
from mlp_scratch.nn.layers import BatchNorm, Dense, Dropout, LayerNorm, Multiplier, Output
from mlp_scratch.nn.parameters import Parameters
from mlp_scratch.nn.parametrization import MaximalUpdate
from mlp_scratch.nn.range_checks import HyperparameterError, one_of, whole


class Network:
    """Layers of ``sizes`` units, from the inputs to the classes, with ``activation`` between them.

    Shapes: x (batch, sizes[0]), logits and dlogits (batch, sizes[-1]).

    Args:
        sizes: units of each layer, inputs first, classes last; at least these two.
        activation: one of ``activations``' objects, of which each hidden layer has a copy; or one
            for each hidden layer (``residual="inverted"``: for each but the first).
        rng: draws the initial weights, layer by layer.
        dropout_rng: draws dropout's masks, until ``draw_from`` names another generator.
        initializer: a name in ``INITIALIZERS`` for every layer, or "auto": what the activation
            behind it names, ``glorot_uniform`` where there is none, as in the output layer.
        init_std, init_gain: the argument of ``normal`` and of ``orthogonal``.
        dropout: rate behind the activation of each hidden layer: one number, or one for each.
        input_dropout: rate for the inputs.
        batch_norm: normalize between affine map and activation, with ``bn_eps``, ``bn_momentum``.
        layer_norm: the same by rows, with ``ln_eps``; not both.
        residual: "none", "plain" or "inverted", see ``blocks.py``. Inverted bottlenecks normalize
            in front of their first affine map.
        mup: muP instead of the standard parametrization.
        dtype: of parameters and arithmetic; x must have it too.
        kernels: what takes the place of the plain classes.

    Attributes:
        parameters: W0, W1, ..., then b0, b1, ... and, where there is a norm, gamma0, beta0, ...
            with the number of the affine map that it belongs to.
        buffers: what is neither learned nor drawn but belongs to the state: running_mean0,
            running_var0, ... of batch norm. Live arrays: copy to keep, write into to restore.
        blocks: one for each affine map. stages: what x goes through, blocks and residuals of them.
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
        layer_norm: bool = False,
        ln_eps: float = 1e-5,
        residual: str = "none",
        mup: MaximalUpdate | None = None,
        dtype: DTypeLike = np.float32,
        kernels: Kernels = PLAIN,
    ):
        check_layers(sizes, initializer, residual, batch_norm, layer_norm)
        self.sizes = tuple(map(int, sizes))
        rates = rates_for(sizes, dropout)
        activations = activations_for(sizes, activation, residual)
        arguments = {"normal": {"std": init_std}, "orthogonal": {"gain": init_gain}}

        self.dtype, self.kernels, of = np.dtype(dtype), kernels, kernels.of
        stages, has_norm = plan(self.sizes, residual), batch_norm or layer_norm
        affines = [affine for stage in stages for affine in stage]
        self.parameters = of(Parameters)(_shapes(affines, has_norm), self.dtype)
        views = self.parameters.views
        batch = partial(of(BatchNorm), eps=bn_eps, momentum=bn_momentum)
        make_norm = partial(of(LayerNorm), eps=ln_eps) if layer_norm else batch
        self._input_dropout = of(Dropout)(input_dropout, dropout_rng) if input_dropout else None
        self.blocks: list[Block] = []
        self.buffers: dict[str, np.ndarray] = {}
        bases = affine_shapes(mup.base_sizes(self.sizes), residual) if mup else []
        for k, affine in enumerate(affines):
            last = affine is affines[-1]
            normed, rate = has_norm and affine.norm, _chosen(rates, affine.hidden)
            block = Block(
                of(Output if last else Dense)(*views(f"W{k}", f"b{k}")),
                make_norm(*views(f"gamma{k}", f"beta{k}")) if normed else None,
                copy.deepcopy(_chosen(activations, affine.bend)),
                of(Dropout)(rate, dropout_rng) if rate else None,
                norm_first=affine.norm == "before",
            )
            if block.norm and batch_norm:
                self.buffers[f"running_mean{k}"] = block.norm.running_mean
                self.buffers[f"running_var{k}"] = block.norm.running_var
            base = bases[k] if mup else block.dense.W.shape
            _first_values(block, rng, initializer, arguments, base)
            if mup:
                block = mup.scaled(block, base, last, of(Multiplier))
            self.blocks.append(block)
        blocks = iter(self.blocks)
        self.stages: list[Any] = [
            of(Residual)(*islice(blocks, len(stage)))
            if is_residual(stage, residual)
            else next(blocks)
            for stage in stages
        ]

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

    def forward(
        self, x: np.ndarray, training: bool = False, batch_statistics: bool | None = None
    ) -> np.ndarray:
        """Return the logits, valid until the next forward.

        x is kept until backward, not copied. ``training`` switches dropout on, and lets batch norm
        take the batch's statistics and update its running ones, unless ``batch_statistics`` says
        otherwise.
        """
        if batch_statistics is None:
            batch_statistics = training
        if self._input_dropout:
            x = self._input_dropout.forward(x, training)
        for stage in self.stages:
            x = stage.forward(x, training, batch_statistics)
        return x

    def backward(self, dlogits: np.ndarray, need_dx: bool = False) -> np.ndarray | None:
        """Write the gradient of the loss into ``parameters.grads``, all of it, over what was there.

        ``dlogits`` belongs to the last forward. With ``need_dx`` returns dL/dx, valid until the
        next backward; else None, and the product that it would cost is saved.
        """
        dy: Any = dlogits
        for stage in reversed(self.stages):
            dy = stage.backward(dy, need_dx=need_dx or stage is not self.stages[0])
        if need_dx and self._input_dropout:
            dy = self._input_dropout.backward(dy)
        return dy


# The arguments of a network that can be judged before it takes any memory, and before the data says
# how many inputs it has: a config is checked by these functions too.


def check_layers(
    sizes: Sequence[int | None],
    initializer: str,
    residual: str,
    batch_norm: bool,
    layer_norm: bool,
) -> None:
    """Raise HyperparameterError unless there are such layers; a size of None is not known yet."""
    if len(sizes) < 2:
        raise HyperparameterError("sizes", "an input and an output size at least", sizes)
    for i, size in enumerate(sizes):
        if size is not None:
            whole(f"sizes[{i}]", size, 1, LARGEST_LAYER)
    one_of("initializer", initializer, ("auto", *INITIALIZERS))
    plan([1 if size is None else size for size in sizes], residual)
    if batch_norm and layer_norm:
        rule = "false where batch_norm is true, for the sums are normalized already"
        raise HyperparameterError("layer_norm", rule, layer_norm)


def rates_for(sizes: Sequence[Any], dropout: float | Sequence[float]) -> list[float]:
    """A rate of dropout for each hidden layer. Raises HyperparameterError."""
    return _for_each("dropout", dropout, n := len(sizes) - 2, f"{n} hidden layers")


def activations_for(sizes: Sequence[Any], activation: Any, residual: str) -> list[Any]:
    """An activation for each hidden layer that has one. Raises HyperparameterError."""
    n = bends(len(sizes) - 2, residual)
    which = " but the first" if residual == "inverted" else ""
    return _for_each("activation", activation, n, f"{n} hidden layers{which}")


def _for_each(name: str, value: Any, n: int, layers: str) -> list[Any]:
    several = isinstance(value, Sequence) and not isinstance(value, str)
    values = list(value) if several else [value] * n
    if len(values) != n:
        raise HyperparameterError(name, f"one for each of the {layers}", value)
    return values


def _chosen(values: Sequence[Any], k: int | None) -> Any:
    return None if k is None else values[k]


def _first_values(
    block: Block,
    rng: np.random.Generator,
    name: str,
    arguments: dict[str, dict[str, float]],
    base: tuple[int, ...],
) -> None:
    """Draw a block's weights with the deviation that they would have in the shape ``base``."""
    W = block.dense.W
    if block.norm:
        block.norm.gamma[...] = 1.0
    if name == "auto":
        name = block.activation.initializer if block.activation else "glorot_uniform"
    W[...] = INITIALIZERS[name](rng, *W.shape, **arguments.get(name, {}))
    if base != W.shape:
        W *= deviation(name, base, arguments) / deviation(name, W.shape, arguments)


def _shapes(affines: Sequence[Affine], has_norm: bool) -> dict[str, tuple[int, ...]]:
    """The parameters' shapes by name."""
    shapes: dict[str, tuple[int, ...]] = {f"W{k}": a[:2] for k, a in enumerate(affines)}
    shapes |= {f"b{k}": (affine.n_out,) for k, affine in enumerate(affines)}
    for k, affine in enumerate(affines):
        if affine.norm and has_norm:
            units = affine.n_in if affine.norm == "before" else affine.n_out
            shapes |= {f"gamma{k}": (units,), f"beta{k}": (units,)}
    return shapes
