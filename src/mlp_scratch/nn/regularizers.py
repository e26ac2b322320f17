"""What keeps weights small and steps short.

Penalties enter through their gradient, which is added to the loss's before the optimizer sees it;
the reported loss stays the data's. They apply to weights and never to biases. Dropout is a layer,
and label smoothing belongs to the loss.
"""

import math

import numpy as np

from mlp_scratch.nn.parameters import Parameters


def penalty(params: Parameters, l1: float, l2: float) -> float:
    """l1 * sum |W| + l2 / 2 * sum W^2: whose gradient ``add_l1`` and ``add_l2`` add."""
    result = 0.0
    if l1:
        result += l1 * float(np.abs(params.weights).sum())
    if l2:
        result += l2 / 2 * float(np.dot(params.weights, params.weights))
    return result


def add_l2(params: Parameters, l2: float) -> None:
    """Penalty l2 / 2 * sum W^2: adds ``l2 * W`` to ``params.weight_grads`` in place.

    This is PyTorch's coupled ``weight_decay`` (which PyTorch applies to biases as well); Keras'
    ``L2(c)`` has no half, so c = l2 / 2. AdamW's and Lion's decoupled decay is theirs.
    """
    params.weight_grads += l2 * params.weights


def add_l1(params: Parameters, l1: float) -> None:
    """Penalty l1 * sum |W|: adds ``l1 * sign(W)`` to ``params.weight_grads`` in place (0 at 0)."""
    params.weight_grads += l1 * np.sign(params.weights)


def max_norm(W: np.ndarray, limit: float) -> None:
    """Shrink each column of W (n_in, n_out) that is longer than ``limit`` to that length, in place.

    A column holds the incoming weights of one unit. Call it after each step of the optimizer.
    Srebro et al. 2005; with dropout: Srivastava et al. 2014, section 5.1. As ``torch.renorm``.
    """
    norms = np.sqrt(np.einsum("ij,ij->j", W, W))
    too_long = norms > limit
    if too_long.any():
        W *= np.where(too_long, limit / (norms + 1e-7), 1.0).astype(W.dtype)


def clip_norm(grads: np.ndarray, limit: float) -> float:
    """Scale the flat ``grads`` in place to norm ``limit`` if longer; return the norm before.

    Pascanu et al. 2013, "On the difficulty of training recurrent neural networks", algorithm 1;
    the 1e-6 is PyTorch's. NaN and infinity pass through, for the training loop to see.
    """
    before = norm(grads)
    if before > limit:
        grads *= limit / (before + 1e-6)
    return before


def norm(values: np.ndarray) -> float:
    """Euclidean length of a flat array."""
    return math.sqrt(float(np.dot(values, values)))
