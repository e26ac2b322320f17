"""How weights start: random enough to differ, scaled so that signals neither fade nor explode.

A layer with ``n_in`` inputs adds up ``n_in`` products, so its output varies ``n_in`` times as much
as a product does. Each scheme picks the weights' variance to undo that, for one kind of activation.
What stands in INITIALIZERS draws from the generator that it is given and returns a new
(n_in, n_out) float64 array. Biases start at zero everywhere (PyTorch draws them from a small
uniform interval).
"""

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from mlp_scratch.nn.hyperparameters import in_interval


def he(n_in: int, n_out: int) -> float:
    """Variance 2 / n_in: ReLU drops half of the signal's power, the 2 returns it.

    He et al. 2015, "Delving deep into rectifiers", equation 10. Not truncated (Keras truncates).
    """
    return 2.0 / n_in


def glorot(n_in: int, n_out: int) -> float:
    """Variance 2 / (n_in + n_out): a compromise between forward and backward signals.

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", equations 12 and 16; for tanh, sigmoid and linear outputs. Uniform it is Keras'
    default.
    """
    return 2.0 / (n_in + n_out)


def lecun(n_in: int, n_out: int) -> float:
    """Variance 1 / n_in, which keeps the signal's variance in a linear layer.

    LeCun et al. 1998, "Efficient BackProp", equation 16; Klambauer et al. 2017 build SELU on it.
    """
    return 1.0 / n_in


Scheme = Callable[[int, int], float]


def scaled_normal(scheme: Scheme, rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Normal with the variance of a scheme: ``he_normal``, ``glorot_normal``, ``lecun_normal``."""
    return rng.standard_normal((n_in, n_out)) * math.sqrt(scheme(n_in, n_out))


def scaled_uniform(scheme: Scheme, rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Uniform with the variance of a scheme: on [-a, a] it is a^2 / 3."""
    limit = math.sqrt(3.0 * scheme(n_in, n_out))
    return rng.uniform(-limit, limit, (n_in, n_out))


def normal(rng: np.random.Generator, n_in: int, n_out: int, *, std: float) -> np.ndarray:
    """Normal with standard deviation ``std``, whatever the layer's size."""
    return rng.standard_normal((n_in, n_out)) * in_interval("std", std, "(0, inf)")


def orthogonal(rng: np.random.Generator, n_in: int, n_out: int, *, gain: float) -> np.ndarray:
    """``gain`` times a random matrix with orthonormal columns (rows, if there are more columns).

    The Q of a Gaussian matrix's QR factorization; the signs of R's diagonal are moved into Q, which
    makes it uniform over all such matrices. Saxe et al. 2014, "Exact solutions to the nonlinear
    dynamics of learning in deep linear neural networks".
    """
    gain = in_interval("gain", gain, "(0, inf)")
    tall = rng.standard_normal((max(n_in, n_out), min(n_in, n_out)))
    q, r = np.linalg.qr(tall)
    q *= np.where(np.diagonal(r) < 0, -gain, gain)
    return np.ascontiguousarray(q if n_in >= n_out else q.T)


SCHEMES: dict[str, Scheme] = {"he": he, "glorot": glorot, "lecun": lecun}
INITIALIZERS: dict[str, Callable[..., np.ndarray]] = {
    **{
        f"{name}_{law}": partial(draw, scheme)
        for name, scheme in SCHEMES.items()
        for law, draw in (("normal", scaled_normal), ("uniform", scaled_uniform))
    },
    "normal": normal,
    "orthogonal": orthogonal,
}


def deviation(
    name: str, shape: tuple[int, ...], arguments: Mapping[str, Mapping[str, float]]
) -> float:
    """The standard deviation of the weights that INITIALIZERS[name] draws with its arguments."""
    if name == "normal":
        return arguments[name]["std"]
    if name == "orthogonal":  # each of the longer side's vectors has length ``gain``
        return arguments[name]["gain"] / math.sqrt(max(shape))
    return math.sqrt(SCHEMES[name.partition("_")[0]](*shape))
