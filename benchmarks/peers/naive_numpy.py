"""The script everybody writes first: float64, one-hot labels, a fresh array for every result."""

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from cells import Cell, Data, first_weights


class Peer:
    def __init__(self, cell: Cell, data: Data, threads: int):
        assert cell.optimizer == "sgd", "the naive script knows plain gradient descent only"
        threadpool_limits(threads, user_api="blas")
        self.cell = cell
        self.x = data.x / 255.0
        self.y = np.eye(cell.layers[-1])[data.y]
        weights = first_weights(cell.layers)
        self.W = [W.astype(np.float64) for W, _ in weights]
        self.b = [b.astype(np.float64) for _, b in weights]
        self.rng = np.random.default_rng(0)

    def blas(self) -> str:
        info = threadpool_info()[0]
        return (
            f"{info['internal_api']} {info['version']} {info['architecture']}, "
            f"{info['num_threads']} threads"
        )

    def epoch(self) -> tuple[float, float]:
        n, batch = len(self.x), self.cell.rows(len(self.x))
        order = self.rng.permutation(n)
        total, correct = 0.0, 0
        for start in range(0, n, batch):
            rows = order[start : start + batch]
            x, y = self.x[rows], self.y[rows]

            hidden = [x]
            for W, b in zip(self.W[:-1], self.b[:-1], strict=True):
                hidden.append(np.maximum(0, hidden[-1] @ W + b))
            logits = hidden[-1] @ self.W[-1] + self.b[-1]
            exps = np.exp(logits - logits.max(axis=1, keepdims=True))
            probs = exps / exps.sum(axis=1, keepdims=True)
            total += -np.sum(y * np.log(probs + 1e-12))
            correct += np.sum(probs.argmax(axis=1) == y.argmax(axis=1))

            delta = (probs - y) / len(x)
            for k in range(len(self.W) - 1, -1, -1):
                dW, db = hidden[k].T @ delta, delta.sum(axis=0)
                if k:
                    delta = (delta @ self.W[k].T) * (hidden[k] > 0)
                self.W[k] -= self.cell.lr * dW
                self.b[k] -= self.cell.lr * db
        return float(total / n), float(correct / n)
