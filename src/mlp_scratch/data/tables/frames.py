"""pandas' DataFrames as tables: numbers, nullable ones too, categories, truth values, times, and
columns of objects, whose values are taken as they would be written in a file."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from mlp_scratch.data.tables.column_roles import Roles, places_of
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.gathered import Numbers, Words
from mlp_scratch.data.tables.known_places import known_places
from mlp_scratch.data.tables.table_from_columns import known_table, new_table
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_DAY = 86_400


def table_of_frame(
    frame: Any,
    roles: Roles,
    known: Sequence[Column] | None = None,
    where: str = "X",
    offset: np.ndarray | None = None,
) -> Table:
    """A pandas DataFrame -> its `Table`; ``where`` names it in messages.

    The index is no column. roles: ``label=()`` where there is none. known, offset: as for
    `read_table`. What is said of texts in a file holds for those in a frame, gaps among them. A
    category of pandas is one here; times become days, in UTC where they have a zone. Raises
    DataError.
    """
    import pandas as pd

    if frame.shape[1] == 0 or len(frame) == 0:
        raise DataError(
            f"{where}: {len(frame)} rows and {frame.shape[1]} columns: there is no data"
        )
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise DataError(f"{where}: two columns are called {twice[:40]!r}")
    places = places_of(where, names, roles)
    source = _Frame(frame, where)
    if known is None:
        kinds = [isinstance(dtype, pd.CategoricalDtype) for dtype in frame.dtypes]
        categorical = places.categorical.union(np.flatnonzero(kinds).tolist())
        columns = {
            i: _gathered(frame.iloc[:, i], i in categorical, None, where, label=i in places.labels)
            for i in range(len(names))
            if i not in places.drop
        }
        return new_table(source, names, columns, replace(places, categorical=categorical))
    at = known_places(where, names, known, header=True)
    columns = {
        i: _gathered(frame.iloc[:, i], False, None, where, label=i in places.labels)
        for role in places.apart.values()
        for i in role
    }
    offsets = np.zeros(len(known)) if offset is None else offset
    for (i, column), off in zip(at.items(), offsets, strict=True):
        series, as_words = frame.iloc[:, i], column.kind == "category"
        if column.kind == "number" and pd.api.types.is_bool_dtype(series.dtype):
            series = series.astype("Float64")
        columns[i] = _gathered(series, as_words, column, where, float(off))
    return known_table(source, columns, places, at, offset)


class _Frame:
    def __init__(self, frame: Any, where: str) -> None:
        self.where, self._frame = where, frame

    def blame(
        self, place: int, wrong: Callable[[str], bool], rule: str, empty: str = ""
    ) -> NoReturn:
        series = self._frame.iloc[:, place]
        name, missing = escaped(str(series.name)[:40]), series.isna().to_numpy()
        for row, value in enumerate(series.astype(object)):
            text = "" if missing[row] else str(value)
            if wrong(text):
                what = empty if empty and not text.strip() else f"{text[:40]!r} {rule}"
                raise DataError(f"{self.where}: row {row + 1}, column {name!r}: {what}")
        raise DataError(f"{self.where}: column {name!r} has a value that {rule}")


def _gathered(
    series: Any,
    as_words: bool,
    known: Column | None,
    where: str,
    offset: float | None = None,
    label: bool = False,
) -> Numbers | Words:
    """One column. as_words: a category, whatever its values are. known: what it was before."""
    import pandas as pd

    name, dtype, types = str(series.name), series.dtype, pd.api.types
    if not as_words and types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype):
        if types.is_complex_dtype(dtype):
            raise DataError(f"{where}: column {name[:40]!r} has complex numbers")
        numbers = Numbers(name, offset, exact=True)
        numbers.add(series.to_numpy(dtype=np.float64, na_value=np.nan))
        return numbers
    if not as_words and dtype.kind in "mM":
        time = Numbers(name, exact=True, days=dtype.kind == "M")
        time.add(_days(series) if time.days else np.asarray(series.dt.total_seconds(), np.float64))
        return time
    words = Words(name, known, label=label)
    try:
        codes, values = pd.factorize(series)  # -1 for None, nan, NaT, pd.NA
    except TypeError as error:
        raise DataError(f"{where}: column {name[:40]!r} holds no plain values: {error}") from error
    words.add(np.asarray(codes, np.intp), [_written(value) for value in values])
    return words


def _days(series: Any) -> np.ndarray:
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    times = series.to_numpy().astype("datetime64[us]")
    whole = times.astype("datetime64[D]")
    days = whole.astype(np.float64) + (times - whole).astype(np.float64) / (1e6 * _DAY)
    return np.where(np.isnat(times), np.nan, days)


def _written(value: Any) -> str:
    """A value as it would be in a file: 3 for 3.0, as a column of whole numbers with gaps has."""
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else str(number)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
