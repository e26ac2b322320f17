"""Whether a target looks like classes, numbers or several labels, and the line that says why."""

from collections.abc import Sequence

import numpy as np

from mlp_scratch.data.labels import numbers_in
from mlp_scratch.errors import DataError

TASKS = ("classification", "regression", "multilabel", "autoencoder")
FEW = 20  # different whole numbers that are taken for classes without a doubt
MANY_ROWS = 10  # of each, that more of them need to be taken for classes

Part = tuple[np.ndarray, str]  # targets as read, and the name of their file


def detected(parts: Sequence[Part], names: tuple[str, ...], images: bool) -> tuple[str, str]:
    """The task that the targets look like, and the line that says why."""
    found = [numbers_in(labels) for labels, _ in parts]
    if any(values is None for values in found):
        if len(names) > 1:
            raise DataError(
                f"{parts[0][1]}: several label columns ({', '.join(names)[:60]}) must be numbers; "
                "words are classes, of which there can be one column"
            )
        return _because("classification", names, "holds words", "")
    values = np.concatenate([v for v in found if v is not None])
    zero_one = bool(np.isin(values, (0, 1)).all())
    if len(names) > 1:
        if zero_one and (values.sum(axis=1) == 1).all():
            why = "are 0 but for one 1 in each row"
            return _because("classification", names, why, "multilabel takes each as a label")
        if zero_one:
            return _because("multilabel", names, "are 0 and 1", "regression takes them as numbers")
        return _because("regression", names, "hold numbers", "")
    if parts[0][0].dtype.kind == "b":
        return _because("classification", names, "is true or false", "")
    if (np.rint(values) != values).any():
        return _because("regression", names, "has numbers with decimals", "")
    different, counts = np.unique(values, return_counts=True)
    what = f"has {len(different)} different whole numbers"
    if len(different) <= FEW or images:
        return _because("classification", names, what, "regression takes them as numbers")
    if counts.min() >= MANY_ROWS:
        why = f"{what}, each in {MANY_ROWS} rows or more"
        return _because("classification", names, why, "regression takes them as numbers")
    first, where = parts[0][0].ravel(), parts[0][1]
    if (np.diff(first.astype(np.float64)) == 1).all():
        raise DataError(
            f"{where}: the label {names[0]!r} counts the rows, from {first[0]} to {first[-1]}: an "
            "id, of which nothing can be learned; data.label=COLUMN says which column is the label"
        )
    why = f"{what}, some in fewer than {MANY_ROWS} rows"
    if len(different) == len(values):
        why = f"{what}, one in each row (is it an id? data.label=COLUMN takes another)"
    return _because("regression", names, why, "classification takes each as a class")


def _because(task: str, names: tuple[str, ...], why: str, other: str) -> tuple[str, str]:
    who = repr(names[0]) if len(names) == 1 else f"the {len(names)} columns of the label"
    hint = f"task={other}" if other else "task=... overrules this"
    return task, f"task: {task}, for {who} {why}; {hint}"
