"""What is no feature in a table: labels, weights, splits, groups; and which rows have no label."""

from collections.abc import Mapping

import numpy as np

from mlp_scratch.data.tables.column_roles import Places
from mlp_scratch.data.tables.gathered import GAPS, Gathered, Numbers, Words
from mlp_scratch.data.tables.table_source import Source
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped


def apart_of(
    source: Source, columns: Mapping[int, Gathered], places: Places
) -> tuple[dict[str, np.ndarray], np.ndarray | None, list[str]]:
    """What is no feature, by its role; (n,) whether a row has its labels, None where all have; and
    lines for people. Raises DataError, also for a row without a label where there must be none."""
    found, labelled = {}, np.ones(next(iter(columns.values())).rows, bool)
    for place in places.labels:
        has = _has_label(columns[place])
        if has is not None and (places.whole or places.guessed):
            asked = "data.missing=error" if places.whole else "data.label=COLUMN names another"
            source.blame(
                place,
                columns[place].is_gap,
                f"is taken for a missing label: {asked}",
                f"the label is missing: {asked}",
            )
        labelled &= True if has is None else has
    for role, where in places.apart.items():
        several = [_label_or_role(source, role, place, columns[place]) for place in where]
        if role == "label" and len(several) > 1:
            if any(values.dtype.kind == "O" for values in several):
                several = [values.astype(object) for values in several]
            found[role] = np.stack(several, axis=1)
        else:
            found[role] = several[0]
    notes = [note for place in places.labels for note in _classes_like_gaps(columns[place])]
    gone = len(labelled) - int(np.count_nonzero(labelled))
    if not gone:
        return found, None, notes
    if gone == len(labelled):
        raise DataError(f"{source.where}: no row has a label: data.label=COLUMN names another")
    have, them = ("has", "it") if gone == 1 else ("have", "them")
    first = f"row {int(np.argmin(labelled)) + 1:,}{' first' * (gone > 1)}"
    note = (
        f"{gone:,} of {len(labelled):,} rows {have} no label ({first}) and "
        f"{'is' if gone == 1 else 'are'} left out; data.missing=error refuses {them}"
    )
    return {role: values[labelled] for role, values in found.items()}, labelled, [note, *notes]


def _has_label(column: Gathered) -> np.ndarray | None:
    """(n,) bool, None where all have one. Among numbers more words stand for a gap."""
    numbers = column.numbers
    if numbers is not None and numbers.gaps and numbers.gaps < numbers.rows:
        return ~np.isnan(np.concatenate(numbers.pieces))
    if not column.gaps:
        return None
    if isinstance(column, Numbers):
        return np.zeros(column.rows, bool)
    return None if column.codes is None else np.concatenate(column.pieces) >= 0


def _classes_like_gaps(column: Gathered) -> list[str]:
    """A line for each class whose name means a gap elsewhere."""
    if isinstance(column, Numbers) or column.numbers is not None or column.codes is None:
        return []
    codes = np.concatenate(column.pieces)
    return [
        f"label {escaped(column.name[:40])!r}: {word!r} is a class, of {rows:,} rows; "
        f"data.missing_values=[{word},...] takes it for a gap"
        for word in sorted(GAPS & column.used)
        if (rows := np.count_nonzero(codes == column.codes[word]))
    ]


def _label_or_role(source: Source, role: str, place: int, column: Gathered) -> np.ndarray:
    """(n,) words as objects, or numbers; nan for the weight that is missing, "" for another."""
    numbers = column.numbers
    if role == "weight":
        if numbers is None:
            assert isinstance(column, Words)
            source.blame(place, lambda field: not column.is_number(field), "is not a number")
        return np.concatenate(numbers.pieces).astype(np.float64)
    rewritten = isinstance(column, Words) and column.rewritten and role == "label"
    if isinstance(column, Words) and column.codes is not None and not (rewritten and numbers):
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
