"""The bend between two affine layers, without which a deep network would be one affine map.

Each class computes y = f(z) element by element in ``forward(z)`` and turns dy = dL/dy into
dz = dL/dz = dy f'(z) in ``backward(dy)``. All arrays have one shape, (batch, units). An object
belongs to one layer: between the two calls it remembers what the derivative needs, most often y
alone. The network gives every hidden layer its own copy.

``forward`` may overwrite z and ``backward`` may overwrite dy; what they return is valid until the
next call. Where f has a kink, its slope there is that of the left side, as in PyTorch.

``initializer`` is the scheme that suits the weights of a layer with this activation; it is what
``model.init=auto`` stands for. A new activation needs nothing but these three names.
"""

import math

import numpy as np

from mlp_scratch.nn.buffers import Buffer
from mlp_scratch.nn.error_function import erf
from mlp_scratch.nn.hyperparameters import in_interval, one_of


class ReLU:
    """y = max(z, 0), dz = dy where y > 0 and 0 elsewhere. Nair & Hinton 2010."""

    initializer = "he_normal"
    _shape: tuple[int, ...] = ()

    def forward(self, z):
        if z.shape != self._shape:
            self._shape = z.shape
            self._zeros = np.zeros_like(z)
            self._mask = np.empty(z.shape, dtype=f"i{z.itemsize}")
        self._y = np.maximum(z, self._zeros, out=z)  # a whole array of zeros beats the scalar
        return self._y

    def backward(self, dy):
        mask = np.greater(self._y, 0.0)
        dy *= mask
        return dy


class LeakyReLU:
    """y = z where z > 0, else negative_slope z. Maas et al. 2013; Keras' default slope is 0.3."""

    initializer = "he_normal"

    def __init__(self, *, negative_slope: float):
        self.negative_slope = in_interval("negative_slope", negative_slope, "[0, 1)")

    def forward(self, z):
        self._slope = np.where(z > 0, 1.0, self.negative_slope).astype(z.dtype)
        z *= self._slope
        return z

    def backward(self, dy):
        dy *= self._slope
        return dy


class ELU:
    """y = z where z > 0, else alpha (exp(z) - 1). Clevert et al. 2016, equation 15.

    There f'(z) = y + alpha on the negative side, so y is all that backward needs.
    """

    initializer = "he_normal"

    def __init__(self, *, alpha: float):
        self.alpha = in_interval("alpha", alpha, "(0, inf)")

    def forward(self, z):
        negative = np.minimum(z, 0.0)
        np.expm1(negative, out=negative)
        negative *= self.alpha
        np.maximum(z, 0.0, out=z)
        z += negative
        self._y = z
        return z

    def backward(self, dy):
        slope = np.minimum(self._y, 0.0)
        slope += self.alpha
        slope[self._y > 0] = 1.0
        dy *= slope
        return dy


class SELU:
    """y = scale * (z where z > 0, else alpha (exp(z) - 1)), which keeps mean 0 and variance 1.

    Klambauer et al. 2017, "Self-normalizing neural networks", equation 2; the two constants solve
    its fixed-point equations. Wants LeCun's initialization.
    """

    initializer = "lecun_normal"
    ALPHA = 1.6732632423543772848170429916717
    SCALE = 1.0507009873554804934193349852946

    def forward(self, z):
        negative = np.minimum(z, 0.0)
        np.expm1(negative, out=negative)
        negative *= self.ALPHA
        np.maximum(z, 0.0, out=z)
        z += negative
        z *= self.SCALE
        self._y = z
        return z

    def backward(self, dy):
        slope = np.minimum(self._y, 0.0)
        slope += self.SCALE * self.ALPHA
        slope[self._y > 0] = self.SCALE
        dy *= slope
        return dy


class GELU:
    """y = z Phi(z), with Phi the normal distribution's cumulative function.

    ``approximate="none"``: Phi(z) = (1 + erf(z / sqrt 2)) / 2, f' = Phi(z) + z phi(z);
    ``approximate="tanh"``: Phi(z) = (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))) / 2.
    Hendrycks & Gimpel 2016, section 2. PyTorch and Keras default to the exact form.
    """

    initializer = "he_normal"

    def __init__(self, *, approximate: str):
        self.approximate = one_of("approximate", approximate, ("none", "tanh"))

    def forward(self, z):
        self._z = z
        if self.approximate == "none":
            self._phi = 0.5 * (1.0 + erf(z * math.sqrt(0.5)))
        else:
            self._phi = 0.5 * (1.0 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
        return z * self._phi

    def backward(self, dy):
        z, phi = self._z, self._phi
        if self.approximate == "none":
            density = np.exp(-0.5 * z * z) * (1.0 / math.sqrt(2.0 * math.pi))
        else:
            density = 2 * phi * (1 - phi) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z * z)
        dy *= phi + z * density
        return dy


class SiLU:
    """y = z sigmoid(z), also called swish. Elfwing et al. 2018; Ramachandran et al. 2017.

    With s = sigmoid(z): f' = s + z s (1 - s) = s + y (1 - s).
    """

    initializer = "he_normal"

    def forward(self, z):
        self._s = 0.5 * (1.0 + np.tanh(0.5 * z))
        self._y = z * self._s
        return self._y.copy()

    def backward(self, dy):
        s = self._s
        dy *= s + self._y * (1.0 - s)
        return dy


class Tanh:
    """y = tanh(z), dz = dy (1 - y^2)."""

    initializer = "glorot_uniform"

    def forward(self, z):
        self._y = np.tanh(z, out=z)
        return self._y

    def backward(self, dy):
        dy *= 1.0 - self._y**2
        return dy


class Sigmoid:
    """y = 1 / (1 + exp(-z)), computed as (1 + tanh(z / 2)) / 2, which cannot overflow.

    dz = dy y (1 - y).
    """

    initializer = "glorot_uniform"

    def forward(self, z):
        z *= 0.5
        np.tanh(z, out=z)
        z += 1.0
        z *= 0.5
        self._y = z
        return z

    def backward(self, dy):
        dy *= self._y * (1.0 - self._y)
        return dy


class Softplus:
    """y = log(1 + exp(beta z)) / beta, a smooth ReLU. Dugas et al. 2001.

    Computed as max(z, 0) + log(1 + exp(-|beta z|)) / beta, which cannot overflow (PyTorch goes over
    to y = z above beta z = 20, the same within rounding). f' = sigmoid(beta z) = 1 - exp(-beta y).
    """

    initializer = "he_normal"

    def __init__(self, *, beta: float):
        self.beta = in_interval("beta", beta, "(0, inf)")

    def forward(self, z):
        curve = np.log1p(np.exp(-self.beta * np.abs(z)))
        curve *= 1.0 / self.beta
        np.maximum(z, 0.0, out=z)
        z += curve
        self._y = z
        return z

    def backward(self, dy):
        dy *= -np.expm1(-self.beta * self._y)
        return dy


class Identity:
    """y = z. The network is then an affine map, however deep: a baseline, and a lesson."""

    initializer = "glorot_uniform"

    def forward(self, z):
        return z

    def backward(self, dy):
        return dy


ACTIVATIONS = {
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
