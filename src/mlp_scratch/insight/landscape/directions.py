"""Random directions in the space of weights, on the scale of the weights themselves.

A ReLU network computes the same when one layer's weights are doubled and the next one's halved, so
a step of length 1 means nothing by itself. Filter normalization gives each unit's part of the
direction the length of that unit's weights: a step of 1 is then as long as the weights, in every
layer and in every network.
"""

import numpy as np

from mlp_scratch.nn.parameters import Parameters


def random_direction(parameters: Parameters, rng: np.random.Generator) -> np.ndarray:
    """A direction (size,) in the order of ``parameters.values``, drawn anew at each call.

    d_ij <- d_ij / |d_ij| |theta_ij|, where d is Gaussian and theta_ij are the weights that come
    into unit j of layer i, in an MLP its filter: the column W[:, j]. Biases and the parameters of
    norms stay where they are (0 in d).

    Li, Xu, Taylor, Studer & Goldstein 2018, "Visualizing the loss landscape of neural nets",
    section 4; the zeros are those of their program's option ``biasbn``.
    """
    direction = np.zeros_like(parameters.values)
    for name, d in parameters.arrays(direction).items():
        if name.startswith("W"):
            drawn = rng.standard_normal(d.shape)
            lengths = np.linalg.norm(parameters.value(name).astype(np.float64), axis=0)
            d[...] = drawn / np.linalg.norm(drawn, axis=0) * lengths
    return direction
