"""Tables of training and test rows, as readers give them -> what they say, `Parsed`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mlp_scratch.data.dataset import Examples, Parsed
from mlp_scratch.data.features import shifted
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.errors import DataError


def parsed_table(
    train: Table, where: str, others: Mapping[str, tuple[Table, str]], source: str = ""
) -> Parsed:
    """where: the file, for messages. others: by ``test`` and ``val`` their tables and files.

    Each table's labels and weights are ``apart["label"]`` and ``apart["weight"]``; a table without
    labels gets zeros. The other rows' columns are found by their names, their words and offsets are
    made the training rows'; words that these do not have come behind.
    """
    columns, notes = train.columns, [*train.notes]
    parts: dict[str, Any] = {"train": _examples(train, train.x, where)}
    for part, (table, file) in others.items():
        columns, x = _together(replace(train, columns=columns), table, file)
        parts[part] = _examples(table, x, file)
        notes += [f"{file}: {note}" for note in table.notes]
    return Parsed(
        **parts,
        source=source,
        feature_names=tuple(column.name for column in columns),
        columns=columns,
        offset=train.offset,
        ids=train.ids,
        notes=tuple(notes),
    )


def _examples(table: Table, x: np.ndarray, where: str) -> Examples:
    labels = table.apart.get("label", np.zeros(len(x), np.intp))
    return Examples(x, labels, where, table.apart.get("weight"))


def _together(train: Table, test: Table, where: str) -> tuple[tuple[Column, ...], np.ndarray]:
    """The columns of the training rows with the words of both, and the test rows in their terms."""
    there = {column.name: i for i, column in enumerate(test.columns)}
    columns, places = [], []
    for column in train.columns:
        i = there.get(column.name)
        if i is None or test.columns[i].kind != column.kind:
            what = "no column" if i is None else f"no {column.kind} in column"
            raise DataError(f"{where}: {what} {column.name[:40]!r}, which the training rows have")
        words = dict.fromkeys((*column.words, *test.columns[i].words))
        columns.append(Column(column.name, column.kind, tuple(words)))
        places.append(i)
    x = test.x if places == [*range(len(test.columns))] else test.x[:, places]
    difference = train.offset - test.offset[places]
    if difference.any():
        x = shifted(x, difference, where)
    for i, column in enumerate(columns):
        codes = recoding(test.columns[places[i]].words, column.words)
        if codes is not None:
            x = x.astype(np.float32, copy=x is test.x)
            x[:, i] = recoded(x[:, i], codes)
    return tuple(columns), x


def recoding(words: Sequence[str], wanted: Sequence[str]) -> np.ndarray | None:
    """For each of ``words`` its place in ``wanted``, -1 if it has none; None if all stay."""
    if tuple(words) == tuple(wanted[: len(words)]):
        return None
    places = {word: i for i, word in enumerate(wanted)}
    return np.array([places.get(word, -1) for word in words], np.int64)


def recoded(codes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Codes (n,), nan where there is none, each replaced by its place: float32 (n,)."""
    gaps = np.isnan(codes)
    out = places[np.where(gaps, 0, codes).astype(np.intp)].astype(np.float32)
    out[gaps] = np.nan
    return out
