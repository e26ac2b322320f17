"""Parquet, read by pyarrow when `checked_words` has found nothing wrong with what it claims:
columns of plain values, whose number and size are known before any of them is unpacked."""

from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.bounded_reads import opened
from mlp_scratch.data.tables.formats.parquet_claims import LONGEST_FOOTER, checked_words
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_DAMAGE = (TypeError, LookupError, OverflowError, MemoryError)  # met by fuzzing, or to be expected
_INDEX = "__index_level_"  # as pandas calls an index without a name


def read_parquet(path: Path) -> Any:
    """The file as a pandas DataFrame. Raises DataError."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DataError(
            f"{path}: Parquet needs pyarrow: pip install 'mlp-scratch[parquet]'"
        ) from None
    limits = {"thrift_string_size_limit": LONGEST_FOOTER, "thrift_container_size_limit": 1 << 20}
    with opened(path) as handle:
        words = checked_words(path, handle)
        try:
            file = pq.ParquetFile(handle, pre_buffer=False, read_dictionary=words, **limits)
            table = file.read(use_threads=False)
            columns = {
                name: _values(column)
                for name, column in zip(table.column_names, table.columns, strict=True)
                if not name.startswith(_INDEX)
            }
        except (pa.ArrowException, OSError, ValueError, *_DAMAGE) as error:
            told = escaped(" ".join(str(error).split())[:200])
            raise DataError(f"{path}: not a Parquet file, or a damaged one: {told}") from None
    import pandas as pd

    return pd.DataFrame(columns)


def _values(column: Any) -> Any:
    """A column for pandas: its words are shared by the rows, whatever they come to in all, as long
    as pandas leaves them objects."""
    import pandas as pd
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        pieces = []
        for chunk in column.chunks:
            words = np.array([*chunk.dictionary.to_pylist(), None], object)
            codes = chunk.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
            pieces.append(words[codes])
        return pd.Series(np.concatenate(pieces), dtype=object)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    return column.to_pandas()
