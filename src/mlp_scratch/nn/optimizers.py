"""How a gradient becomes a step.

An optimizer sees the whole network as one flat array ``params`` and its gradient ``grads``, and
updates ``params`` in place, in array operations that allocate nothing. The formulas are PyTorch's;
where Keras differs the docstring says so. In the equations g is the gradient, t counts steps from
1, and every operation is element by element.

All share one interface: ``Optimizer(n_params, n_weights, dtype, *, hyperparameters)``, where the
first ``n_weights`` of the parameters are weights and the others biases and the like;
``step(params, grads, lr)`` changes ``params`` and leaves ``grads`` alone; ``state`` holds the live
arrays, and ``t`` the number of steps done. With these two restored training goes on bit for bit.
Those of this project are ``elementwise``, so that two processes can share a step.

Those that give each parameter a step size of its own are in ``adaptive_optimizers``.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.adaptive_optimizers import Adagrad, Adam, AdamW, RMSProp
from mlp_scratch.nn.buffers import clear_faint, shared_zeros
from mlp_scratch.nn.elementwise import elementwise
from mlp_scratch.nn.hyperparameters import in_interval


@elementwise
class SGD:
    """Gradient descent: params = params - lr g. Robbins & Monro 1951."""

    def __init__(self, n_params: int, n_weights: int, dtype: DTypeLike):
        self.t = 0
        self.state: dict[str, np.ndarray] = {}
        self._update = np.empty(n_params, dtype)

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        np.multiply(grads, lr, out=self._update)
        params -= self._update


@elementwise
class Momentum:
    """Gradient descent with the inertia of a heavy ball.

        v = momentum v + (1 - dampening) g        (v = g at the first step)
        params = params - lr v

    Polyak 1964; Sutskever et al. 2013. Keras keeps lr inside v, which differs when lr changes.
    """

    def __init__(
        self, n_params: int, n_weights: int, dtype: DTypeLike, *, momentum: float, dampening: float
    ):
        self.momentum = in_interval("momentum", momentum, "[0, 1)")
        self.dampening = in_interval("dampening", dampening, "[0, 1)")
        self.t = 0
        self._v = shared_zeros(n_params, dtype)
        self.state = {"v": self._v}
        self._update = np.empty(n_params, dtype)

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        v, update = self._v, self._update
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


@elementwise
class Nesterov:
    """Momentum that looks ahead to where it is rolling.

        v = momentum v + g
        params = params - lr (g + momentum v)

    Nesterov 1983; Sutskever et al. 2013, section 2, in the form of PyTorch's ``nesterov=True``.
    """

    def __init__(self, n_params: int, n_weights: int, dtype: DTypeLike, *, momentum: float):
        self.momentum = in_interval("momentum", momentum, "(0, 1)")
        self.t = 0
        self._v = shared_zeros(n_params, dtype)
        self.state = {"v": self._v}
        self._update = np.empty(n_params, dtype)

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        v, update = self._v, self._update
        v *= self.momentum
        v += grads
        np.multiply(v, self.momentum, out=update)
        update += grads
        update *= lr
        params -= update
        if self.t % 128 == 0:
            clear_faint(v, work=update)


@elementwise
class Lion:
    """Only the sign of a blend of gradient and momentum: every parameter moves by exactly lr.

        c = beta1 m + (1 - beta1) g
        params = params - lr (sign(c) + weight_decay params)
        m = beta2 m + (1 - beta2) g

    Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2. Wants an lr 3
    to 10 times smaller than Adam's. Decays weights only, not biases. Not in PyTorch.
    """

    def __init__(
        self,
        n_params: int,
        n_weights: int,
        dtype: DTypeLike,
        *,
        beta1: float,
        beta2: float,
        weight_decay: float,
    ):
        self.beta1 = in_interval("beta1", beta1, "[0, 1)")
        self.beta2 = in_interval("beta2", beta2, "[0, 1)")
        self.weight_decay = in_interval("weight_decay", weight_decay, "[0, inf)")
        self.t = 0
        self._m = shared_zeros(n_params, dtype)
        self.state = {"m": self._m}
        self._n_weights = n_weights
        self._update = np.empty(n_params, dtype)

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        m, update = self._m, self._update
        np.subtract(m, grads, out=update)  # beta m + (1 - beta) g = g + beta (m - g)
        update *= self.beta1
        update += grads
        np.sign(update, out=update)
        update *= lr
        params[: self._n_weights] *= 1.0 - lr * self.weight_decay
        params -= update
        m -= grads
        m *= self.beta2
        m += grads
        if self.t % 128 == 0:
            clear_faint(m, work=update)


OPTIMIZERS: dict[str, Any] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adam": Adam,
    "adamw": AdamW,
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
    "lion": Lion,
}
