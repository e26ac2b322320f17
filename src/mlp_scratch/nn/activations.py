"""The bend between two affine layers, without which a deep network would be one affine map.

Each class computes y = f(z) element by element in ``forward(z)`` and turns dy = dL/dy into
dz = dL/dz = dy f'(z) in ``backward(dy)``. All arrays have one shape, (batch, units). An object
belongs to one layer: between the two calls it remembers what the derivative needs, most often y
alone. The network gives every hidden layer its own copy.

``forward`` may overwrite z, and ``backward`` may overwrite dy; what they return is valid until the
next call. Where f has a kink its slope is the left one, as in PyTorch.

``initializer`` names the scheme that suits the weights of a layer with this activation; it is what
``auto`` stands for. A new activation needs nothing but these three names, and an entry in the dict
at the end.
"""

import math
from typing import Any

import numpy as np

from mlp_scratch.nn.buffers import Buffer
from mlp_scratch.nn.error_function import erf
from mlp_scratch.nn.hyperparameters import in_interval, one_of

_INTEGER = {np.dtype("f4"): np.int32, np.dtype("f8"): np.int64}  # of the same size


class ReLU:
    """y = max(z, 0), dz = dy where y > 0 and 0 elsewhere. Nair & Hinton 2010.

    Two habits make it fast: NumPy's maximum of two arrays is vectorized while that of an array and
    a number is not; and a float that is not negative sorts like the integer with its bits, so that
    min(bits, 1) is 1 where y > 0, and a product of integers leaves dy's bits alone or clears them.
    """

    initializer = "he_normal"

    def __init__(self):
        self._y: np.ndarray = np.empty(0)
        self._dy = self._y

    def forward(self, z):
        if z is not self._y:  # a batch of another length than the last
            self._y, self._dy = z, np.empty(0)
            self._zeros = np.zeros_like(z)
        return np.maximum(z, self._zeros, out=z)

    def backward(self, dy):
        if dy is not self._dy:
            integer = np.dtype(_INTEGER[dy.dtype])
            self._dy, self._dy_bits, self._y_bits = dy, dy.view(integer), self._y.view(integer)
            self._ones, self._mask = np.ones_like(self._y_bits), np.empty_like(self._y_bits)
        np.minimum(self._y_bits, self._ones, out=self._mask)
        self._dy_bits *= self._mask
        return dy


class LeakyReLU:
    """y = z where z > 0, else negative_slope z. Maas et al. 2013; Keras' default slope is 0.3."""

    initializer = "he_normal"

    def __init__(self, *, negative_slope: float):
        self.negative_slope = in_interval("negative_slope", negative_slope, "[0, 1)")
        self._work = Buffer()

    def forward(self, z):
        leak = np.multiply(z, self.negative_slope, out=self._work.like(z))
        self._y = np.maximum(z, leak, out=z)
        return self._y

    def backward(self, dy):
        slope = self._work.like(dy)
        np.copyto(slope, self._y > 0)
        slope *= 1.0 - self.negative_slope
        slope += self.negative_slope
        dy *= slope
        return dy


class ELU:
    """y = z where z > 0, else alpha (exp(z) - 1). Clevert et al. 2016, equation 15.

    On the negative side f' = alpha exp(z) = y + alpha, so y is all that backward needs.
    """

    initializer = "he_normal"
    scale = 1.0

    def __init__(self, *, alpha: float):
        self.alpha = in_interval("alpha", alpha, "(0, inf)")
        self._zeros, self._work, self._jump = Buffer(fill=0), Buffer(), Buffer()

    def forward(self, z):
        negative = np.minimum(z, self._zeros.like(z), out=self._work.like(z))
        z -= negative  # max(z, 0)
        np.expm1(negative, out=negative)
        negative *= self.alpha
        z += negative
        if self.scale != 1.0:
            z *= self.scale
        self._y = z
        return z

    def backward(self, dy):
        slope = np.minimum(self._y, self._zeros.like(dy), out=self._work.like(dy))
        slope += self.scale * self.alpha
        if self.alpha != 1.0:  # the slope jumps at 0
            jump = self._jump.like(dy)
            np.copyto(jump, self._y > 0)
            jump *= self.scale - self.scale * self.alpha
            slope += jump
        dy *= slope
        return dy


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
        self._phi_buffer, self._y, self._work, self._work2 = (Buffer() for _ in range(4))

    def forward(self, z):
        phi, u = self._phi_buffer.like(z), self._work.like(z)
        if self.approximate == "none":
            np.multiply(z, math.sqrt(0.5), out=u)
            erf(u, out=phi, work=self._work2.like(z))
        else:
            np.multiply(z, z, out=u)
            u *= self.CUBIC
            u += 1.0
            u *= z
            u *= self.SQRT_2_OVER_PI
            np.tanh(u, out=phi)
        phi += 1.0
        phi *= 0.5
        self._z, self._phi = z, phi
        return np.multiply(z, phi, out=self._y.like(z))

    def backward(self, dy):
        z, phi, slope = self._z, self._phi, self._work.like(dy)
        np.multiply(z, z, out=slope)
        if self.approximate == "none":
            slope *= -0.5
            np.exp(slope, out=slope)
            slope *= 1.0 / math.sqrt(2.0 * math.pi)
        else:
            slope *= 3.0 * self.CUBIC
            slope += 1.0
            slope *= 2.0 * self.SQRT_2_OVER_PI  # 2 du/dz
            slope *= phi
            slope *= np.subtract(1.0, phi, out=self._work2.like(dy))
        slope *= z
        slope += phi
        dy *= slope
        return dy


class SiLU:
    """y = z s with s = sigmoid(z), also called swish; f' = s + y (1 - s).

    Elfwing et al. 2018; Ramachandran et al. 2017.
    """

    initializer = "he_normal"

    def __init__(self):
        self._s_buffer, self._work = Buffer(), Buffer()

    def forward(self, z):
        self._s = _sigmoid(z, out=self._s_buffer.like(z))
        z *= self._s
        self._y = z
        return z

    def backward(self, dy):
        slope = np.subtract(1.0, self._s, out=self._work.like(dy))
        slope *= self._y
        slope += self._s
        dy *= slope
        return dy


class Tanh:
    """y = tanh(z), dz = dy (1 - y^2)."""

    initializer = "glorot_uniform"

    def __init__(self):
        self._work = Buffer()

    def forward(self, z):
        self._y = np.tanh(z, out=z)
        return self._y

    def backward(self, dy):
        slope = np.multiply(self._y, self._y, out=self._work.like(dy))
        np.subtract(1.0, slope, out=slope)
        dy *= slope
        return dy


class Sigmoid:
    """y = 1 / (1 + exp(-z)), dz = dy y (1 - y)."""

    initializer = "glorot_uniform"

    def __init__(self):
        self._work = Buffer()

    def forward(self, z):
        self._y = _sigmoid(z, out=z)
        return self._y

    def backward(self, dy):
        slope = np.subtract(1.0, self._y, out=self._work.like(dy))
        slope *= self._y
        dy *= slope
        return dy


class Softplus:
    """y = log(1 + exp(beta z)) / beta, a smooth ReLU; f' = sigmoid(beta z) = 1 - exp(-beta y).

    Computed as max(z, 0) + log(1 + exp(-|beta z|)) / beta, which cannot overflow (PyTorch goes over
    to y = z above beta z = 20, the same within float32's rounding). Dugas et al. 2001.
    """

    initializer = "he_normal"

    def __init__(self, *, beta: float):
        self.beta = in_interval("beta", beta, "(0, inf)")
        self._zeros, self._work = Buffer(fill=0), Buffer()

    def forward(self, z):
        bend = np.abs(z, out=self._work.like(z))
        bend *= -self.beta
        np.exp(bend, out=bend)
        np.log1p(bend, out=bend)
        bend *= 1.0 / self.beta
        np.maximum(z, self._zeros.like(z), out=z)
        z += bend
        self._y = z
        return z

    def backward(self, dy):
        slope = np.multiply(self._y, -self.beta, out=self._work.like(dy))
        np.expm1(slope, out=slope)
        np.negative(slope, out=slope)
        dy *= slope
        return dy


class Identity:
    """y = z. The network is then an affine map, however deep: a baseline, and a lesson."""

    initializer = "glorot_uniform"

    def forward(self, z):
        return z

    def backward(self, dy):
        return dy


def _sigmoid(z, out):
    """1 / (1 + exp(-z)) as (1 + tanh(z / 2)) / 2, which cannot overflow."""
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out += 1.0
    out *= 0.5
    return out


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
