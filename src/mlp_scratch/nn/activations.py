"""The bend between two affine layers, without which a deep network would be one affine map.

Each class computes y = f(z) element by element in ``forward(z)`` and turns dy = dL/dy into
dz = dL/dz = dy f'(z) in ``backward(dy)``. All arrays have one shape, (batch, units). An object
belongs to one layer: between the two calls it remembers what the derivative needs. The network
gives every hidden layer its own copy.

``forward`` may overwrite z, and ``backward`` may overwrite dy, as those in ``nn.fast`` do; what
they return is valid until the next call. Where f has a kink its slope is the left one, as in
PyTorch.

``initializer`` names the scheme that suits the weights of a layer with this activation; it is what
``auto`` stands for. A new activation needs nothing but these three names, and an entry in the dict
at the end.
"""

import math
from typing import Any

import numpy as np

from mlp_scratch.nn.range_checks import in_interval, one_of

erf = np.vectorize(math.erf, otypes=[np.float64])  # the Gaussian error function, element by element


class ReLU:
    """y = max(z, 0), dz = dy where z > 0 and 0 elsewhere. Nair & Hinton 2010."""

    initializer = "he_normal"

    def forward(self, z):
        self._z = z
        return np.maximum(z, 0)

    def backward(self, dy):
        return dy * (self._z > 0)


class LeakyReLU:
    """y = z where z > 0, else negative_slope z. Maas et al. 2013; Keras' default slope is 0.3."""

    initializer = "he_normal"

    def __init__(self, *, negative_slope: float):
        self.negative_slope = in_interval("negative_slope", negative_slope, "[0, 1)")

    def forward(self, z):
        self._z = z
        return np.where(z > 0, z, self.negative_slope * z)

    def backward(self, dy):
        return np.where(self._z > 0, dy, self.negative_slope * dy)


class ELU:
    """y = z where z > 0, else alpha (exp(z) - 1). Clevert et al. 2016, equation 15.

    All of it times ``scale``, which is 1 but for SELU.
    """

    initializer = "he_normal"
    scale = 1.0

    def __init__(self, *, alpha: float):
        self.alpha = in_interval("alpha", alpha, "(0, inf)")

    def forward(self, z):
        self._z = z
        negative = np.minimum(z, 0)  # exp must not see large z, which it is not meant for
        return self.scale * np.where(z > 0, z, self.alpha * np.expm1(negative))

    def backward(self, dy):
        slope = self.alpha * np.exp(np.minimum(self._z, 0))
        return self.scale * np.where(self._z > 0, dy, slope * dy)


class SELU(ELU):
    """y = scale ELU(z), with the alpha and scale that keep mean 0 and variance 1.

    Klambauer et al. 2017, "Self-normalizing neural networks", equation 2; the constants solve its
    fixed-point equations. Wants LeCun's initialization.
    """

    initializer = "lecun_normal"
    scale = 1.0507009873554804934193349852946

    def __init__(self):
        super().__init__(alpha=1.6732632423543772848170429916717)


class GELU:
    """y = z Phi(z), with Phi the cumulative distribution function of the normal distribution.

    ``approximate="none"``: Phi(z) = (1 + erf(z / sqrt 2)) / 2, f' = Phi(z) + z Phi'(z) with
    Phi'(z) = exp(-z^2 / 2) / sqrt(2 pi).
    ``approximate="tanh"``: Phi(z) = (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (z + 0.044715 z^3),
    f' as above with Phi' = 2 Phi (1 - Phi) du/dz.
    Hendrycks & Gimpel 2016, section 2. The exact form is the default of PyTorch and Keras.
    """

    initializer = "he_normal"
    CUBIC = 0.044715
    SQRT_2_OVER_PI = math.sqrt(2.0 / math.pi)

    def __init__(self, *, approximate: str):
        self.approximate = one_of("approximate", approximate, ("none", "tanh"))

    def forward(self, z):
        if self.approximate == "none":
            phi = (1 + erf(z / math.sqrt(2.0)).astype(z.dtype)) / 2
        else:
            phi = (1 + np.tanh(self.SQRT_2_OVER_PI * (z + self.CUBIC * z**3))) / 2
        self._z, self._phi = z, phi
        return z * phi

    def backward(self, dy):
        z, phi = self._z, self._phi
        if self.approximate == "none":
            dphi = np.exp(-(z**2) / 2) / math.sqrt(2.0 * math.pi)
        else:
            du = self.SQRT_2_OVER_PI * (1 + 3 * self.CUBIC * z**2)
            dphi = 2 * phi * (1 - phi) * du
        return dy * (phi + z * dphi)


class SiLU:
    """y = z s with s = sigmoid(z), also called swish; f' = s + y (1 - s).

    Elfwing et al. 2018; Ramachandran et al. 2017.
    """

    initializer = "he_normal"

    def forward(self, z):
        self._s = _sigmoid(z)
        self._y = z * self._s
        return self._y

    def backward(self, dy):
        return dy * (self._s + self._y * (1 - self._s))


class Tanh:
    """y = tanh(z), dz = dy (1 - y^2)."""

    initializer = "glorot_uniform"

    def forward(self, z):
        self._y = np.tanh(z)
        return self._y

    def backward(self, dy):
        return dy * (1 - self._y**2)


class Sigmoid:
    """y = 1 / (1 + exp(-z)), dz = dy y (1 - y)."""

    initializer = "glorot_uniform"

    def forward(self, z):
        self._y = _sigmoid(z)
        return self._y

    def backward(self, dy):
        return dy * self._y * (1 - self._y)


class Softplus:
    """y = log(1 + exp(beta z)) / beta, a smooth ReLU; f' = sigmoid(beta z).

    Computed as max(z, 0) + log(1 + exp(-|beta z|)) / beta, which cannot overflow (PyTorch goes over
    to y = z above beta z = 20, the same within float32's rounding). Dugas et al. 2001.
    """

    initializer = "he_normal"

    def __init__(self, *, beta: float):
        self.beta = in_interval("beta", beta, "(0, inf)")

    def forward(self, z):
        self._z = z
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(self.beta * z))) / self.beta

    def backward(self, dy):
        return dy * _sigmoid(self.beta * self._z)


class Identity:
    """y = z. The network is then an affine map, however deep: a baseline, and a lesson."""

    initializer = "glorot_uniform"

    def forward(self, z):
        return z

    def backward(self, dy):
        return dy


def _sigmoid(z):
    """1 / (1 + exp(-z)) as (1 + tanh(z / 2)) / 2, which cannot overflow."""
    return (1 + np.tanh(z / 2)) / 2


ACTIVATIONS: dict[str, Any] = {
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "gelu": GELU,
    "silu": SiLU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "identity": Identity,
}
