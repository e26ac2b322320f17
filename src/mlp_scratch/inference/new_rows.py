"""Rows of a table that a network has not seen, as it takes them."""

from pathlib import Path

import numpy as np

from mlp_scratch.data.tables.any_table import read_any_table
from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.reading import Reading
from mlp_scratch.inference.trained_features import features_of
from mlp_scratch.runs.saved_run import TrainedNetwork


def read_new_rows(trained: TrainedNetwork, file: Path) -> np.ndarray:
    """The rows of a table in a file -> (n, features), as stored.

    Its columns are looked up by the names that they had in training, in any order, and others, as
    the label, are ignored; by place where either table has no names. Raises DataError.
    """
    encoder, offset = trained.encoder, None
    if encoder is not None:
        known = encoder.columns
        offset = np.array([code.offset for code in encoder.codes])
    elif trained.feature_names is not None:
        known = tuple(map(Column, trained.feature_names))
    else:
        known = (Column(""),) * trained.network.sizes[0]
    table = read_any_table(file, Reading(), Roles(label=()), known, offset)
    return features_of(trained, table.x, table.columns, table.offset, str(file))
