"""Rows of any origin as a trained network takes them: its own encoding, its own offsets."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.data.features import as_features, shifted
from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.errors import DataError
from mlp_scratch.experiment.frame_rows import is_frame
from mlp_scratch.runs.saved_run import TrainedNetwork


def features_of(
    trained: TrainedNetwork,
    x: np.ndarray,
    columns: Sequence[Column] | None,
    offset: np.ndarray | None,
    where: str,
) -> np.ndarray:
    """Rows x as a data set or a table stores them, less ``offset`` -> (n, features), as stored.

    columns: of a table; None: x is features, and taken by place. Raises DataError.
    """
    encoder = trained.encoder
    if encoder is not None:
        if columns is None:
            _by_place(trained, x, where)
        return encoder.encode(columns or encoder.columns, x, offset, where)
    if x.shape[1] != (taken := trained.network.sizes[0]):
        raise DataError(f"{where}: {x.shape[1]} features, but the network takes {taken}")
    difference = trained.normalizer.offset - (0.0 if offset is None else offset)
    if not difference.any():
        return x
    return shifted(x, np.broadcast_to(difference, (x.shape[1],)), where)


def array_features(trained: TrainedNetwork, X: ArrayLike) -> np.ndarray:
    """Somebody's DataFrame or array, (n, features) or of images -> (n, features), as stored.

    A network trained on a table finds a DataFrame's columns by their names; an array has a number
    for each column, nan for a gap. Warns of words and gaps that training did not have. Raises
    DataError.
    """
    encoder, taken = trained.encoder, trained.network.sizes[0]
    if encoder is not None and is_frame(X):
        from mlp_scratch.data.tables.frames import table_of_frame

        offset = encoder.column_offset
        table = table_of_frame(X, Roles(label=()), encoder.columns, "X", offset)
        for line in encoder.surprises(table.columns, table.x):
            warnings.warn(f"X: {line}", stacklevel=2)
        return encoder.encode(table.columns, table.x, table.offset, "X")
    x = np.asarray(X)
    if encoder is None:
        offset = trained.normalizer.offset
        given = np.broadcast_to(offset, (taken,)) if offset.any() else None
        rows, _ = as_features(x, "X", given)
        if rows.shape[1] != taken:
            raise DataError(f"X: {rows.shape[1]} features, but the network takes {taken}")
        return rows
    offset = encoder.column_offset
    rows, _ = as_features(x, "X", offset if offset.any() else None, gaps=True)
    _by_place(trained, rows, "X")
    return encoder.encode(encoder.columns, rows, offset, "X")


def _by_place(trained: TrainedNetwork, x: np.ndarray, where: str) -> None:
    """Raise DataError unless the rows can be the table's columns without their names."""
    assert trained.encoder is not None
    columns = trained.encoder.columns
    if x.shape[1] != len(columns):
        raise DataError(
            f"{where}: {x.shape[1]} features, but the network was trained on a table of "
            f"{len(columns)} columns"
        )
    words = [column.name for column in columns if column.kind != "number"]
    if words:
        raise DataError(
            f"{where}: the network was trained on a table, whose column {words[0][:40]!r} is no "
            "number: give a table (a DataFrame) with its columns"
        )
