"""The penalties' gradients without a new array: ``params.scratch`` has the room."""

import numpy as np

from mlp_scratch.nn.fast.parameters import Parameters


def add_l2(params: Parameters, l2: float) -> None:
    """Adds ``l2 * W`` to ``params.weight_grads``."""
    decay = params.scratch[: params.n_weights]
    np.multiply(params.weights, l2, out=decay)
    params.weight_grads += decay


def add_l1(params: Parameters, l1: float) -> None:
    """Adds ``l1 * sign(W)`` to ``params.weight_grads``."""
    push = params.scratch[: params.n_weights]
    np.sign(params.weights, out=push)
    push *= l1
    params.weight_grads += push
