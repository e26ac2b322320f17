"""The training rows that a network takes for most like one: neighbours in its last hidden layer."""

import numpy as np

from mlp_scratch.engine.rows import Rows
from mlp_scratch.insight.explain.opened import Opened


def nearest(opened: Opened, rows: Rows, x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions among ``rows`` of the k nearest to row x (features,), and their distances.

    Distance is Euclidean between what the last layer is given. x is normalized, ``rows`` are as
    stored. Equal distances keep the order of the rows.
    """
    wanted = opened.representation(x[None])[0].astype(np.float64)
    distances = np.empty(len(rows))
    for part, block in rows.blocks(opened.network.dtype):
        difference = opened.representation(block).astype(np.float64) - wanted
        distances[part] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    first = np.argsort(distances, kind="stable")[:k]
    return first, distances[first]
