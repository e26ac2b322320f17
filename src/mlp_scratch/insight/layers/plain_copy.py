"""A second network on the parameters of the first, of plain layers, that lets one look inside.

The fast layers use their arrays again, so what passes through them is soon overwritten. The plain
ones make new arrays. The copy only reads the parameters (its views cannot be written through), and
its gradients and batch normalization's statistics, as they were then, are its own: nothing of the
first network changes. It has no dropout.
"""

import copy
from itertools import islice
from typing import Any

import numpy as np

from mlp_scratch.nn.blocks import Block, Residual
from mlp_scratch.nn.layers import BatchNorm, Dense, LayerNorm, Multiplier
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.parameters import Parameters


class Seen:
    """An activation, or None for the identity, that keeps what goes in, comes out, and comes back.

    z: the pre-activations, a: the activations, of the last forward; da: the gradient of the last
    backward. All are (rows, units).
    """

    def __init__(self, activation: Any) -> None:
        self.activation = activation

    def forward(self, z: np.ndarray) -> np.ndarray:
        self.z = self.a = z
        if self.activation is not None:
            self.a = self.activation.forward(z.copy())  # it may overwrite what it is given
        return self.a

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.da = dy
        return dy if self.activation is None else self.activation.backward(dy)


def plain_copy(network: Network) -> Network:
    """A plain copy of ``network``; in each of its blocks a ``Seen`` stands in the place of the
    activation, with a copy of it. The gradients are in ``parameters.grads``, the copy's own.
    """
    second, original = copy.copy(network), network.parameters
    parameters = Parameters({n: original.value(n).shape for n in original.names}, network.dtype)
    parameters.values = original.values.view()
    parameters.values.flags.writeable = False
    parameters.weights = parameters.values[: parameters.n_weights]
    second.parameters, second.buffers, second._input_dropout = parameters, {}, None
    second.blocks = [_plain_block(k, block, parameters) for k, block in enumerate(network.blocks)]
    blocks = iter(second.blocks)
    second.stages = [
        Residual(*islice(blocks, len(stage.blocks)))
        if isinstance(stage, Residual)
        else next(blocks)
        for stage in network.stages
    ]
    return second


def _plain_block(k: int, block: Block, parameters: Parameters) -> Block:
    norm = block.norm
    if norm:
        views = parameters.views(f"gamma{k}", f"beta{k}")
        if isinstance(norm, BatchNorm):
            plain = BatchNorm(*views, eps=norm.eps, momentum=norm.momentum)
            plain.running_mean[:], plain.running_var[:] = norm.running_mean, norm.running_var
            norm = plain
        else:
            norm = LayerNorm(*views, eps=norm.eps)
    dense = Dense(*parameters.views(f"W{k}", f"b{k}"))
    scale, gain = (part and Multiplier(part.factor) for part in (block.scale, block.gain))
    seen = Seen(copy.deepcopy(block.activation))
    return Block(dense, norm, seen, None, scale, gain, block.norm_first)
