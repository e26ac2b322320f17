"""The pieces between input and logits that have something to learn or to draw.

A layer's ``forward`` keeps what its ``backward`` will need, and ``backward`` turns the gradient of
the loss with respect to the layer's output into the one with respect to its input, writing the
gradients of its own parameters on the way. Returned arrays are overwritten by the next call.
"""

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.buffers import Buffer
from mlp_scratch.nn.hyperparameters import in_interval


class Dense:
    """Affine layer ``y = x W + b``.

    Shapes: x (batch, n_in), W (n_in, n_out), b (n_out,), y (batch, n_out).
    W, b, dW, db are views into the network's flat buffers: write into them, never rebind them.
    x is kept, not copied: leave it alone until backward. With ``class_major`` y is the transposed
    view of an (n_out, batch) array, which the loss prefers.
    """

    def __init__(
        self,
        W: np.ndarray,
        b: np.ndarray,
        dW: np.ndarray,
        db: np.ndarray,
        class_major: bool = False,
    ):
        self.W, self.b, self.dW, self.db = W, b, dW, db
        self.n_in, self.n_out = W.shape
        self._class_major = class_major
        self._rows = -1
        self._y_buffer = Buffer(W.dtype)
        self._dx_buffer = Buffer(W.dtype)
        self._ones_buffer = Buffer(W.dtype, fill=1.0)

    def forward(self, x: np.ndarray) -> np.ndarray:
        if len(x) != self._rows:
            self._resize(len(x))
        self._x = x
        y = np.matmul(x, self.W, out=self._y)
        y += self.b
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """dW = x^T dy, db = sum of dy over the batch; returns dx = dy W^T, or None if not needed."""
        np.matmul(self._x.T, dy, out=self.dW)
        np.matmul(self._ones, dy, out=self.db)  # a sum over rows, at BLAS speed
        if not need_dx:
            return None
        if len(self._dx) != self._rows:
            self._dx = self._dx_buffer.shaped((self._rows, self.n_in))
        return np.matmul(dy, self.W.T, out=self._dx)

    def _resize(self, rows: int) -> None:
        self._rows = rows
        if self._class_major:
            self._y = self._y_buffer.shaped((self.n_out, rows)).T
        else:
            self._y = self._y_buffer.shaped((rows, self.n_out))
        self._ones = self._ones_buffer.shaped((rows,))
        self._dx = self._dx_buffer.shaped((0, self.n_in))


class Dropout:
    """In training each element is dropped with probability ``rate``, the others scaled up.

    y = x mask / (1 - rate), mask 0 or 1; so the expected y is x, and evaluation is the identity
    ("inverted" dropout, as PyTorch and Keras do it; the paper scales at test time instead).
    Srivastava et al. 2014, "Dropout".

    Shapes: x, y (batch, units). Draws one number for each element from ``rng``, in training only.
    """

    def __init__(self, rate: float, rng: np.random.Generator, dtype: DTypeLike = np.float32):
        self.rate = in_interval("rate", rate, "[0, 1)")
        self.rng = rng
        self._shape: tuple[int, ...] = ()
        self._mask_buffer, self._y_buffer = Buffer(dtype), Buffer(dtype)

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        self._dropped = training and self.rate > 0
        if not self._dropped:
            return x
        if x.shape != self._shape:
            self._shape = x.shape
            self._mask = self._mask_buffer.shaped(x.shape)
            self._y = self._y_buffer.shaped(x.shape)
        self.rng.random(dtype=self._mask.dtype, out=self._mask)
        keep = self._mask >= self.rate
        np.multiply(keep, 1.0 / (1.0 - self.rate), out=self._mask, casting="same_kind")
        return np.multiply(x, self._mask, out=self._y)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy mask / (1 - rate), in place of dy."""
        if self._dropped:
            dy *= self._mask
        return dy


class BatchNorm:
    """Each unit is normalized over the batch, then scaled and shifted by what it learns.

    y = gamma xhat + beta, xhat = (x - mean) / sqrt(var + eps)

    Training takes mean and (biased) variance of the batch and moves the running ones towards them,
    running = (1 - momentum) running + momentum batch, with the unbiased variance; evaluation takes
    the running ones. Ioffe & Szegedy 2015, algorithms 1 and 2, as PyTorch's ``BatchNorm1d`` has
    them; Keras' momentum is 1 minus this one, its eps 1e-3, its running variance biased.
    A training batch of one row (PyTorch refuses it) has variance 0 and leaves the running ones.

    Shapes: x, y (batch, units); gamma, beta, dgamma, dbeta and the running statistics (units,).
    gamma, beta, dgamma, dbeta are views into the network's flat buffers. ``running_mean`` and
    ``running_var`` are changed in place in training. A batch that goes through in blocks of rows is
    normalized block by block.
    """

    def __init__(
        self,
        gamma: np.ndarray,
        beta: np.ndarray,
        dgamma: np.ndarray,
        dbeta: np.ndarray,
        *,
        eps: float,
        momentum: float,
    ):
        self.gamma, self.beta, self.dgamma, self.dbeta = gamma, beta, dgamma, dbeta
        self.eps = in_interval("eps", eps, "(0, inf)")
        self.momentum = in_interval("momentum", momentum, "[0, 1]")
        self.running_mean = np.zeros_like(gamma)
        self.running_var = np.ones_like(gamma)
        self._rows = -1

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        """May overwrite x."""
        self._training = training
        n = len(x)
        if training:
            mean = x.mean(axis=0)
            x -= mean
            var = np.einsum("ij,ij->j", x, x) / n
            if n > 1:
                keep = 1.0 - self.momentum
                self.running_mean *= keep
                self.running_mean += self.momentum * mean
                self.running_var *= keep
                self.running_var += self.momentum * n / (n - 1) * var
        else:
            x -= self.running_mean
            var = self.running_var
        self._inverse_std = 1.0 / np.sqrt(var + self.eps)
        x *= self._inverse_std
        self._xhat = x
        y = x * self.gamma
        y += self.beta
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dbeta = sum dy, dgamma = sum dy xhat (sums over the batch); returns dx, in place of dy.

        dx = gamma / sqrt(var + eps) (dy - mean(dy) - xhat mean(dy xhat)): the last two terms are
        there because mean and variance depend on x; in evaluation they do not.
        """
        xhat, n = self._xhat, len(dy)
        np.sum(dy, axis=0, out=self.dbeta)
        np.einsum("ij,ij->j", dy, xhat, out=self.dgamma)
        if self._training:
            dy -= self.dbeta / n
            dy -= xhat * (self.dgamma / n)
        dy *= self.gamma * self._inverse_std
        return dy
