"""The floor under any NumPy implementation: the step's matrix products alone, summed.

Each product has the shape, the memory layout and the ``out=`` that the training loop uses, and is
called as often; nothing else happens. Full batch goes in blocks of rows, as the loop does it.
"""

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from cells import Cell, Data, first_weights
from mlp_scratch.engine.rows import BLOCK_ROWS


class Peer:
    def __init__(self, cell: Cell, data: Data, threads: int):
        threadpool_limits(threads, user_api="blas")
        n = len(data.x)
        rows = min(cell.rows(n), BLOCK_ROWS)
        self.products = products(cell, rows, data.floats[:rows])
        self.repeats, rest = divmod(n, rows)
        self.last = products(cell, rest, data.floats[:rest]) if rest else []
        self.run(self.products)

    def blas(self) -> str:
        info = threadpool_info()[0]
        return (
            f"{info['internal_api']} {info['version']} {info['architecture']}, "
            f"{info['num_threads']} threads"
        )

    @staticmethod
    def run(products) -> None:
        for a, b, out in products:
            a.dot(b, out=out)

    def epoch(self) -> tuple[float, float]:
        for _ in range(self.repeats):
            self.run(self.products)
        self.run(self.last)
        return float("nan"), float("nan")


def products(cell: Cell, rows: int, x: np.ndarray):
    """(a, b, out) of y = x W, dW = x^T dy, dx = dy W^T for each layer; the first has no dx."""
    result, backward = [], []
    weights = [W for W, _ in first_weights(cell.layers)]
    for k, W in enumerate(weights):
        n_in, n_out = W.shape
        output = k == len(weights) - 1
        y = np.empty((n_out, rows), np.float32).T if output else np.empty((rows, n_out), "f4")
        dy = np.full_like(y, 0.01)
        result.append((W.T, x.T, y.T) if output else (x, W, y))
        backward.append([(x.T, dy, np.empty_like(W))])
        if k:
            backward[-1].append((dy, W.T, np.empty((rows, n_in), np.float32)))
        x = np.full((rows, n_out), 0.5, np.float32)
    for steps in reversed(backward):
        result += steps
    return result
