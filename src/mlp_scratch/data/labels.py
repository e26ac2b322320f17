"""From the labels that people write (3, "cat", b"cat", 3.0) to 0..k-1 and names of classes."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from mlp_scratch.data.tables.text.header import NUMBER
from mlp_scratch.errors import DataError

LONGEST_LABEL = 1000  # characters
_SHOWN = 8  # labels in a message


def encode_labels(
    parts: Sequence[tuple[np.ndarray, str]], class_names: tuple[str, ...] | None = None
) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Labels (n,) of training and test set, each with its file's name -> (intp, class names).

    With ``class_names`` the labels must be 0..k-1. Without, the distinct labels of all parts, in
    sorted order (numbers by value), are the classes: 3, 5, 7 become 0, 1, 2, named "3", "5", "7".
    """
    clean = [_plain(labels, where) for labels, where in parts]
    if class_names is not None:
        return [_in_range(labels, len(class_names), where) for labels, where in clean], class_names
    if len({labels.dtype.kind for labels, _ in clean}) > 1:  # numbers here, words there: words
        clean = [(_words(map(str, labels.tolist())), where) for labels, where in clean]
    classes = _distinct(np.concatenate([_distinct(labels) for labels, _ in clean]))
    labels, where = clean[0]
    if len(classes) > 20 and len(classes) > len(labels) / 2:
        raise DataError(
            f"{where}: {len(classes)} different labels in {len(labels)} rows: too many for "
            "classes; is this the column of the labels (data.label)? task=regression takes numbers"
        )
    return [_places(labels, classes) for labels, _ in clean], tuple(str(c) for c in classes)


def known_labels(
    labels: np.ndarray, where: str, names: Sequence[str], *, numbered: bool
) -> np.ndarray:
    """Labels (n,) of rows that came after a training -> intp, places in ``names``, its classes.

    numbered: whether the classes' numbers, 0..k-1, stand for them as well. Raises DataError, which
    names the labels that are none of the classes.
    """
    place = {name: i for i, name in enumerate(names)}
    if labels.dtype.kind in "UO" and all(isinstance(w, str) and w in place for w in labels):
        return np.array([place[word] for word in labels], np.intp)
    clean, _ = _plain(labels, where)
    distinct = _distinct(clean)
    words = [str(label) for label in distinct.tolist()]
    unknown = [word for word in words if word not in place]
    if unknown and numbered and clean.dtype.kind == "i":
        return _in_range(clean, len(names), where)
    if unknown:
        raise DataError(
            f"{where}: {len(unknown)} of its labels the network does not know: {_some(unknown)}; "
            f"its {len(names)} classes are {_some(names)}"
        )
    return np.array([place[word] for word in words], np.intp)[_places(clean, distinct)]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:_SHOWN])
    return f"{shown}, ..." if len(names) > _SHOWN else shown


def numbers_in(labels: np.ndarray) -> np.ndarray | None:
    """Labels of any shape as float64, or None where one of them is no finite number."""
    if labels.dtype.kind not in "biufSUO":
        return None
    try:
        different = {*labels.flat} if labels.dtype.kind in "SUO" else set()
        if not all(map(_may_be_number, different)):
            return None
        if labels.dtype.kind == "O":  # a word is turned into a number once
            numbers = dict(zip(different, _words(different).astype(np.float64), strict=True))
            every = map(numbers.__getitem__, labels.ravel().tolist())
            values = np.fromiter(every, np.float64, labels.size).reshape(labels.shape)
        else:
            values = labels.astype(np.float64)
    except (ValueError, TypeError, OverflowError):
        return None
    return values if labels.dtype.kind in "biuf" or np.isfinite(values).all() else None


def _may_be_number(label: object) -> bool:
    """Python also reads 1_0 and digits of other scripts."""
    text = label.decode("latin-1") if isinstance(label, bytes) else label
    return not isinstance(text, str) or NUMBER.fullmatch(text) is not None


def _words(words: Iterable[str]) -> np.ndarray:
    """Strings in an array of objects: an array of text has the longest one's room for each."""
    return np.array([*words], object)


def _distinct(labels: np.ndarray) -> np.ndarray:
    """The different labels, sorted."""
    return _words(sorted(set(labels))) if labels.dtype.kind == "O" else np.unique(labels)


def _places(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Where in the sorted ``classes`` each label stands."""
    if labels.dtype.kind != "O":
        return np.searchsorted(classes, labels).astype(np.intp, copy=False)
    places = {word: i for i, word in enumerate(classes)}
    return np.array([places[word] for word in labels], np.intp)


def _plain(labels: np.ndarray, where: str) -> tuple[np.ndarray, str]:
    """Labels (n,) as int64, or as str in an array of objects."""
    kind = labels.dtype.kind
    if kind in "SUO":  # objects: a table's words
        return _numbers_if_all(labels, where), where
    if kind in "iub":
        _check_rows(labels.astype(np.int64) == labels, labels, where)
        return labels.astype(np.int64), where
    if kind == "f":
        return _whole(labels, labels, where), where
    raise DataError(
        f"{where}: labels must be whole numbers or words, got an array of {labels.dtype}"
    )


def _numbers_if_all(words: np.ndarray, where: str) -> np.ndarray:
    """Words that are all numbers become numbers, so that "10" comes after "9"."""
    if words.dtype.kind == "O":
        distinct = _distinct(words)
        inverse = _places(words, distinct)
    else:
        distinct, inverse = np.unique(words, return_inverse=True)
    text = (w.decode("latin-1") if isinstance(w, bytes) else w for w in distinct.tolist())
    names = _words(word.strip() for word in text)
    words = names[inverse]
    _check_rows(np.array([_is_name(name) for name in names])[inverse], words, where)
    if not all(NUMBER.fullmatch(name) for name in names):
        return words
    values = names.astype(np.float64)
    if not np.isfinite(values).all():
        return words
    _refuse_same_numbers(names, values, where)
    return _whole(values[inverse], words, where)


def _refuse_same_numbers(names: np.ndarray, values: np.ndarray, where: str) -> None:
    """Raise DataError where labels that look different are one number, as 1e1 and 10, or 01 and 1.
    Only ``1`` and ``1.0`` are taken for the same."""
    first: dict[float, str] = {}
    for name, value in zip(names, values, strict=True):
        other = first.setdefault(value, name)
        plain = re.sub(r"\.0*$", "", name), re.sub(r"\.0*$", "", other)
        if plain[0] != plain[1]:
            raise DataError(
                f"{where}: the labels {other[:40]!r} and {name[:40]!r} are the same number: write "
                "them alike, or put a letter before them if they are two classes"
            )


def _is_name(word: str) -> bool:
    """Whether a class can be called so: some text, not a page of it, all of it characters."""
    return 0 < len(word) <= LONGEST_LABEL and not re.search("[\ud800-\udfff]", word)


def _whole(values: np.ndarray, shown: np.ndarray, where: str) -> np.ndarray:
    # nan != nan, and beyond 2**53 a float is no longer one number
    _check_rows((np.rint(values) == values) & (np.abs(values) <= 2.0**53), shown, where)
    return values.astype(np.int64)


def _check_rows(good: np.ndarray, labels: np.ndarray, where: str) -> None:
    if not good.all():
        row = int(np.argmin(good))
        raise DataError(
            f"{where}: the label of row {row + 1} is {str(labels[row])[:60]!r}: "
            "labels must be whole numbers or words"
        )


def _in_range(labels: np.ndarray, k: int, where: str) -> np.ndarray:
    if labels.dtype.kind == "O":
        raise DataError(f"{where}: labels must be 0 to {k - 1}, got {labels[0]!r} in row 1")
    good = (labels >= 0) & (labels < k)
    if not good.all():
        row = int(np.argmin(good))
        raise DataError(f"{where}: the label of row {row + 1} is {labels[row]}, not 0 to {k - 1}")
    return labels.astype(np.intp)
