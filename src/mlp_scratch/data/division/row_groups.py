"""Rows that belong together, such as all pictures of one patient: a group is never torn apart.

Both functions choose whole groups such that each part has its share of the rows and of each class,
as near as the groups allow.
"""

import numpy as np

from mlp_scratch.errors import DataError

_STREAM = 0x52  # keeps this stream of random numbers apart from others with the same seed
_MOST_SWAPPED = 400  # groups on each side, every pair of which is looked at
_MOST_CHANGES = 100


def split_groups(
    strata: np.ndarray, groups: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """strata, groups (n,) of 0..k-1 -> sorted row numbers (rest, part), together all n rows.

    The part gets whole groups, one at least, with about ``fraction`` of the rows: groups are taken
    in random order as long as that helps, then added, given back or exchanged for one another
    while the size or the classes' shares come nearer. Raises DataError where there is one group.
    """
    shares, codes = _shares(strata, groups)
    if len(shares) < 2:
        raise DataError(f"{len(shares)} group only: it takes 2 or more to split")
    rng = _generator(seed)
    inside, have = np.zeros(len(shares), bool), np.zeros(shares.shape[1])
    off = _off(have, fraction)
    for g in rng.permutation(len(shares)):
        more = have + shares[g]
        if (nearer := _off(more, fraction)) < off:
            inside[g], have, off = True, more, nearer
    for _ in range(_MOST_CHANGES):
        if (better := _better(shares, inside, fraction, rng)) is None:
            break
        inside = better
    if not inside.any() or inside.all():  # a group that is nearly all of the rows
        inside = np.arange(len(shares)) == shares[:, -1].argmin()
    chosen = inside[codes]
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def group_folds(strata: np.ndarray, groups: np.ndarray, k: int, seed: int) -> np.ndarray:
    """The fold (n,) of each row, 0..k-1; the rows of a group share one. Raises DataError where
    there are fewer groups than folds.

    The largest groups, and those with most of a class, are dealt out first, each to the fold that
    has least of what the group holds, rows and classes (as scikit-learn's StratifiedGroupKFold).
    """
    shares, codes = _shares(strata, groups)
    if len(shares) < k:
        raise DataError(f"training.folds={k}: there are {len(shares)} groups only")
    order = _generator(seed).permutation(len(shares))
    order = order[np.argsort(-(shares[order] ** 2).sum(axis=1), kind="stable")]
    fold, have = np.zeros(len(shares), np.intp), np.zeros((k, shares.shape[1]))
    for place, g in enumerate(order):
        # Adding v to one of c_1..c_k makes the sum of squares grow by 2 c_f v + v v: least c_f v
        fold[g] = place if place < k else np.argmin(have @ shares[g])
        have[fold[g]] += shares[g]
    return fold[codes]


def last_groups(groups: np.ndarray, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (rest, part) in time order: the groups that end last, nothing drawn."""
    ends = np.zeros(int(groups.max()) + 1, np.intp)
    np.maximum.at(ends, groups, np.arange(len(groups)))
    sizes = np.bincount(groups)
    order = np.argsort(-ends, kind="stable")
    order = order[sizes[order] > 0]
    if len(order) < 2:
        raise DataError(f"{len(order)} group only: it takes 2 or more to split")
    taken = np.cumsum(sizes[order])[:-1]
    n = 1 + int(np.argmin(np.abs(taken - fraction * len(groups))))
    chosen = np.isin(groups, order[:n])
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,)))


def _shares(strata: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each group holds (groups, classes + 1): its share of each class's rows, and in the last
    column of all rows; and the group (n,) of each row, 0.. without gaps."""
    _, codes = np.unique(groups, return_inverse=True)
    classes = int(strata.max()) + 1
    cells = np.bincount(codes * classes + strata, minlength=(int(codes.max()) + 1) * classes)
    counts = cells.reshape(-1, classes)
    counts = counts[:, counts.any(axis=0)]
    return np.column_stack([counts / counts.sum(axis=0), counts.sum(axis=1) / len(codes)]), codes


def _off(have: np.ndarray, fraction: float) -> np.ndarray:
    """How far a part (..., classes + 1) is from its share: the size counts like all classes
    together, ten times."""
    squares = (have - fraction) ** 2
    return 10 * squares[..., -1] + squares[..., :-1].mean(axis=-1)


def _better(
    shares: np.ndarray, inside: np.ndarray, fraction: float, rng: np.random.Generator
) -> np.ndarray | None:
    """The groups inside after the one change, or exchange of two, that helps most; None if none
    does."""
    have = shares[inside].sum(axis=0)
    best = float(_off(have, fraction)) * (1 - 1e-9) - 1e-15
    signed = np.where(inside, -1.0, 1.0)[:, None] * shares
    chosen: list[int] = []
    off = _off(have + signed, fraction)
    if off.min() < best:
        chosen, best = [int(off.argmin())], float(off.min())
    ins, outs = np.flatnonzero(inside), np.flatnonzero(~inside)
    ins, outs = rng.permutation(ins)[:_MOST_SWAPPED], rng.permutation(outs)[:_MOST_SWAPPED]
    for i in ins:
        off = _off(have + signed[i] + signed[outs], fraction)
        if len(outs) and off.min() < best:
            chosen, best = [int(i), int(outs[off.argmin()])], float(off.min())
    if not chosen:
        return None
    changed = inside.copy()
    changed[chosen] = ~changed[chosen]
    return changed
