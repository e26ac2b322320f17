"""Rows of a table that a network has not seen, as it takes them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.formats.any_table import column_names, read_table
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError
from mlp_scratch.inference.trained_features import features_of
from mlp_scratch.runs.saved_run import TrainedNetwork
from mlp_scratch.streams import escaped


@dataclass(frozen=True, eq=False)
class NewRows:
    """x: (n, features), as stored. ids: n words that tell the rows apart, id_name the name of that
    column; None where the table has none. notes: what these rows have and training had not."""

    x: np.ndarray
    ids: list[str] | None = None
    id_name: str = ""
    notes: tuple[str, ...] = ()


def read_new_rows(trained: TrainedNetwork, file: Path, reading: Reading) -> NewRows:
    """The rows of a table in a file.

    Its columns are looked up by the names that they had in training, in any order, and others, as
    the label, are ignored; by place where either table has no names. Raises DataError.
    """
    encoder, (known, offset) = trained.encoder, known_columns(trained)
    if known is None:
        known = (Column(""),) * trained.network.sizes[0]
    name, notes = _id_column(trained, file, reading), list[str]()
    ids: list[str] | None = None
    try:
        roles = Roles(label=(), group=name)
        table = read_table(file, reading, roles, known, offset)
        ids = _words(table.apart["group"]) if name is not None else None
    except DataError:
        if name is None:
            raise
        table = read_table(file, reading, Roles(label=()), known, offset)
    if name is not None and ids is None:
        notes.append(f"{escaped(name[:40])}: cannot be kept, rows are numbered")
    notes += table.notes
    if encoder is not None:
        notes += encoder.surprises(table.columns, table.x)
    x = features_of(trained, table.x, table.columns, table.offset, str(file))
    return NewRows(x, ids, name or "", tuple(notes))


def _words(ids: np.ndarray) -> list[str] | None:
    """As they are written; of very many numbers, which are floats then, as they would be, and None
    where these may have lost digits."""
    if ids.dtype.kind != "f":
        return [*map(str, ids)]
    return [f"{value:.15g}" for value in ids] if (np.abs(ids) < 1e15).all() else None


def known_columns(trained: TrainedNetwork) -> tuple[tuple[Column, ...] | None, np.ndarray | None]:
    """The columns of the table that a network was trained on, and what was taken off them; None of
    what had no names."""
    encoder = trained.encoder
    if encoder is not None:
        return encoder.columns, encoder.column_offset
    if trained.feature_names is not None:
        return tuple(map(Column, trained.feature_names)), None
    return None, None


def _id_column(trained: TrainedNetwork, file: Path, reading: Reading) -> str | None:
    """The first of the columns that only told rows apart in training, if the file has one."""
    if not trained.ids:
        return None
    try:
        there = column_names(file, reading)
    except DataError:
        return None  # it cannot be read: the reader will say it
    return next((name for name in trained.ids if name in there), None)
