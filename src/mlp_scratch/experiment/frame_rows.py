"""pandas' DataFrames as the rows that somebody trains on, in Python."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.config.data_config import DataConfig
from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.parsed_table import parsed_table
from mlp_scratch.data.tables.text.layout import column_place
from mlp_scratch.errors import DataError


def is_frame(x: Any) -> bool:
    """Whether x is a DataFrame; pandas is not imported for it."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(x, pandas.DataFrame)


def rows_in(x: ArrayLike) -> Any:
    """x as an array, or the DataFrame that it is."""
    return x if is_frame(x) else np.asarray(x)


def parsed_frames(x: Any, validation: Any | None, data: DataConfig) -> Parsed:
    """The tables in X and in the validation rows, None: there are none; without targets.

    Numbers are features whatever they look like: X holds what its owner put there. data: what it
    says of columns to drop, to keep, or to take as categories. Raises DataError.
    """
    from mlp_scratch.data.tables.frames import table_of_frame

    names, drop = [str(name) for name in x.columns], tuple(data.drop or ())
    dropped = {names[column_place(names, one, "X", "drop")] for one in drop}
    keep = *(name for name in _numbers(x) if name not in dropped), *(data.keep or ())
    roles = Roles(label=(), drop=drop, keep=keep, categorical=tuple(data.categorical or ()))
    table = table_of_frame(x, roles, where="X")
    others = {}
    if validation is not None:
        if not is_frame(validation):
            raise DataError("validation_data: must be a DataFrame, with X's columns, as X is one")
        where = "validation_data"
        known = table_of_frame(validation, Roles(label=()), table.columns, where, table.offset)
        others = {"test": (known, where)}
    return parsed_table(table, "X", others, source="a table in memory")


def _numbers(frame: Any) -> tuple[str, ...]:
    dtypes: Sequence[Any] = frame.dtypes
    pairs = zip(frame.columns, dtypes, strict=True)
    return tuple(str(name) for name, dtype in pairs if getattr(dtype, "kind", "O") in "iuf")
