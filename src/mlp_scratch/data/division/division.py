"""Which rows train, which validate and which test: by the data's own word, else by a choice.

The data's own word is a file of test or validation rows, or a column that says what each row is
for. The choice keeps groups whole and the classes' proportions, or goes by the rows' order.
"""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from mlp_scratch.data.dataset import WHOLE_DIGEST_BYTES, Dataset
from mlp_scratch.data.division.fold_numbers import fold_numbers
from mlp_scratch.data.division.row_groups import last_groups, split_groups
from mlp_scratch.data.division.split_column import TEST, TRAIN, VALIDATION
from mlp_scratch.data.division.stratified_split import split_validation
from mlp_scratch.data.tables.table_rows import chosen_rows
from mlp_scratch.errors import DataError

Rows = np.ndarray | slice


def divided(
    dataset: Dataset, test_fraction: float, seed: int, shuffle: bool, limit: int | None
) -> Dataset:
    """Take the test rows out of the training rows, where the data has none apart, and of what
    remains at most ``limit``. Raises DataError.

    seed: of both choices. shuffle=False: the last rows are the test, and those before them remain.
    """
    return _limited(_without_test(dataset, test_fraction, seed, shuffle), limit, seed, shuffle)


def _without_test(dataset: Dataset, fraction: float, seed: int, shuffle: bool) -> Dataset:
    """Of more than 1 GiB the last rows are taken: a choice of rows would have to be copied."""
    roles = dataset.roles_train
    if roles is not None:  # nothing is drawn from rows whose use is said
        tests = roles == TEST
        if not tests.any():
            return dataset
        if dataset.x_test is not None:
            raise DataError(
                f"{dataset.source}: data.split names test rows, and there are others in a file "
                "(data.test_path); leave one of the two out"
            )
        return _with_test(dataset, np.flatnonzero(~tests), np.flatnonzero(tests), "by data.split")
    if fraction == 0 or dataset.x_test is not None:
        return dataset
    if not shuffle or dataset.groups_train is not None:
        which = f"seed {seed}, " * shuffle + "in order, " * (not shuffle)
        which += "whole groups, " * (dataset.groups_train is not None) + f"{fraction!r}"
        train, test = _held_out(dataset, fraction, seed, shuffle)
        notes = () if shuffle else _in_order(dataset, train, test)
        return _with_test(replace(dataset, notes=dataset.notes + notes), train, test, which)
    if dataset.x_train.nbytes <= WHOLE_DIGEST_BYTES:
        train, test = split_validation(dataset.strata, fraction, seed)
        return _with_test(dataset, train, test, f"seed {seed}", fraction)
    before, last = _last(len(dataset.y_train), fraction)
    strata = dataset.strata
    if not np.array_equal(np.unique(strata[before]), np.unique(strata[last])):
        raise DataError(
            f"{dataset.source}: its last rows, data.test_fraction={fraction:g} of them, do not "
            "show all classes: shuffle the file, or give test rows in a file of their own"
        )
    return _with_test(dataset, before, last, "the last ones", fraction)


def _in_order(dataset: Dataset, train: np.ndarray, test: np.ndarray) -> tuple[str, ...]:
    """A line where the last rows, in the order of the file, do not have the others' classes."""
    before, last = (set(np.unique(dataset.strata[rows]).tolist()) for rows in (train, test))
    if before == last:
        return ()
    return (
        f"data.shuffle=false: the last {len(test):,} rows are the test, and show {len(last)} of "
        f"{len(before | last)} classes; is the file sorted by them?",
    )


def _with_test(
    dataset: Dataset, train: Rows, test: Rows, which: str, fraction: float | None = None
) -> Dataset:
    weights, part = dataset.weights_train, dataset.y_train[test]
    said = which if fraction is None else f"{fraction!r} {which}"
    return replace(
        _only(dataset, train),
        x_test=_rows(dataset, test),
        y_test=part,
        weights_test=None if weights is None else weights[test],
        digest=_digest(dataset, said),
        source=f"{dataset.source}; {len(part)} rows held out for the test ({which})",
    )


def _limited(dataset: Dataset, limit: int | None, seed: int, shuffle: bool) -> Dataset:
    """Validation rows that the data names stay; without ``shuffle`` the last rows are kept."""
    roles, n = dataset.roles_train, len(dataset.y_train)
    pool = np.arange(n) if roles is None else np.flatnonzero(roles != VALIDATION)
    if limit is None or len(pool) <= limit:
        return dataset
    if shuffle:
        kept, _ = split_validation(dataset.strata[pool], 1 - limit / len(pool), seed)
        if len(kept) > limit:
            raise DataError(f"data.limit={limit}: {dataset.source} has {len(kept)} classes")
        which = f"drawn, seed {seed}"
    else:
        kept, which = np.arange(len(pool))[-limit:], "the last ones"
    chosen = np.ones(n, bool)
    chosen[pool] = False
    chosen[pool[kept]] = True
    return replace(
        _only(dataset, np.flatnonzero(chosen)),
        digest=_digest(dataset, f"limit {limit} {which}"),
        notes=(*dataset.notes, f"data.limit={limit}: of {len(pool):,} rows to train on ({which})"),
    )


def _only(dataset: Dataset, rows: Rows) -> Dataset:
    """The data set with these of its training rows."""
    names = ("y_train", "weights_train", "roles_train", "groups_train")
    arrays = {name: getattr(dataset, name) for name in names}
    chosen = {k: a[rows] for k, a in arrays.items() if a is not None}
    return replace(dataset, x_train=_rows(dataset, rows), **chosen)


def _rows(dataset: Dataset, rows: Rows) -> Any:
    """Of the training rows' x; not copied of a large table, which is encoded as it is fed."""
    x = dataset.x_train
    table = dataset.columns is not None and dataset.image_shape is None
    return chosen_rows(x, rows) if table else x[rows]


def _digest(dataset: Dataset, said: str) -> str:
    return hashlib.sha256(f"{dataset.digest} {said}".encode()).hexdigest()


def _last(n: int, fraction: float) -> tuple[slice, slice]:
    start = n - min(max(1, round(n * fraction)), n - 1)
    return slice(start), slice(start, n)


def _held_out(
    dataset: Dataset, fraction: float, seed: int, shuffle: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Training rows (rest, part), the part about ``fraction`` of them."""
    strata, groups = dataset.strata, dataset.groups_train
    try:
        if groups is not None:
            if not shuffle:
                return last_groups(groups, fraction)
            return split_groups(strata, groups, fraction, seed)
        if not shuffle and len(strata) > 1 and 0 < fraction < 1:
            rows, (before, last) = np.arange(len(strata)), _last(len(strata), fraction)
            return rows[before], rows[last]
        return split_validation(strata, fraction, seed)
    except DataError as error:
        raise DataError(f"{dataset.source}: {error}") from error


def validation_rows(
    dataset: Dataset, fraction: float, seed: int, shuffle: bool, folds: int | None, fold: int | None
) -> tuple[np.ndarray | None, np.ndarray]:
    """Numbers of the rows (to train on, to validate); None means all of them, in place.

    What the data says comes first: its own validation rows, which are none of the training rows, or
    its column of what each row is for. Then the ``fold`` of so many ``folds``, then a ``fraction``
    of the training rows. Raises DataError where these contradict one another.
    """
    roles, apart = dataset.roles_train, dataset.x_val is not None
    numbered = roles is not None and bool(roles.max() >= 0)
    named = roles is not None and bool((roles == VALIDATION).any())
    if apart and (numbered or named):
        raise DataError(
            f"{dataset.source}: data.split says which rows validate, and there are others in a "
            "file (data.val_path); leave one of the two out"
        )
    if fold is not None and (apart or named):
        raise DataError(
            f"training.fold={fold}: the data has validation rows of its own; leave out "
            "training.folds, or data.val_path and data.split"
        )
    if named:
        return np.flatnonzero(roles == TRAIN), np.flatnonzero(roles == VALIDATION)
    if numbered or fold is not None:
        fold_of = _folds(dataset, seed, shuffle, folds, fold)
        return np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
    if apart or fraction == 0:
        return None, np.empty(0, np.intp)
    return _held_out(dataset, fraction, seed, shuffle)


def _folds(
    dataset: Dataset, seed: int, shuffle: bool, folds: int | None, fold: int | None
) -> np.ndarray:
    """The fold (n,) of each row: as data.split has it, else as it is drawn."""
    roles = dataset.roles_train
    k = folds if roles is None or roles.max() < 0 else int(roles.max()) + 1
    if fold is None:
        raise DataError(
            f"{dataset.source}: data.split has {k} folds: training.folds={k} validates on each in "
            "turn, training.fold=0 on the first alone"
        )
    if k is None:
        raise DataError(f"training.fold={fold}: of how many? add training.folds=5")
    if folds not in (None, k):
        raise DataError(f"training.folds={folds}: data.split has {k} folds")
    if fold >= k:
        raise DataError(f"training.fold={fold}: there are folds 0 to {k - 1}")
    if roles is not None and roles.max() >= 0:
        return roles
    return fold_numbers(dataset.strata, dataset.groups_train, k, seed, shuffle)
