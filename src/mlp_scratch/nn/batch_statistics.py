"""Batch normalization's statistics for parameters that no training step has seen.

The running statistics belong to the parameters of the last steps. Averaged weights, or those of an
earlier epoch, want their own, which a pass over the training rows finds.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from mlp_scratch.nn.network import Network
from mlp_scratch.nn.parameters import restored


def recomputed_statistics(
    network: Network, arrays: Mapping[str, np.ndarray], batches: Iterable[np.ndarray]
) -> dict[str, np.ndarray]:
    """What ``network.buffers`` should be for ``batches`` under the parameters in ``arrays``.

    Each x (rows, sizes[0]) is normalized by its own statistics, and these are averaged with the
    rows as weights, as in PyTorch's ``swa_utils.update_bn``; dropout is off here. The network stays
    as it is.
    """
    parameters = network.parameters.arrays()
    norms = [block.norm for block in network.blocks if block.norm]
    momentum, seen = [norm.momentum for norm in norms], 0
    with restored({**parameters, **network.buffers}):
        try:
            for name, array in parameters.items():
                array[...] = arrays[name]
            for x in batches:
                seen += len(x)
                for norm in norms:
                    norm.momentum = len(x) / seen
                network.forward(x, batch_statistics=True)
            return {name: array.copy() for name, array in network.buffers.items()}
        finally:
            for norm, before in zip(norms, momentum, strict=True):
                norm.momentum = before
