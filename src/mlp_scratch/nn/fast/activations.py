"""The activations of ``nn.activations`` without a new array at every step.

``forward`` overwrites z and ``backward`` overwrites dy; where more room is needed a ``Buffer`` has
it. The formulas are those of the plain classes, rearranged so that y alone is remembered, or fewer
passes over memory are made.
"""

import math

import numpy as np

from mlp_scratch.nn import activations as plain
from mlp_scratch.nn.fast.buffers import Buffer
from mlp_scratch.nn.fast.error_function import erf

_INTEGER = {np.dtype("f4"): np.int32, np.dtype("f8"): np.int64}  # of the same size


class ReLU(plain.ReLU):
    """y = max(z, 0), dz = dy where y > 0 and 0 elsewhere, in two habits that are fast.

    NumPy's maximum of two arrays is vectorized while that of an array and a number is not; and a
    float that is not negative sorts like the integer with its bits, so that min(bits, 1) is 1 where
    y > 0, and a product of integers leaves dy's bits alone or clears them.
    """

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


class LeakyReLU(plain.LeakyReLU):
    """y = max(z, negative_slope z), the same because the slope is below 1."""

    def __init__(self, *, negative_slope: float):
        super().__init__(negative_slope=negative_slope)
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


class ELU(plain.ELU):
    """y = max(z, 0) + alpha (exp(min(z, 0)) - 1).

    On the negative side f' = alpha exp(z) = y + alpha, so y is all that backward needs.
    """

    def __init__(self, **hyperparameters: float):
        super().__init__(**hyperparameters)
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


class SELU(ELU, plain.SELU):
    """The fast ELU with the constants of the plain SELU."""


class GELU(plain.GELU):
    """y = z Phi(z), step by step in a few arrays; see the plain class for the formulas."""

    def __init__(self, *, approximate: str):
        super().__init__(approximate=approximate)
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


class SiLU(plain.SiLU):
    """y = z s with s = sigmoid(z); f' = s + y (1 - s)."""

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


class Tanh(plain.Tanh):
    """y = tanh(z), dz = dy (1 - y^2)."""

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


class Sigmoid(plain.Sigmoid):
    """y = 1 / (1 + exp(-z)), dz = dy y (1 - y)."""

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


class Softplus(plain.Softplus):
    """y = max(z, 0) + log(1 + exp(-|beta z|)) / beta; f' = sigmoid(beta z) = 1 - exp(-beta y)."""

    def __init__(self, *, beta: float):
        super().__init__(beta=beta)
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


def _sigmoid(z, out):
    """1 / (1 + exp(-z)) as (1 + tanh(z / 2)) / 2, which cannot overflow."""
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out += 1.0
    out *= 0.5
    return out
