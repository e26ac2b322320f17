"""The pieces between input and logits that have something to learn or to draw.

A layer's ``forward`` keeps what its ``backward`` will need, and ``backward`` turns the gradient of
the loss with respect to the layer's output into the one with respect to its input, writing the
gradients of its own parameters on the way. (Those in ``nn.fast`` use their arrays again: what they
return is overwritten by the next call, and they may write to what they are given.)
"""

import math

import numpy as np

from mlp_scratch.nn.range_checks import in_interval


class Dense:
    """Affine layer ``y = x W + b``.

    Shapes: x (batch, n_in), W (n_in, n_out), b (n_out,), y (batch, n_out).
    W, b, dW, db are views into the network's flat buffers: write into them, never rebind them.
    x is kept, not copied: leave it alone until backward.
    """

    def __init__(self, W: np.ndarray, b: np.ndarray, dW: np.ndarray, db: np.ndarray):
        self.W, self.b, self.dW, self.db = W, b, dW, db

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        self._x = x  # kept for dW
        return x @ self.W + self.b

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """dW = x^T dy, db = sum of dy over the batch; returns dx = dy W^T, if it is needed."""
        self.dW[...] = self._x.T @ dy
        self.db[...] = dy.sum(axis=0)
        return dy @ self.W.T if need_dx else None


class Output(Dense):
    """The last dense layer, whose y is the logits; the fast one lays them out for the loss."""


class Dropout:
    """In training each element is dropped with probability ``rate``, the others scaled up.

    y = x mask, mask 0 or 1 / (1 - rate); so the expected y is x, and evaluation is the identity
    ("inverted" dropout, as PyTorch and Keras do it; the paper scales at test time instead).
    Srivastava et al. 2014, "Dropout".

    Shapes: x, y (batch, units). Draws from ``rng`` in training only.
    """

    def __init__(self, rate: float, rng: np.random.Generator | None):
        self.rate = in_interval("rate", rate, "[0, 1)")
        self.rng = rng
        self._mask: np.ndarray | float = 1.0

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        self._mask = 1.0
        if training:
            kept, scale = draw_kept(self.rng, x.shape, self.rate)
            self._mask = kept.astype(x.dtype) * scale
        return x * self._mask

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy mask."""
        return dy * self._mask


def draw_kept(
    rng: np.random.Generator | None, shape: tuple[int, ...], rate: float
) -> tuple[np.ndarray, float]:
    """Which elements dropout keeps (booleans of ``shape``), and its scale 1 / (1 - rate).

    Takes 16 random bits an element, four of them from each number drawn, so that the rate is a
    multiple of 1 / 65536; the scale is exactly the one that belongs to it.
    """
    if rng is None:
        raise ValueError("dropout needs a generator for its masks")
    size, dropped = math.prod(shape), min(round(rate * 65536), 65535)
    words = rng.integers(2**64, size=-(-size // 4), dtype=np.uint64)
    bits = words.view(np.uint16)[:size].reshape(shape)
    return bits >= dropped, 65536.0 / (65536 - dropped)


class BatchNorm:
    """Each unit is normalized over the batch, then scaled and shifted by what it learns.

    y = gamma xhat + beta,  xhat = (x - mean) / sqrt(var + eps)

    Training takes mean and (biased) variance of the batch and moves the running ones towards them,
    running = (1 - momentum) running + momentum batch, with the unbiased variance; evaluation takes
    the running ones. Ioffe & Szegedy 2015, algorithms 1 and 2, as PyTorch's ``BatchNorm1d`` has
    them; Keras' momentum is 1 minus this one, its eps 1e-3, its running variance biased.
    A training batch of one row has variance 0 and leaves the running statistics alone (PyTorch
    refuses it). A batch that goes through in blocks of rows is normalized block by block.

    Shapes: x, y (batch, units); gamma, beta, their gradients and the running statistics (units,).
    gamma, beta, dgamma, dbeta are views into the network's flat buffers; ``running_mean`` and
    ``running_var`` are changed in place in training.
    """

    def __init__(self, gamma, beta, dgamma, dbeta, *, eps: float, momentum: float):
        self.gamma, self.beta, self.dgamma, self.dbeta = gamma, beta, dgamma, dbeta
        self.eps = in_interval("eps", eps, "(0, inf)")
        self.momentum = in_interval("momentum", momentum, "[0, 1]")
        self.running_mean = np.zeros_like(gamma)
        self.running_var = np.ones_like(gamma)

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        self._training = training
        mean, var = self.running_mean, self.running_var
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.move_statistics(mean, var, len(x))
        self._std = np.sqrt(var + self.eps)
        self._xhat = (x - mean) / self._std
        return self.gamma * self._xhat + self.beta

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dbeta = sum dy, dgamma = sum dy xhat (sums over the batch); returns dx.

        dx = gamma / sqrt(var + eps) (dy - mean(dy) - xhat mean(dy xhat)); the last two terms are
        there because mean and variance depend on x, and missing where they do not, in evaluation.
        """
        self.dbeta[...] = dy.sum(axis=0)
        self.dgamma[...] = (dy * self._xhat).sum(axis=0)
        if self._training:
            dy = dy - dy.mean(axis=0) - self._xhat * (dy * self._xhat).mean(axis=0)
        return self.gamma / self._std * dy

    def move_statistics(self, mean: np.ndarray, var: np.ndarray, rows: int) -> None:
        """Let the running statistics learn from a batch's mean and biased variance."""
        if rows > 1:
            unbiased = var * (rows / (rows - 1))
            for running, batch in ((self.running_mean, mean), (self.running_var, unbiased)):
                running *= 1.0 - self.momentum
                running += self.momentum * batch


class LayerNorm:
    """Each row is normalized over its units, then scaled and shifted by what it learns.

    y = gamma xhat + beta,  xhat = (x - mean) / sqrt(var + eps)

    with mean and (biased) variance of the row's units: no row sees another, and training and
    evaluation are the same. Ba, Kiros & Hinton 2016, "Layer normalization", equations 3 and 4, with
    eps as PyTorch's ``LayerNorm`` has it (Keras' default is 1e-3). A layer of one unit gives beta.

    Shapes: x, y (batch, units); gamma, beta and their gradients (units,), views into the network's
    flat buffers.
    """

    def __init__(self, gamma, beta, dgamma, dbeta, *, eps: float):
        self.gamma, self.beta, self.dgamma, self.dbeta = gamma, beta, dgamma, dbeta
        self.eps = in_interval("eps", eps, "(0, inf)")

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        self._std = np.sqrt(var + self.eps)
        self._xhat = (x - mean) / self._std
        return self.gamma * self._xhat + self.beta

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dbeta = sum dy, dgamma = sum dy xhat (sums over the batch); returns dx.

        With dxhat = gamma dy: dx = (dxhat - mean(dxhat) - xhat mean(dxhat xhat)) / sqrt(var + eps),
        means over the units, because a row's mean and variance depend on all of its x.
        """
        self.dbeta[...] = dy.sum(axis=0)
        self.dgamma[...] = (dy * self._xhat).sum(axis=0)
        dxhat = self.gamma * dy
        along = (dxhat * self._xhat).mean(axis=1, keepdims=True)
        return (dxhat - dxhat.mean(axis=1, keepdims=True) - self._xhat * along) / self._std


class Multiplier:
    """y = factor x, dx = factor dy: a constant that nobody learns. x, y (batch, units)."""

    def __init__(self, factor: float):
        self.factor = factor

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x * self.factor

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * self.factor
