"""A table of every kind of column, and its encoder."""

from typing import Any

import numpy as np

from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder.encoder import TableEncoder

N = 200
NAN = np.nan
SEX, DECK = Column("sex", "category", ("male", "female")), Column("deck", "category", ("C", "A"))
COLUMNS = (Column("age"), SEX, Column("town", "category", tuple("zyxw")), DECK, Column("fare"))
ROWS = np.arange(0, N, 2)  # the training rows


def table() -> np.ndarray:
    rng = np.random.default_rng(0)
    x = np.empty((N, len(COLUMNS)), np.float32)
    x[:, 0] = rng.normal(30, 9, N).astype(np.float32)
    x[rng.random(N) < 0.2, 0] = NAN
    x[:, 1] = rng.integers(0, 2, N)
    x[:, 2] = rng.choice(4, N, p=(0.5, 0.46, 0.02, 0.02))
    x[ROWS[:4], 2] = (2, 2, 3, 0)
    x[ROWS[4:], 2] %= 2
    x[:, 3] = rng.choice((0, 1, NAN), N)
    x[:, 4] = rng.exponential(20, N)
    x[1, 4] = NAN  # in no training row
    return x


def fitted(x: np.ndarray, columns: Any = COLUMNS, **more: Any) -> TableEncoder:
    return TableEncoder.fit(columns, x, **{"rows": ROWS, **more})
