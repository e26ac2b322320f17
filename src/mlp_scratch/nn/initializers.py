"""How weights start: random enough to differ, scaled so that signals neither fade nor explode.

A layer with ``n_in`` inputs adds up ``n_in`` products, so its output varies ``n_in`` times as much
as a product does. Each scheme picks the weights' variance to undo that, for one kind of activation.
Every function draws from the generator that it is given and returns a new (n_in, n_out) float64
array. Biases start at zero everywhere (PyTorch draws them from a small uniform interval).
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from mlp_scratch.nn.range_checks import in_interval


def he_normal(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Normal with variance 2 / n_in: ReLU drops half of the signal's power, the 2 returns it.

    He et al. 2015, "Delving deep into rectifiers", equation 10. Not truncated (Keras truncates).
    """
    return rng.standard_normal((n_in, n_out)) * math.sqrt(2.0 / n_in)


def he_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Uniform with variance 2 / n_in. He et al. 2015, as ``he_normal``."""
    return _uniform(rng, n_in, n_out, variance=2.0 / n_in)


def glorot_normal(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Normal with variance 2 / (n_in + n_out): a compromise between forward and backward signals.

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", equation 12; for tanh, sigmoid and linear outputs.
    """
    return rng.standard_normal((n_in, n_out)) * math.sqrt(2.0 / (n_in + n_out))


def glorot_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Uniform with variance 2 / (n_in + n_out), Keras' default. Glorot & Bengio 2010, eq. 16."""
    return _uniform(rng, n_in, n_out, variance=2.0 / (n_in + n_out))


def lecun_normal(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Normal with variance 1 / n_in, which keeps the signal's variance in a linear layer.

    LeCun et al. 1998, "Efficient BackProp", equation 16; Klambauer et al. 2017 build SELU on it.
    """
    return rng.standard_normal((n_in, n_out)) * math.sqrt(1.0 / n_in)


def lecun_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Uniform with variance 1 / n_in. LeCun et al. 1998, as ``lecun_normal``."""
    return _uniform(rng, n_in, n_out, variance=1.0 / n_in)


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


INITIALIZERS: dict[str, Callable[..., np.ndarray]] = {
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "glorot_normal": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
    "normal": normal,
    "orthogonal": orthogonal,
}


def deviation(
    name: str, shape: tuple[int, ...], arguments: Mapping[str, Mapping[str, float]]
) -> float:
    """The standard deviation of the weights that INITIALIZERS[name] draws with its arguments."""
    n_in, n_out = shape
    if name == "normal":
        return arguments[name]["std"]
    if name == "orthogonal":  # each of the longer side's vectors has length ``gain``
        return arguments[name]["gain"] / math.sqrt(max(n_in, n_out))
    scheme = name.partition("_")[0]
    variances = {"he": 2.0 / n_in, "glorot": 2.0 / (n_in + n_out), "lecun": 1.0 / n_in}
    return math.sqrt(variances[scheme])


def _uniform(rng: np.random.Generator, n_in: int, n_out: int, variance: float) -> np.ndarray:
    limit = math.sqrt(3.0 * variance)  # uniform on [-a, a] has variance a^2 / 3
    return rng.uniform(-limit, limit, (n_in, n_out))
