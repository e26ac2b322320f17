"""Tables of training and test rows, as readers give them -> what they say, `Parsed`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.features import shifted
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.errors import DataError


def parsed_table(
    train: Table,
    where: str,
    test: Table | None = None,
    test_where: str = "",
    *,
    val: Table | None = None,
    val_where: str = "",
    class_names: tuple[str, ...] | None = None,
    image_shape: tuple[int, ...] | None = None,
    source: str = "",
    target_names: tuple[str, ...] = (),
    named: bool = True,
) -> Parsed:
    """where, test_where, val_where: the files, for messages. val: validation rows. target_names:
    of the columns of the label. named: whether the table names its columns itself.

    Each table's labels and weights are ``apart["label"]`` and ``apart["weight"]``; a table without
    labels gets zeros. The other rows' columns are found by their names, their words and offsets are
    made the training rows'; words that these do not have come behind.
    """
    columns, x_test, x_val = train.columns, None, None
    if test is not None:
        columns, x_test = _together(train, test, test_where)
    if val is not None:
        columns, x_val = _together(replace(train, columns=columns), val, val_where)
    return Parsed(
        x_train=train.x,
        labels_train=train.apart.get("label", np.zeros(len(train.x), np.intp)),
        train=where,
        x_test=x_test,
        labels_test=None if test is None else test.apart.get("label"),
        test=test_where,
        class_names=class_names,
        image_shape=image_shape,
        source=source or where,
        feature_names=tuple(column.name for column in columns) if named else None,
        target_names=target_names,
        weights_train=train.apart.get("weight"),
        weights_test=None if test is None else test.apart.get("weight"),
        columns=columns,
        offset=train.offset,
        ids=train.ids,
        notes=(*train.notes, *_notes(test, test_where), *_notes(val, val_where)),
        x_val=x_val,
        labels_val=None if val is None else val.apart.get("label"),
        val=val_where,
        weights_val=None if val is None else val.apart.get("weight"),
    )


def _notes(table: Table | None, where: str) -> list[str]:
    return [] if table is None else [f"{where}: {note}" for note in table.notes]


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
