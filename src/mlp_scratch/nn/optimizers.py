"""How a gradient becomes a step.

An optimizer sees the whole network as one flat array ``params`` and its gradient ``grads``, and
updates ``params`` in place. The formulas are PyTorch's; where Keras differs the docstring says so.
In the equations g is the gradient, t counts steps from 1, and every operation is element by
element.

All share one interface: ``Optimizer(n_params, n_weights, dtype, *, hyperparameters)``, where the
first ``n_weights`` of the parameters are weights and the others biases and the like;
``step(params, grads, lr)`` changes ``params`` and leaves ``grads`` alone; ``state`` holds the live
arrays, and ``t`` the number of steps done. With these two restored training goes on bit for bit.
``scale_free`` says whether a step is the same for a multiple of the gradient, but for eps and what
Adagrad begins with; muP (``parametrization.py``) asks for it.

One that must see the loss itself says ``asks_for_loss = True`` (``lbfgs.py``). Its ``step(params,
grads, lr, objective)`` gets a function: ``objective()`` is the loss of the batch with all penalties
at ``params`` as they are then, and writes its gradient into ``grads``. It is always the same
function: the rows are all rows, and nothing is drawn anew.
"""

from typing import Any

import numpy as np

from mlp_scratch.nn.lbfgs import LBFGS
from mlp_scratch.nn.range_checks import flag, in_interval


class SGD:
    """Gradient descent: params = params - lr g. Robbins & Monro 1951."""

    scale_free = False

    def __init__(self, n_params, n_weights, dtype):
        self.t = 0
        self.state: dict[str, np.ndarray] = {}

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        params -= lr * grads


class Momentum:
    """Gradient descent with the inertia of a heavy ball.

        v = momentum v + (1 - dampening) g        (v = g at the first step)
        params = params - lr v

    Polyak 1964; Sutskever et al. 2013. Keras keeps lr inside v, which differs when lr changes.
    """

    scale_free = False

    def __init__(self, n_params, n_weights, dtype, *, momentum: float, dampening: float):
        self.momentum = in_interval("momentum", momentum, "[0, 1)")
        self.dampening = in_interval("dampening", dampening, "[0, 1)")
        self.t = 0
        self.state = {"v": np.zeros(n_params, dtype)}

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        v = self.state["v"]
        v[...] = grads if self.t == 1 else self.momentum * v + (1 - self.dampening) * grads
        params -= lr * v


class Nesterov:
    """Momentum that looks ahead to where it is rolling.

        v = momentum v + g
        params = params - lr (g + momentum v)

    Nesterov 1983; Sutskever et al. 2013, section 2, in the form of PyTorch's ``nesterov=True``.
    """

    scale_free = False

    def __init__(self, n_params, n_weights, dtype, *, momentum: float):
        self.momentum = in_interval("momentum", momentum, "(0, 1)")
        self.t = 0
        self.state = {"v": np.zeros(n_params, dtype)}

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        v = self.state["v"]
        v[...] = self.momentum * v + grads
        params -= lr * (grads + self.momentum * v)


class Adam:
    """A step for each parameter of about lr, whatever the size of its gradients.

        m = beta1 m + (1 - beta1) g               running mean
        v = beta2 v + (1 - beta2) g^2             running mean of squares
        m_hat = m / (1 - beta1^t),  v_hat = v / (1 - beta2^t)
        params = params - lr m_hat / (sqrt(v_hat) + eps)

    Kingma & Ba 2015, algorithm 1. ``beta1`` and ``beta2`` say how long the two memories are; the
    divisions by 1 - beta^t undo their start at zero; ``eps`` limits the step where gradients are
    tiny. Keras and PyTorch place eps alike but differ in its default (1e-7, 1e-8).
    """

    scale_free = True

    def __init__(self, n_params, n_weights, dtype, *, beta1: float, beta2: float, eps: float):
        self.beta1 = in_interval("beta1", beta1, "[0, 1)")
        self.beta2 = in_interval("beta2", beta2, "[0, 1)")
        self.eps = in_interval("eps", eps, "(0, inf)")
        self.t = 0
        self.state = {"m": np.zeros(n_params, dtype), "v": np.zeros(n_params, dtype)}

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        m, v = self.state["m"], self.state["v"]
        m[...] = self.beta1 * m + (1 - self.beta1) * grads
        v[...] = self.beta2 * v + (1 - self.beta2) * grads**2
        m_hat = m / (1 - self.beta1**self.t)
        v_hat = v / (1 - self.beta2**self.t)
        params -= lr * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamW(Adam):
    """Adam that shrinks weights by itself rather than through the gradient.

        params = params - lr weight_decay params, then Adam's step

    Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2, with lr in the
    decay as PyTorch has it. Decays weights only; PyTorch decays all parameters that it is given,
    biases too.
    """

    def __init__(
        self,
        n_params,
        n_weights,
        dtype,
        *,
        beta1: float,
        beta2: float,
        eps: float,
        weight_decay: float,
    ):
        super().__init__(n_params, n_weights, dtype, beta1=beta1, beta2=beta2, eps=eps)
        self.weight_decay = in_interval("weight_decay", weight_decay, "[0, inf)")
        self.n_weights = n_weights

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        weights = params[: self.n_weights]
        weights -= lr * self.weight_decay * weights
        super().step(params, grads, lr)


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

    scale_free = True

    def __init__(
        self,
        n_params,
        n_weights,
        dtype,
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
        names = ["s"] + ["r"] * centered + ["v"] * (self.momentum > 0)
        self.state = {name: np.zeros(n_params, dtype) for name in names}

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        s = self.state["s"]
        s[...] = self.alpha * s + (1 - self.alpha) * grads**2
        variance = s
        if self.centered:
            r = self.state["r"]
            r[...] = self.alpha * r + (1 - self.alpha) * grads
            variance = np.maximum(s - r**2, 0)
        d = v = grads / (np.sqrt(variance) + self.eps)
        if self.momentum:
            v = self.state["v"]
            v[...] = self.momentum * v + d
        params -= lr * v


class Adagrad:
    """Each parameter's step shrinks with all the gradient that it has seen.

        s = s + g^2, from initial_accumulator
        params = params - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)

    Duchi et al. 2011, figure 1 (diagonal). Keras starts s at 0.1, PyTorch at 0.
    """

    scale_free = True

    def __init__(
        self, n_params, n_weights, dtype, *, eps: float, initial_accumulator: float, lr_decay: float
    ):
        self.eps = in_interval("eps", eps, "(0, inf)")
        start = in_interval("initial_accumulator", initial_accumulator, "[0, inf)")
        self.lr_decay = in_interval("lr_decay", lr_decay, "[0, inf)")
        self.t = 0
        self.state = {"s": np.full(n_params, start, dtype)}

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        s = self.state["s"]
        s[...] = s + grads**2
        lr = lr / (1 + (self.t - 1) * self.lr_decay)
        params -= lr * grads / (np.sqrt(s) + self.eps)


class Lion:
    """Only the sign of a blend of gradient and momentum: every parameter moves by exactly lr.

        c = beta1 m + (1 - beta1) g
        params = params - lr (sign(c) + weight_decay params)
        m = beta2 m + (1 - beta2) g

    Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2. Wants an lr 3
    to 10 times smaller than Adam's. Decays weights only, not biases. Not in PyTorch.
    """

    scale_free = True

    def __init__(
        self, n_params, n_weights, dtype, *, beta1: float, beta2: float, weight_decay: float
    ):
        self.beta1 = in_interval("beta1", beta1, "[0, 1)")
        self.beta2 = in_interval("beta2", beta2, "[0, 1)")
        self.weight_decay = in_interval("weight_decay", weight_decay, "[0, inf)")
        self.t = 0
        self.state = {"m": np.zeros(n_params, dtype)}
        self.n_weights = n_weights

    def step(self, params: np.ndarray, grads: np.ndarray, lr: float) -> None:
        self.t += 1
        m, weights = self.state["m"], params[: self.n_weights]
        c = self.beta1 * m + (1 - self.beta1) * grads
        weights -= lr * self.weight_decay * weights
        params -= lr * np.sign(c)
        m[...] = self.beta2 * m + (1 - self.beta2) * grads


OPTIMIZERS: dict[str, Any] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adam": Adam,
    "adamw": AdamW,
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
    "lion": Lion,
    "lbfgs": LBFGS,
}
