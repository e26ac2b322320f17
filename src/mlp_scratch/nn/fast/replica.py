"""A second network with the same parameters, for another worker on the same batches."""

import copy

from mlp_scratch.nn.fast.parameters import Parameters
from mlp_scratch.nn.network import Network


def replica(network: Network) -> Network:
    """A network with this one's parameter values, the same memory, and the rest its own.

    Two processes can then work on different rows. Only where ``separable``.
    """
    if not network.separable:
        raise ValueError("batch norm needs all rows of a batch in one network")
    other, original = copy.deepcopy(network), network.parameters
    shapes = {name: original.value(name).shape for name in original.names}
    other.parameters = parameters = Parameters(shapes, network.dtype)
    parameters.values, parameters.weights = original.values, original.weights
    for k, block in enumerate(other.blocks):
        dense = block.dense
        dense.W, dense.b, dense.dW, dense.db = parameters.views(f"W{k}", f"b{k}")
        if norm := block.norm:
            views = parameters.views(f"gamma{k}", f"beta{k}")
            norm.gamma, norm.beta, norm.dgamma, norm.dbeta = views
    return other


def tile_products(network: Network, small: int) -> None:
    """Train with the tiles of ``products``; small: most multiplications of a small product."""
    for block in network.blocks:
        block.dense.tile(small)
