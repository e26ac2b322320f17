"""A multilayer perceptron: affine layers with a bend between them.

    x -> [dropout] -> dense -> [batch norm] -> activation -> [dropout] -> ... -> dense -> logits

The network owns the flat parameter buffers, gives each layer its views, and calls the layers in
order: forwards for the logits, backwards for the gradients.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.hyperparameters import HyperparameterError, one_of, whole
from mlp_scratch.nn.initializers import INITIALIZERS
from mlp_scratch.nn.layers import BatchNorm, Dense, Dropout
from mlp_scratch.nn.parameters import Parameters


class Network:
    """Layers of ``sizes`` units, from the inputs to the classes, with ``activation`` between them.

    Shapes: x (batch, sizes[0]), logits and dlogits (batch, sizes[-1]).

    Args:
        sizes: units of each layer, inputs first, classes last; at least these two.
        activation: one of ``activations``' objects; each hidden layer works with a copy.
        rng: draws the initial weights, layer by layer.
        dropout_rng: draws dropout's masks; needed if any rate is above 0.
        initializer: a name in ``INITIALIZERS`` for every layer, or "auto": what the activation
            names for hidden layers, ``glorot_uniform`` for the output layer.
        init_std, init_gain: the argument of ``normal`` and of ``orthogonal``.
        dropout: rate behind the activation of each hidden layer: one number, or one for each.
        input_dropout: rate for the inputs.
        batch_norm: normalize between affine map and activation, with ``bn_eps``, ``bn_momentum``.
        dtype: of parameters and arithmetic; x must have it too.
        capacity: number of rows to have memory ready for; it grows when a batch is larger.

    Attributes:
        parameters: W0, W1, ..., then b0, b1, ... and, with batch norm, gamma0, beta0, ...
        buffers: what is neither learned nor drawn but belongs to the state: running_mean0,
            running_var0, ... of batch norm. Live arrays: copy to keep, write into to restore.
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
        capacity: int = 128,
    ):
        if len(sizes) < 2:
            raise HyperparameterError("sizes", "at least two numbers, inputs and classes", sizes)
        self.sizes = tuple(whole("sizes", size, 1) for size in sizes)
        one_of("initializer", initializer, ("auto", *INITIALIZERS))
        self.dtype = np.dtype(dtype)
        n_hidden = len(self.sizes) - 2
        rates = list(dropout) if isinstance(dropout, Sequence) else [dropout] * n_hidden
        if len(rates) != n_hidden:
            raise HyperparameterError(
                "dropout", f"one rate, or one for each of the {n_hidden} hidden layers", dropout
            )
        if dropout_rng is None and any([input_dropout, *rates]):
            raise ValueError("dropout needs dropout_rng, the generator that draws its masks")

        pairs = list(zip(self.sizes[:-1], self.sizes[1:], strict=True))
        shapes: dict[str, tuple[int, ...]] = {f"W{k}": pair for k, pair in enumerate(pairs)}
        shapes |= {f"b{k}": (n_out,) for k, (_, n_out) in enumerate(pairs)}
        if batch_norm:
            for k in range(n_hidden):
                shapes |= {f"gamma{k}": (self.sizes[k + 1],), f"beta{k}": (self.sizes[k + 1],)}
        self.parameters = params = Parameters(shapes, self.dtype)
        self.buffers: dict[str, np.ndarray] = {}

        self._input_dropout = self._dropout(input_dropout, dropout_rng)
        self._blocks: list[tuple[Dense, BatchNorm | None, Any, Dropout | None]] = []
        for k in range(n_hidden + 1):
            output = k == n_hidden
            dense = Dense(
                *(params.value(f"W{k}"), params.value(f"b{k}")),
                *(params.grad(f"W{k}"), params.grad(f"b{k}")),
                class_major=output,
            )
            dense.resize(capacity)
            name = initializer
            if name == "auto":
                name = "glorot_uniform" if output else activation.initializer
            extra = {"normal": {"std": init_std}, "orthogonal": {"gain": init_gain}}.get(name, {})
            dense.W[...] = INITIALIZERS[name](rng, *pairs[k], **extra)
            if output:
                self._blocks.append((dense, None, None, None))
                break
            norm = None
            if batch_norm:
                params.value(f"gamma{k}").fill(1.0)
                norm = BatchNorm(
                    *(params.value(f"gamma{k}"), params.value(f"beta{k}")),
                    *(params.grad(f"gamma{k}"), params.grad(f"beta{k}")),
                    eps=bn_eps,
                    momentum=bn_momentum,
                )
                self.buffers[f"running_mean{k}"] = norm.running_mean
                self.buffers[f"running_var{k}"] = norm.running_var
            drop = self._dropout(rates[k], dropout_rng)
            self._blocks.append((dense, norm, copy.deepcopy(activation), drop))

    def tile_products(self, small: int) -> None:
        """Train with the tiles of ``products``; small: most multiplications of a small product."""
        for dense, *_ in self._blocks:
            dense.tile(small)

    @property
    def separable(self) -> bool:
        """Whether rows pass in training without heed of each other: there is no batch norm."""
        return not any(norm for _, norm, _, _ in self._blocks)

    @property
    def _dropouts(self) -> list[Dropout]:
        return [d for d in (self._input_dropout, *(b[3] for b in self._blocks)) if d is not None]

    @property
    def has_dropout(self) -> bool:
        """Whether anything is drawn in training."""
        return bool(self._dropouts)

    def draw_from(self, rng: np.random.Generator) -> None:
        """Let ``rng`` draw dropout's masks from now on."""
        for dropout in self._dropouts:
            dropout.rng = rng

    def twin(self) -> "Network":
        """A network with this one's parameter values, the same memory, and the rest its own.

        Two threads can then work on different rows. Only where ``separable``.
        """
        if not self.separable:
            raise ValueError("batch norm needs all rows of a batch in one network")
        twin, values = copy.deepcopy(self), self.parameters
        twin.parameters = mine = Parameters(
            {name: values.value(name).shape for name in values.names}, self.dtype
        )
        mine.share_values(values)
        for k, (dense, *_) in enumerate(twin._blocks):
            dense.W, dense.b = mine.value(f"W{k}"), mine.value(f"b{k}")
            dense.dW, dense.db = mine.grad(f"W{k}"), mine.grad(f"b{k}")
        return twin

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the logits, valid until the next forward.

        x is kept until backward, not copied. ``training`` switches dropout on, and lets batch norm
        take the batch's statistics and update its running ones.
        """
        if self._input_dropout:
            x = self._input_dropout.forward(x, training)
        for dense, norm, activation, dropout in self._blocks:
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
        for k in range(len(self._blocks) - 1, -1, -1):
            dense, norm, activation, dropout = self._blocks[k]
            if dropout:
                dy = dropout.backward(dy)
            if activation:
                dy = activation.backward(dy)
            if norm:
                dy = norm.backward(dy)
            dy = dense.backward(dy, need_dx=need_dx or k > 0)
        if need_dx and self._input_dropout:
            dy = self._input_dropout.backward(dy)
        return dy

    def recomputed_statistics(
        self, arrays: Mapping[str, np.ndarray], batches: Iterable[np.ndarray]
    ) -> dict[str, np.ndarray]:
        """What ``buffers`` should be for ``batches`` under the parameters in ``arrays``, by name.

        Each x (rows, sizes[0]) is normalized by its own statistics, and these are averaged with
        the rows as weights, as in PyTorch's ``swa_utils.update_bn``; dropout is off here. The
        network stays as it is.
        """
        live = {**self.parameters.arrays(), **self.buffers}
        kept = {name: array.copy() for name, array in live.items()}
        try:
            for name, array in self.parameters.arrays().items():
                array[...] = arrays[name]
            self._take_statistics(batches)
            return {name: array.copy() for name, array in self.buffers.items()}
        finally:
            for name, array in live.items():
                array[...] = kept[name]

    def _take_statistics(self, batches: Iterable[np.ndarray]) -> None:
        norms = [norm for _, norm, _, _ in self._blocks if norm]
        momentum, seen = [norm.momentum for norm in norms], 0
        for x in batches:
            seen += len(x)
            for layer in norms:
                layer.momentum = len(x) / seen
            for dense, norm, activation, _ in self._blocks:
                x = dense.forward(x)
                if norm:
                    x = norm.forward(x, True)
                if activation:
                    x = activation.forward(x)
        for layer, before in zip(norms, momentum, strict=True):
            layer.momentum = before

    def predict_logits(self, x: np.ndarray, block: int = 1024) -> np.ndarray:
        """Logits of any number of rows, ``block`` at a time, in a new (n, classes) array."""
        logits = np.empty((len(x), self.sizes[-1]), self.dtype)
        for start in range(0, len(x), block):
            logits[start : start + block] = self.forward(x[start : start + block])
        return logits

    @staticmethod
    def _dropout(rate: float, rng: np.random.Generator | None) -> Dropout | None:
        return Dropout(rate, rng) if rng is not None and rate else None
