"""What is no feature in a table: labels, weights, splits, groups."""

from collections.abc import Mapping

import numpy as np

from mlp_scratch.data.tables.column_roles import Places
from mlp_scratch.data.tables.gathered import Gathered, Numbers, Words
from mlp_scratch.data.tables.table_source import Source
from mlp_scratch.errors import DataError


def apart_of(
    source: Source, columns: Mapping[int, Gathered], places: Places
) -> dict[str, np.ndarray]:
    """What is no feature, by its role."""
    found = {}
    for role, where in places.apart.items():
        several = [_label_or_role(source, role, place, columns[place]) for place in where]
        if role == "label" and len(several) > 1:
            if any(values.dtype.kind == "O" for values in several):
                several = [values.astype(object) for values in several]
            found[role] = np.stack(several, axis=1)
        else:
            found[role] = several[0]
    return found


def _label_or_role(source: Source, role: str, place: int, column: Gathered) -> np.ndarray:
    """(n,) words as objects, or numbers; nan for the weight that is missing, "" for another."""
    numbers = column if isinstance(column, Numbers) else column.numbers
    if role == "weight":
        if numbers is None:
            assert isinstance(column, Words)
            source.blame(place, lambda field: not column.is_number(field), "is not a number")
        return np.concatenate(numbers.pieces).astype(np.float64)
    if role == "label":
        some = numbers is not None and numbers.gaps < numbers.rows
        if column.gaps or (some and numbers is not None and numbers.gaps):
            source.blame(place, column.is_gap, _NO_LABEL, "the label is missing: cut such rows out")
    if isinstance(column, Words) and column.codes is not None:
        words = column.objects()
        words[words == None] = ""  # noqa: E711
        return words
    if numbers is not None:
        return np.concatenate(numbers.pieces)
    assert isinstance(column, Words)
    raise DataError(
        f"{source.where}: {column.name[:40]!r} has more than {column.most:,} different "
        f"words: is it the {role}? data.{role}=COLUMN"
    )


_NO_LABEL = (
    "is taken for a missing label: cut such rows out; data.missing_values=[] makes it a class"
)
