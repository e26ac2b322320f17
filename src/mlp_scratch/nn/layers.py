"""The pieces between input and logits that have something to learn or to draw.

A layer's ``forward`` keeps what its ``backward`` will need, and ``backward`` turns the gradient of
the loss with respect to the layer's output into the one with respect to its input, writing the
gradients of its own parameters on the way. Returned arrays are overwritten by the next call.
"""

import numpy as np

from mlp_scratch.nn.buffers import Buffer
from mlp_scratch.nn.hyperparameters import in_interval
from mlp_scratch.nn.products import product, tile_count


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
        self._small = 0  # see tile
        self._rows = -1
        self._y_buffer, self._dx_buffer, self._ones_buffer = Buffer(), Buffer(), Buffer(fill=1)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        if len(x) != self._rows:
            self.resize(len(x))
        self._x = x
        y = self._y
        if self._class_major:
            product(self.W.T, x.T, out=y.T)
        else:
            product(x, self.W, y, self._y_tiles if training else 1)
        y += self.b
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """dW = x^T dy, db = sum of dy over the batch; returns dx = dy W^T, if it is needed."""
        product(self._x.T, dy, self.dW, self._dW_tiles)
        product(self._ones, dy, self.db)  # the sum over rows as a product: BLAS is faster
        return product(dy, self.W.T, self._dx) if need_dx else None

    def tile(self, small: int) -> None:
        """In training take products in the tiles of ``products``."""
        self._small = small
        self.resize(self._rows)

    def resize(self, rows: int) -> None:
        """Make the arrays fit batches of so many rows; forward does it by itself."""
        self._rows = rows
        dtype = self.W.dtype
        if self._class_major:
            self._y = self._y_buffer.array((self.n_out, rows), dtype).T
        else:
            self._y = self._y_buffer.array((rows, self.n_out), dtype)
        self._dx = self._dx_buffer.array((rows, self.n_in), dtype)
        self._ones = self._ones_buffer.array((rows,), dtype)
        self._y_tiles = tile_count(rows, self.n_in, self.n_out, self._small)
        self._dW_tiles = tile_count(self.n_in, rows, self.n_out, self._small)


class Dropout:
    """In training each element is dropped with probability ``rate``, the others scaled up.

    y = x mask / (1 - rate), mask 0 or 1; so the expected y is x, and evaluation is the identity
    ("inverted" dropout, as PyTorch and Keras do it; the paper scales at test time instead).
    Srivastava et al. 2014, "Dropout".

    Shapes: x, y (batch, units). Draws from ``rng`` in training only: 16 random bits an element, so
    that the rate is a multiple of 1 / 65536, exactly the one by whose complement it scales.
    """

    def __init__(self, rate: float, rng: np.random.Generator):
        self.rate = in_interval("rate", rate, "[0, 1)")
        self.rng = rng
        self._threshold = min(round(self.rate * 65536), 65535)
        self._keep_buffer, self._mask_buffer, self._y_buffer = Buffer(), Buffer(), Buffer()
        self._dropped = False

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        self._dropped = training
        if not training:
            return x
        words = self.rng.integers(2**64, size=-(-x.size // 4), dtype=np.uint64)
        bits = words.view(np.uint16)[: x.size].reshape(x.shape)
        keep = self._keep_buffer.array(x.shape, np.bool_)
        np.greater_equal(bits, self._threshold, out=keep)
        mask = self._mask = self._mask_buffer.like(x)
        np.copyto(mask, keep)
        mask *= 65536.0 / (65536 - self._threshold)
        return np.multiply(x, mask, out=self._y_buffer.like(x))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy mask / (1 - rate), in place of dy."""
        if self._dropped:
            dy *= self._mask
        return dy


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
        self._y_buffer, self._work, self._mean_buffer = Buffer(), Buffer(), Buffer()

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        """Overwrites x with xhat."""
        n = len(x)
        self._training = training
        if training:
            # averages @ x is the mean over rows, by a matrix product because BLAS is faster
            averages = self._averages = self._mean_buffer.array((n,), x.dtype)
            averages.fill(1.0 / n)
            mean = averages @ x
            x -= mean
            var = averages @ np.multiply(x, x, out=self._work.like(x))
            if n > 1:
                self._move(self.running_mean, mean)
                self._move(self.running_var, var * (n / (n - 1)))
        else:
            x -= self.running_mean
            var = self.running_var
        self._inverse_std = 1.0 / np.sqrt(var + self.eps)
        x *= self._inverse_std
        self._xhat = x
        y = np.multiply(x, self.gamma, out=self._y_buffer.like(x))
        y += self.beta
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dbeta = sum dy, dgamma = sum dy xhat (sums over the batch); returns dx, in place of dy.

        dx = gamma / sqrt(var + eps) (dy - mean(dy) - xhat mean(dy xhat)); the last two terms are
        there because mean and variance depend on x, and missing where they do not, in evaluation.
        """
        n, work = len(dy), self._work.like(dy)
        np.sum(dy, axis=0, out=self.dbeta)
        np.sum(np.multiply(dy, self._xhat, out=work), axis=0, out=self.dgamma)
        if self._training:
            np.multiply(self._xhat, self.dgamma / n, out=work)
            dy -= work
            dy -= self.dbeta / n
        dy *= self.gamma * self._inverse_std
        return dy

    def _move(self, running: np.ndarray, batch: np.ndarray) -> None:
        running *= 1.0 - self.momentum
        running += self.momentum * batch
