"""What a network goes by in a table: the columns that it cannot do without, and what they do.

Both ask the network alone, by rows whose columns are changed; what is changed is the table's own
column, before it becomes features.
"""

from collections.abc import Callable

import numpy as np


def permutation_importance(
    x: np.ndarray, score: Callable[[np.ndarray], float], rng: np.random.Generator, repeats: int
) -> tuple[np.ndarray, np.ndarray]:
    """By how much a score falls when one column's values change places: mean and deviation.

    x (n, columns); score: of rows like x, more is better; repeats: shuffles of each column. Returns
    (columns,) each; the deviation is over the shuffles (over n, not n - 1). Breiman 2001, "Random
    forests", section 10, as scikit-learn's ``permutation_importance`` has it.
    """
    whole, shuffled = score(x), x.copy()
    falls = np.empty((x.shape[1], repeats))
    for column in range(x.shape[1]):
        for i in range(repeats):
            shuffled[:, column] = rng.permutation(x[:, column])
            falls[column, i] = whole - score(shuffled)
        shuffled[:, column] = x[:, column]
    return falls.mean(axis=1), falls.std(axis=1)


def partial_dependence(
    x: np.ndarray, column: int, values: np.ndarray, predict: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """The mean prediction over all rows when a column has each of ``values``: (values, outputs).

    x (n, columns); predict: rows like x -> (n, outputs). Friedman 2001, "Greedy function
    approximation", section 8.2. Columns that go together are taken apart by this: what it shows
    far from where rows are is the network's guess.
    """
    changed = x.copy()
    means = []
    for value in values:
        changed[:, column] = value
        means.append(predict(changed).mean(axis=0))
    return np.array(means)
