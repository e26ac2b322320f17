"""The layers of ``nn.layers`` with arrays that are used again at every step.

What ``forward`` and ``backward`` return is overwritten by the next call.
"""

import numpy as np

from mlp_scratch.nn import blocks
from mlp_scratch.nn import layers as plain
from mlp_scratch.nn.fast.buffers import Buffer
from mlp_scratch.nn.fast.products import product, tile_count


class Dense(plain.Dense):
    """``y = x W + b`` by products in tiles; y and dx are overwritten by the next call."""

    def __init__(self, W: np.ndarray, b: np.ndarray, dW: np.ndarray, db: np.ndarray):
        super().__init__(W, b, dW, db)
        self.n_in, self.n_out = W.shape
        self._small = 0  # see tile
        self._rows = -1  # none yet
        self._y_buffer, self._dx_buffer, self._ones_buffer = Buffer(), Buffer(), Buffer(fill=1)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        if len(x) != self._rows:
            self._resize(len(x))
        self._x = x
        y = product(x, self.W, self._y, self._y_tiles if training else 1)
        y += self.b
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        product(self._x.T, dy, self.dW, self._dW_tiles)
        product(self._ones, dy, self.db)  # the sum over rows as a product: BLAS is faster
        return product(dy, self.W.T, self._dx) if need_dx else None

    def tile(self, small: int) -> None:
        """In training take products in the tiles of ``products``."""
        self._small = small
        self._rows = -1  # resize at the next forward

    def _resize(self, rows: int) -> None:
        """Make the arrays fit batches of so many rows."""
        self._rows = rows
        dtype = self.W.dtype
        self._y = self._y_array(rows)
        self._dx = self._dx_buffer.array((rows, self.n_in), dtype)
        self._ones = self._ones_buffer.array((rows,), dtype)
        self._y_tiles = tile_count(rows, self.n_in, self.n_out, self._small)
        self._dW_tiles = tile_count(self.n_in, rows, self.n_out, self._small)

    def _y_array(self, rows: int) -> np.ndarray:
        return self._y_buffer.array((rows, self.n_out), self.W.dtype)


class Output(Dense, plain.Output):
    """The last dense layer: y is the transposed view of an (n_out, batch) array, which the loss
    prefers.
    """

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        if len(x) != self._rows:
            self._resize(len(x))
        self._x = x
        y = self._y
        product(self.W.T, x.T, out=y.T)
        y += self.b
        return y

    def _y_array(self, rows: int) -> np.ndarray:
        return self._y_buffer.array((self.n_out, rows), self.W.dtype).T


class Dropout(plain.Dropout):
    """y = x mask, dx = dy mask in place of dy. y is overwritten by the next call."""

    def __init__(self, rate: float, rng: np.random.Generator | None):
        super().__init__(rate, rng)
        self._mask_buffer, self._y_buffer = Buffer(), Buffer()
        self._dropped = False

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        self._dropped = training
        if not training:
            return x
        kept, scale = plain.draw_kept(self.rng, x.shape, self.rate)
        mask = self._mask = self._mask_buffer.like(x)
        np.copyto(mask, kept)
        mask *= scale
        return np.multiply(x, mask, out=self._y_buffer.like(x))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        if self._dropped:
            dy *= self._mask
        return dy


class BatchNorm(plain.BatchNorm):
    """Overwrites x with xhat and dy with dx; y is overwritten by the next call."""

    def __init__(self, *views: np.ndarray, eps: float, momentum: float):
        super().__init__(*views, eps=eps, momentum=momentum)
        self._y_buffer, self._work, self._mean_buffer = Buffer(), Buffer(), Buffer()

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        n = len(x)
        self._training = training
        if training:
            # averages @ x is the mean over rows, by a matrix product because BLAS is faster
            averages = self._averages = self._mean_buffer.array((n,), x.dtype)
            averages.fill(1.0 / n)
            mean = averages @ x
            x -= mean
            var = averages @ np.multiply(x, x, out=self._work.like(x))
            self.move_statistics(mean, var, n)
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
        n, work = len(dy), self._work.like(dy)
        np.sum(dy, axis=0, out=self.dbeta)
        np.sum(np.multiply(dy, self._xhat, out=work), axis=0, out=self.dgamma)
        if self._training:
            np.multiply(self._xhat, self.dgamma / n, out=work)
            dy -= work
            dy -= self.dbeta / n
        dy *= self.gamma * self._inverse_std
        return dy


class LayerNorm(plain.LayerNorm):
    """Overwrites x with xhat and dy with dx; y is overwritten by the next call.

    Means over units and sums over rows are matrix products, because BLAS is faster.
    """

    def __init__(self, *views: np.ndarray, eps: float):
        super().__init__(*views, eps=eps)
        self._y_buffer, self._work, self._ones_buffer = Buffer(), Buffer(), Buffer(fill=1)
        units = len(self.gamma)
        self._averages = np.full(units, 1.0 / units, self.gamma.dtype)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        x -= (x @ self._averages)[:, None]
        var = np.multiply(x, x, out=self._work.like(x)) @ self._averages
        self._inverse_std = (1.0 / np.sqrt(var + self.eps))[:, None]
        x *= self._inverse_std
        self._xhat = x
        y = np.multiply(x, self.gamma, out=self._y_buffer.like(x))
        y += self.beta
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        work, ones = self._work.like(dy), self._ones_buffer.array((len(dy),), dy.dtype)
        product(ones, dy, self.dbeta)
        product(ones, np.multiply(dy, self._xhat, out=work), self.dgamma)
        dy *= self.gamma
        along = np.multiply(dy, self._xhat, out=work) @ self._averages
        dy -= (dy @ self._averages)[:, None]
        dy -= np.multiply(self._xhat, along[:, None], out=work)
        dy *= self._inverse_std
        return dy


class Multiplier(plain.Multiplier):
    """y = factor x in an array that the next call overwrites, dx = factor dy in place of dy."""

    def __init__(self, factor: float):
        super().__init__(factor)
        self._y_buffer = Buffer()

    def forward(self, x: np.ndarray) -> np.ndarray:
        return np.multiply(x, self.factor, out=self._y_buffer.like(x))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dy *= self.factor
        return dy


class Residual(blocks.Residual):
    """y = x + f(x), x and dy kept before f overwrites them; y and dx are those of the next call
    too."""

    def __init__(self, *inside: blocks.Block):
        super().__init__(*inside)
        self._y_buffer, self._dx_buffer = Buffer(), Buffer()

    def forward(self, x: np.ndarray, training: bool, batch_statistics: bool) -> np.ndarray:
        y = self._y_buffer.like(x)
        np.copyto(y, x)
        for block in self.blocks:
            x = block.forward(x, training, batch_statistics)
        y += x
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray:
        dx = self._dx_buffer.like(dy)
        np.copyto(dx, dy)
        for block in reversed(self.blocks):
            dy = block.backward(dy, need_dx=True)
        dx += dy
        return dx
