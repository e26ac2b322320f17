"""The optimizers of ``nn.optimizers`` in array operations that allocate nothing.

Each has one array to work in, and its state lies in memory that every fork of this process shares.
They are ``elementwise``: all their arrays have one element a parameter, ``step`` looks at each of
these by itself, ``state`` changes in place and nothing else from step to step but ``t``. Several of
them, each with a part of the parameters, then give the same bits as one.
"""

import math

import numpy as np

from mlp_scratch.nn import optimizers as plain
from mlp_scratch.nn.fast.buffers import clear_faint, shared_copies


class InPlace:
    """Stands before a plain optimizer: its state in shared memory, and one array to work in."""

    state: dict[str, np.ndarray]

    def __init__(self, n_params, n_weights, dtype, **hyperparameters):
        super().__init__(n_params, n_weights, dtype, **hyperparameters)  # type: ignore[call-arg]
        self.state, self._update = shared_copies(self.state), np.empty(n_params, dtype)


class SGD(InPlace, plain.SGD):
    """params = params - lr g."""

    elementwise = True

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        np.multiply(grads, lr, out=self._update)
        params -= self._update


class Momentum(InPlace, plain.Momentum):
    """v = momentum v + (1 - dampening) g, then params = params - lr v."""

    elementwise = True

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        v, update = self.state["v"], self._update
        v *= self.momentum
        if self.dampening and self.t:
            np.multiply(grads, 1.0 - self.dampening, out=update)
            v += update
        else:
            v += grads
        self.t += 1
        np.multiply(v, lr, out=update)
        params -= update
        if self.t % 128 == 0:
            clear_faint(v, work=update)


class Nesterov(InPlace, plain.Nesterov):
    """v = momentum v + g, then params = params - lr (g + momentum v)."""

    elementwise = True

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        v, update = self.state["v"], self._update
        v *= self.momentum
        v += grads
        np.multiply(v, self.momentum, out=update)
        update += grads
        update *= lr
        params -= update
        if self.t % 128 == 0:
            clear_faint(v, work=update)


class Adam(InPlace, plain.Adam):
    """Adam whose constant factors wait until the end.

    ``state`` holds m / (1 - beta1) and v / (1 - beta2), which saves two of the passes over memory
    that are all the cost of a step.
    """

    elementwise = True

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        m, v, update = self.state["m"], self.state["v"], self._update
        m *= self.beta1
        m += grads
        np.multiply(grads, grads, out=update)
        v *= self.beta2
        v += update
        m_scale = (1.0 - self.beta1) / (1.0 - self.beta1**self.t)
        v_scale = math.sqrt((1.0 - self.beta2) / (1.0 - self.beta2**self.t))
        np.sqrt(v, out=update)
        update += self.eps / v_scale
        np.divide(m, update, out=update)
        update *= lr * m_scale / v_scale
        params -= update
        if self.t % 128 == 0:
            clear_faint(m, work=update)


class AdamW(Adam, plain.AdamW):
    """The decay of the plain AdamW, then the step of the fast Adam."""

    elementwise = True

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        params[: self.n_weights] *= 1.0 - lr * self.weight_decay
        super().step(params, grads, lr)


class RMSProp(InPlace, plain.RMSProp):
    """d = g / (sqrt(s - r^2) + eps), step by step in one array."""

    elementwise = True

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        s, update = self.state["s"], self._update
        np.multiply(grads, grads, out=update)
        update *= 1.0 - self.alpha
        s *= self.alpha
        s += update
        if self.centered:
            r = self.state["r"]
            np.multiply(grads, 1.0 - self.alpha, out=update)
            r *= self.alpha
            r += update
            np.multiply(r, r, out=update)
            np.subtract(s, update, out=update)
            np.maximum(update, 0.0, out=update)
            np.sqrt(update, out=update)
        else:
            np.sqrt(s, out=update)
        update += self.eps
        np.divide(grads, update, out=update)
        if self.momentum:
            v = self.state["v"]
            v *= self.momentum
            v += update
            np.multiply(v, lr, out=update)
        else:
            update *= lr
        params -= update


class Adagrad(InPlace, plain.Adagrad):
    """s = s + g^2, then params = params - lr g / (sqrt(s) + eps), lr with its decay."""

    elementwise = True

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        lr = lr / (1.0 + self.t * self.lr_decay)
        self.t += 1
        s, update = self.state["s"], self._update
        np.multiply(grads, grads, out=update)
        s += update
        np.sqrt(s, out=update)
        update += self.eps
        np.divide(grads, update, out=update)
        update *= lr
        params -= update


class Lion(InPlace, plain.Lion):
    """The sign of g + beta1 (m - g), which is beta1 m + (1 - beta1) g."""

    elementwise = True

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        m, update = self.state["m"], self._update
        np.subtract(m, grads, out=update)  # beta m + (1 - beta) g = g + beta (m - g)
        update *= self.beta1
        update += grads
        np.sign(update, out=update)
        update *= lr
        params[: self.n_weights] *= 1.0 - lr * self.weight_decay
        params -= update
        m -= grads
        m *= self.beta2
        m += grads
        if self.t % 128 == 0:
            clear_faint(m, work=update)
