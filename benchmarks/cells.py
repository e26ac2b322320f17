"""What is trained: the network, its data and its first weights, the same for everyone."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

OPTIMIZERS = ("sgd", "momentum", "adam")
BATCHES = (32, 64, 128, 512, 0)  # 0: full batch
LEARNING_RATES = {"sgd": 0.1, "momentum": 0.02, "adam": 0.001}
MOMENTUM, BETA1, BETA2, EPS = 0.9, 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Cell:
    """One row of the table. batch 0 is the full batch."""

    layers: tuple[int, ...]
    optimizer: str
    batch: int

    @property
    def lr(self) -> float:
        return LEARNING_RATES[self.optimizer]

    @property
    def batch_label(self) -> str:
        return str(self.batch or "full")

    @property
    def key(self) -> str:
        return f"{'-'.join(map(str, self.layers))} {self.optimizer} {self.batch_label}"

    @property
    def parameters(self) -> int:
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(self.layers))

    def rows(self, n: int) -> int:
        """Rows of a step, out of n."""
        return self.batch or n


@dataclass(frozen=True, eq=False)
class Data:
    """x (n, 784) bytes, y (n,) labels, and where ``data=mnist`` finds them."""

    x: np.ndarray
    y: np.ndarray
    folder: str

    @classmethod
    def read(cls, file: str | Path) -> "Data":
        with np.load(file) as arrays:
            return cls(arrays["x"], arrays["y"], str(arrays["folder"]))

    @cached_property
    def floats(self) -> np.ndarray:
        """The pixels from 0 to 1 as float32, as the peers keep them in memory."""
        return np.multiply(self.x, np.float32(1 / 255), dtype=np.float32)


def first_weights(layers: tuple[int, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """(W, b) of each layer: He's normal distribution, W (n_in, n_out) float32."""
    rng = np.random.default_rng(0)
    return [
        (
            (rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)).astype(np.float32),
            np.zeros(n_out, np.float32),
        )
        for n_in, n_out in pairwise(layers)
    ]
