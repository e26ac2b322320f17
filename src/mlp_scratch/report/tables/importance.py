"""Which hyperparameters made the difference: a one-way analysis of variance on ranks for each key.

Runs are grouped by the value of one key; what counts is how much of the spread of the results lies
between the groups rather than inside them. Results are replaced by their ranks first, so that one
collapsed run does not drown all others, and a loss and its logarithm give the same answer.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlp_scratch.config.written_values import shown
from mlp_scratch.runs.differences import canonical, sort_value

SHUFFLES = 999
FEWEST_RUNS = 6
MOST_LEVELS = 12  # distinct values that stay groups of their own
MOST_BINS = 5  # groups into which a continuous key is cut
PAIRED = 8  # keys among which pairs are looked at
LEAST_INTERPLAY = 0.01

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """One value of a key (or one interval of values): how many runs, and their median result."""

    label: str
    n: int
    median: float


@dataclass(frozen=True)
class Effect:
    """What one key, or the interplay of two, explains.

    explained: the adjusted share of the variance of the ranks, from about 0 (chance) to 1; for two
    keys, what they explain together beyond the sum of both. p: how often shuffled results do as
    well. n: runs that have the key. levels: empty for two keys.
    """

    keys: tuple[str, ...]
    explained: float
    p: float
    n: int
    levels: tuple[Level, ...] = ()


def importance(
    configs: Sequence[Mapping[str, Any]], results: ArrayLike, keys: Sequence[str]
) -> list[Effect]:
    """The effect of each of ``keys`` on ``results``, largest first; then of pairs, likewise.

    The share is the adjusted R² of the group means of the ranks (the eta² of the Kruskal-Wallis
    test, corrected for the number of groups: Tomczak & Tomczak 2014). A key with too many values
    to have groups is cut at its quantiles when it is a number, and left out when it is not. Pairs
    are reported only where p < 0.01 (residuals shuffled: Freedman & Lane 1983). Results that are
    not finite do not count. Without at least 6 runs the list is empty.

    The limits: correlated keys share their credit and both get it, the keys' ranges decide how
    much they can matter, and interplay on ranks says nothing about interplay on the raw scale.
    """
    values = np.asarray(results, dtype=np.float64)
    singles: list[Effect] = []
    grouped: dict[str, NDArray[np.intp]] = {}
    for key in keys:
        rows = np.array(
            [i for i, c in enumerate(configs) if key in c and np.isfinite(values[i])], dtype=np.intp
        )
        if len(rows) < FEWEST_RUNS:
            continue
        codes, labels = group_values([configs[i][key] for i in rows])
        if len(labels) < 2 or len(rows) - len(labels) < 3:
            continue
        y = values[rows]
        if np.ptp(y) == 0:
            continue
        share, p = one_way(codes, ranks(y))
        levels = tuple(
            Level(label, int((codes == i).sum()), float(np.median(y[codes == i])))
            for i, label in enumerate(labels)
        )
        singles.append(Effect((key,), share, p, len(rows), levels))
        everywhere = np.full(len(values), -1, dtype=np.intp)
        everywhere[rows] = codes
        grouped[key] = everywhere
    singles.sort(key=lambda effect: -effect.explained)
    names = [effect.keys[0] for effect in singles[:PAIRED]]
    pairs = [
        pair
        for a, b in itertools.combinations(names, 2)
        if (pair := _pair(a, b, grouped, values)) and pair.p < 0.01
    ]
    return singles + sorted(pairs, key=lambda effect: -effect.explained)


def ranks(values: ArrayLike) -> Floats:
    """1 for the smallest; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def group_values(values: Sequence[Any]) -> tuple[NDArray[np.intp], list[str]]:
    """(group of each value, name of each group); one group when there is nothing to group."""
    known = {canonical(value): value for value in values}
    names = sorted(known, key=lambda name: sort_value(known[name]))
    if len(names) <= min(MOST_LEVELS, len(values) // 2):
        place = {name: i for i, name in enumerate(names)}
        codes = np.array([place[canonical(value)] for value in values], dtype=np.intp)
        return codes, [shown(known[name]) for name in names]
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return np.zeros(len(values), dtype=np.intp), ["all"]
    x = np.array(values, dtype=np.float64)
    bins = int(np.clip(len(values) // 5, 2, MOST_BINS))
    edges = np.quantile(x, np.linspace(0, 1, bins + 1)[1:-1])
    codes = np.searchsorted(np.unique(edges), x, side="left")
    _, codes = np.unique(codes, return_inverse=True)
    parts = [x[codes == i] for i in range(int(codes.max()) + 1)]
    return codes.astype(np.intp), [f"{part.min():.3g} … {part.max():.3g}" for part in parts]


def one_way(codes: NDArray[np.intp], y: Floats) -> tuple[float, float]:
    """(adjusted R² of the group means, p by shuffling) for groups 0 ... k-1."""
    n, k = len(y), int(codes.max()) + 1
    indicator = np.eye(k)[codes]
    centred = y - y.mean()
    total = float(centred @ centred)

    def between(rows: Floats) -> Floats:
        return ((rows @ indicator) ** 2 / indicator.sum(axis=0)).sum(axis=-1)

    found = float(between(centred))
    share = 1 - (1 - found / total) * (n - 1) / (n - k)
    by_chance = between(_shuffled(centred))
    return share, _p(by_chance, found)


def _pair(a: str, b: str, grouped: Mapping[str, NDArray[np.intp]], values: Floats) -> Effect | None:
    """What the cells of a table of two keys explain beyond its row and column effects."""
    rows = np.flatnonzero((grouped[a] >= 0) & (grouped[b] >= 0))
    first, second = grouped[a][rows], grouped[b][rows]
    _, cells = np.unique(np.stack([first, second]), axis=1, return_inverse=True)
    cells = cells.ravel()
    n = len(rows)
    if n < FEWEST_RUNS:
        return None
    additive = _basis(np.hstack([np.eye(first.max() + 1)[first], np.eye(second.max() + 1)[second]]))
    full = _basis(np.eye(cells.max() + 1)[cells])
    more = full.shape[1] - additive.shape[1]
    if more < 1 or n - full.shape[1] < 3:
        return None
    y = ranks(values[rows])
    y = y - y.mean()
    total = float(y @ y)
    fitted = additive @ (additive.T @ y)
    left = y - fitted

    def gain(outcomes: Floats) -> tuple[Floats, Floats]:
        """Sums of squares that remain after the additive and after the full model."""
        square = (outcomes**2).sum(axis=-1)
        return (
            square - ((outcomes @ additive) ** 2).sum(axis=-1),
            square - ((outcomes @ full) ** 2).sum(axis=-1),
        )

    simple, rich = gain(y)
    share = (simple / (n - additive.shape[1]) - rich / (n - full.shape[1])) * (n - 1) / total
    if share < LEAST_INTERPLAY:
        return None
    chance_simple, chance_rich = gain(fitted + _shuffled(left))
    tiny = 1e-12 * total
    ratios = (chance_simple - chance_rich) / (chance_rich + tiny)
    p = _p(ratios, float((simple - rich) / (rich + tiny)))
    return Effect((a, b), float(share), p, n)


def _basis(design: Floats) -> Floats:
    """Orthonormal columns that span those of ``design``, a tall matrix of zeros and ones."""
    squares, directions = np.linalg.eigh(design.T @ design)
    kept = squares > 1e-9 * squares[-1]
    return design @ (directions[:, kept] / np.sqrt(squares[kept]))


def _shuffled(y: Floats) -> Floats:
    """``SHUFFLES`` rows, each ``y`` in another order."""
    return y[_orders(len(y))]


@lru_cache(maxsize=4)
def _orders(n: int) -> NDArray[np.intp]:
    """The same orders for every key, so that their p can be compared."""
    return np.random.default_rng(0).permuted(np.tile(np.arange(n), (SHUFFLES, 1)), axis=1)


def _p(by_chance: Floats, found: float) -> float:
    better = int((by_chance >= found - 1e-9 * abs(found)).sum())
    return (1 + better) / (1 + len(by_chance))
