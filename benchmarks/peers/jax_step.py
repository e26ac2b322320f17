"""JAX with one compiled training step, called from a Python loop."""

import os
from functools import partial

import numpy as np

from cells import BETA1, BETA2, EPS, MOMENTUM, Cell, Data, first_weights


class Peer:
    def __init__(self, cell: Cell, data: Data, threads: int):
        if threads == 1:  # XLA makes a thread for every core that it may use
            os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
        import jax
        import jax.numpy as jnp

        self.jax, self.jnp, self.cell, self.threads = jax, jnp, cell, threads
        self.x, self.y = jnp.asarray(data.floats), jnp.asarray(data.y.astype("i4"))
        self.rng = np.random.default_rng(0)  # permutes faster than jax.random
        step = partial(train_step, cell.optimizer, cell.lr)
        self.build(step)
        self.start()
        self.epoch()  # compiles
        self.start()

    def start(self) -> None:
        jnp, zeros = self.jnp, self.jax.tree.map
        params = [(jnp.asarray(W), jnp.asarray(b)) for W, b in first_weights(self.cell.layers)]
        m, v = zeros(jnp.zeros_like, params), zeros(jnp.zeros_like, params)
        if self.cell.optimizer == "sgd":
            m = v = ()
        elif self.cell.optimizer == "momentum":
            v = ()
        self.state = (params, m, v, jnp.zeros((), jnp.int32), jnp.zeros(()), jnp.zeros((), "i4"))

    def build(self, step) -> None:
        def gathered(state, x, y, rows):
            return step(state, x[rows], y[rows])

        jit = partial(self.jax.jit, donate_argnums=0)
        self.step, self.gathered = jit(step), jit(gathered)

    def blas(self) -> str:
        return f"jax {self.jax.__version__} XLA:CPU, {self.threads} threads"

    def order(self):
        return self.jnp.asarray(self.rng.permutation(len(self.x)).astype("i4"))

    def train(self) -> None:
        batch, n = self.cell.batch, len(self.x)
        if not batch:
            self.state = self.step(self.state, self.x, self.y)
            return
        order = self.order()
        for start in range(0, n, batch):
            self.state = self.gathered(self.state, self.x, self.y, order[start : start + batch])

    def epoch(self) -> tuple[float, float]:
        jnp = self.jnp
        self.state = (*self.state[:4], jnp.zeros(()), jnp.zeros((), "i4"))
        self.train()
        total, correct = self.state[4:]
        return float(total) / len(self.x), int(correct) / len(self.x)


def train_step(optimizer: str, lr: float, state, x, y):
    """(params, m, v, t, sum of losses, correct) and a batch -> the same after one step."""
    import jax
    import jax.numpy as jnp

    params, m, v, t, total, correct = state

    def mean_loss(params):
        h = x
        for W, b in params[:-1]:
            h = jax.nn.relu(h @ W + b)
        W, b = params[-1]
        logits = h @ W + b
        picked = jnp.take_along_axis(logits, y[:, None], axis=1)[:, 0]
        return (jax.nn.logsumexp(logits, axis=1) - picked).mean(), logits

    (loss, logits), grads = jax.value_and_grad(mean_loss, has_aux=True)(params)
    t = t + 1
    update = grads
    if optimizer == "momentum":
        m = update = jax.tree.map(lambda m, g: MOMENTUM * m + g, m, grads)
    elif optimizer == "adam":
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, grads)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, grads)
        fix1, fix2 = 1 - BETA1 ** t.astype("f4"), 1 - BETA2 ** t.astype("f4")
        update = jax.tree.map(lambda m, v: m / fix1 / (jnp.sqrt(v / fix2) + EPS), m, v)
    params = jax.tree.map(lambda p, u: p - lr * u, params, update)
    correct = correct + (logits.argmax(1) == y).sum(dtype="i4")
    return params, m, v, t, total + loss * len(y), correct
