"""A table's own columns of what each row is for, and of which rows belong together.

What a row is for is a word, train, validation or test, or the number of a fold.
"""

import re

import numpy as np

from mlp_scratch.errors import DataError

TRAIN, VALIDATION, TEST = -1, -2, -3  # beside the folds 0, 1, ...
WORDS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing", "holdout"), TEST),
}
FOLDS_ALLOWED = (2, 1000)  # the fewest and the most
_FOLD = re.compile(r"\d{1,4}(\.0*)?", re.ASCII)


def roles_of(words: np.ndarray, column: str, where: str) -> tuple[np.ndarray, str]:
    """What each row is for (n,), ``TRAIN``, ``VALIDATION``, ``TEST`` or its fold, and the line
    that says so.

    words: (n,) of text, in any case, or of numbers. Raises DataError for any other word, for folds
    that are not 0..k-1, and where no row is left to train on.
    """
    codes, distinct = _coded(words)
    names = [word.strip().lower() for word in distinct]
    if all(_FOLD.fullmatch(name) for name in names):
        return _folds(names, codes, where, column)
    for code, name in enumerate(names):
        if name not in WORDS:
            row = int(np.argmax(codes == code)) + 1
            raise DataError(
                f"{where}: data.split={column}: {distinct[code][:40]!r} in row {row} does "
                "not say what the row is for; use train, validation (val, dev) and test (holdout), "
                "or numbers of folds from 0"
            )
    roles = np.array([WORDS[name] for name in names], np.intp)[codes]
    counts = {role: int(np.count_nonzero(roles == role)) for role in (TRAIN, VALIDATION, TEST)}
    if not counts[TRAIN]:
        raise DataError(f"{where}: data.split={column}: no row is called train")
    return roles, (
        f"split: {column} says {counts[TRAIN]:,} rows train, {counts[VALIDATION]:,} validation, "
        f"{counts[TEST]:,} test"
    )


def _folds(names: list[str], codes: np.ndarray, where: str, column: str) -> tuple[np.ndarray, str]:
    values = np.array([float(name) for name in names]).astype(np.intp)
    k = len(set(values.tolist()))
    fewest, most = FOLDS_ALLOWED
    if not fewest <= k <= most or values.max() != k - 1:
        raise DataError(
            f"{where}: data.split={column}: folds must be numbered 0 to k - 1, {fewest} to {most} "
            f"of them; it has {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"
        )
    return values[codes], f"split: {column} has {k} folds, 0 to {k - 1}"


def groups_of(words: np.ndarray, column: str, where: str) -> np.ndarray:
    """The group (n,) of each row, numbered in the order in which they first appear.

    words: (n,) of text or numbers. Raises DataError where a row has none.
    """
    codes, distinct = _coded(words)
    for code, word in enumerate(distinct):
        if word.strip().lower() in ("", "nan", "none"):
            row = int(np.argmax(codes == code)) + 1
            raise DataError(f"{where}: data.group={column}: row {row} has no group")
    return codes


def groups_in_words(groups: np.ndarray, roles: np.ndarray | None, column: str) -> str:
    """The line that says which groups there are, and how many of them ``roles`` tear apart."""
    pairs = np.unique(np.stack([groups, groups if roles is None else roles], axis=1), axis=0)
    torn = int(np.count_nonzero(np.bincount(pairs[:, 0]) > 1))
    what = f"{torn:,} of which data.split tears apart" if torn else "none of which is torn apart"
    return f"group: {column} makes {int(groups.max()) + 1:,} groups, {what}"


def _coded(words: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The place (n,) of each word among the distinct ones, in their order."""
    known: dict[str, int] = {}
    codes = [known.setdefault(word, len(known)) for word in map(str, words.tolist())]
    return np.array(codes, np.intp), [*known]
