"""Optimizers that give each parameter a step size of its own, from the size of its gradients.

Where gradients are small steps become long, where they are large steps become short. The interface
is that of ``optimizers``, where the registry is.
"""

import math

import numpy as np
from numpy.typing import DTypeLike

from mlp_scratch.nn.buffers import clear_faint, shared_zeros
from mlp_scratch.nn.elementwise import elementwise
from mlp_scratch.nn.hyperparameters import flag, in_interval


@elementwise
class Adam:
    """A step for each parameter of about lr, whatever the size of its gradients.

        m = beta1 m + (1 - beta1) g               running mean
        v = beta2 v + (1 - beta2) g^2             running mean of squares
        params = params - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    Kingma & Ba 2015, algorithm 1. ``beta1`` and ``beta2`` say how long the two memories are; the
    divisions by 1 - beta^t undo their start at zero; ``eps`` limits the step where gradients are
    tiny. Keras and PyTorch place eps alike but differ in its default (1e-7, 1e-8).

    ``state`` holds m / (1 - beta1) and v / (1 - beta2): the constant factors wait until the end,
    which saves two of the passes over memory that are all the cost of a step.
    """

    def __init__(
        self,
        n_params: int,
        n_weights: int,
        dtype: DTypeLike,
        *,
        beta1: float,
        beta2: float,
        eps: float,
    ):
        self.beta1 = in_interval("beta1", beta1, "[0, 1)")
        self.beta2 = in_interval("beta2", beta2, "[0, 1)")
        self.eps = in_interval("eps", eps, "(0, inf)")
        self.t = 0
        self._m, self._v = shared_zeros(n_params, dtype), shared_zeros(n_params, dtype)
        self.state = {"m": self._m, "v": self._v}
        self._update = np.empty(n_params, dtype)

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        m, v, update = self._m, self._v, self._update
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


@elementwise
class AdamW(Adam):
    """Adam that shrinks weights by itself rather than through the gradient.

        params = params - lr weight_decay params, then Adam's step

    Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2, with lr in the
    decay as PyTorch has it. Decays weights only; PyTorch decays all parameters that it is given,
    biases too.
    """

    def __init__(
        self,
        n_params: int,
        n_weights: int,
        dtype: DTypeLike,
        *,
        beta1: float,
        beta2: float,
        eps: float,
        weight_decay: float,
    ):
        super().__init__(n_params, n_weights, dtype, beta1=beta1, beta2=beta2, eps=eps)
        self.weight_decay = in_interval("weight_decay", weight_decay, "[0, inf)")
        self._n_weights = n_weights

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        params[: self._n_weights] *= 1.0 - lr * self.weight_decay
        super().step(params, grads, lr)


@elementwise
class RMSProp:
    """The gradient divided by its recent size.

        s = alpha s + (1 - alpha) g^2
        r = alpha r + (1 - alpha) g               only if centered; else r = 0
        d = g / (sqrt(s - r^2) + eps)
        v = momentum v + d                        only if momentum > 0; else v = d
        params = params - lr v

    Tieleman & Hinton 2012, lecture 6.5; centered: Graves 2013, equations 38 to 45. Keras' and
    TensorFlow's eps stands inside the root. Rounding can make s - r^2 negative: it counts as 0.
    """

    def __init__(
        self,
        n_params: int,
        n_weights: int,
        dtype: DTypeLike,
        *,
        alpha: float,
        eps: float,
        momentum: float,
        centered: bool,
    ):
        self.alpha = in_interval("alpha", alpha, "[0, 1)")
        self.eps = in_interval("eps", eps, "(0, inf)")
        self.momentum = in_interval("momentum", momentum, "[0, 1)")
        self.centered = flag("centered", centered)
        self.t = 0
        self.state = {"s": shared_zeros(n_params, dtype)}
        if centered:
            self.state["r"] = shared_zeros(n_params, dtype)
        if momentum:
            self.state["v"] = shared_zeros(n_params, dtype)
        self._update = np.empty(n_params, dtype)

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


@elementwise
class Adagrad:
    """Each parameter's step shrinks with all the gradient that it has seen.

        s = s + g^2, from initial_accumulator
        params = params - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)

    Duchi et al. 2011, figure 1 (diagonal). Keras starts s at 0.1, PyTorch at 0.
    """

    def __init__(
        self,
        n_params: int,
        n_weights: int,
        dtype: DTypeLike,
        *,
        eps: float,
        initial_accumulator: float,
        lr_decay: float,
    ):
        self.eps = in_interval("eps", eps, "(0, inf)")
        self.initial_accumulator = in_interval(
            "initial_accumulator", initial_accumulator, "[0, inf)"
        )
        self.lr_decay = in_interval("lr_decay", lr_decay, "[0, inf)")
        self.t = 0
        self._s = shared_zeros(n_params, dtype)
        self._s.fill(self.initial_accumulator)
        self.state = {"s": self._s}
        self._update = np.empty(n_params, dtype)

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        lr = lr / (1.0 + self.t * self.lr_decay)
        self.t += 1
        s, update = self._s, self._update
        np.multiply(grads, grads, out=update)
        s += update
        np.sqrt(s, out=update)
        update += self.eps
        np.divide(grads, update, out=update)
        update *= lr
        params -= update
