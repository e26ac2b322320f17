"""Parquet, read by pyarrow after what its footer and its pages claim was held against the file:
columns of plain values, whose number and size are known before any of them is unpacked."""

import struct
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.bounded_reads import opened
from mlp_scratch.data.tables.dialect import MAX_COLUMNS
from mlp_scratch.data.tables.parquet_pages import unpacked_size
from mlp_scratch.data.tables.spread import check_bytes, check_dense
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

MAGIC = b"PAR1"
_LONGEST_FOOTER = 16 << 20  # bytes
_WIDEST = 32  # bytes of a decimal
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
    _check_footer(path)
    limits = {"thrift_string_size_limit": _LONGEST_FOOTER, "thrift_container_size_limit": 1 << 20}
    with opened(path) as handle:
        try:
            file = pq.ParquetFile(handle, pre_buffer=False, **limits)
            words = _check_columns(path, file)
            _check_sizes(path, file.metadata, handle)
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


def _check_footer(path: Path) -> None:
    with opened(path) as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        end = file.read(8)
        file.seek(0)
        if size < 12 or file.read(4) != MAGIC or end[4:] != MAGIC:
            raise DataError(f"{path}: not a Parquet file, or a truncated one")
        footer = struct.unpack("<I", end[:4])[0]
        if footer > min(size - 12, _LONGEST_FOOTER):
            raise DataError(f"{path}: claims a footer of {footer:,} bytes: damaged")


def _check_columns(path: Path, file: Any) -> list[str]:
    """The names of its columns of words. DataError when a column is of a kind that is not read."""
    schema = file.schema
    names = [schema.column(i).path for i in range(len(schema))]
    if len(names) > MAX_COLUMNS:
        raise DataError(f"{path}: {len(names):,} columns, at most {MAX_COLUMNS:,} are read")
    for arrow in file.schema_arrow:
        if arrow.type.num_fields:
            name = escaped(arrow.name[:40])
            inside = [arrow.type.field(i).name for i in range(arrow.type.num_fields)]
            if "bytes" in inside:
                raise DataError(
                    f"{path}: column {name!r} holds pictures, as Hugging Face's data sets do; in "
                    f"Python, write them out for data=folder:\n{_pictures(path, arrow.name)}"
                )
            raise DataError(
                f"{path}: column {name!r} is nested ({escaped(str(arrow.type)[:60])}): only "
                "columns of single values are read; leave it out or make columns of it"
            )
    if len(set(names)) < len(names):
        raise DataError(f"{path}: two columns have the same name")
    words = []
    for i, name in enumerate(names):
        column, shown = schema.column(i), escaped(name[:40])
        kind, logical = column.physical_type, column.logical_type.type
        if kind == "BYTE_ARRAY" and logical not in ("STRING", "ENUM", "JSON"):
            raise DataError(f"{path}: column {shown!r} holds bytes, not words or numbers")
        if kind == "FIXED_LEN_BYTE_ARRAY" and not 0 < column.length <= _WIDEST:
            raise DataError(f"{path}: column {shown!r} has values of {column.length} bytes")
        if kind == "BYTE_ARRAY":
            words.append(name)
    return words


def _check_sizes(path: Path, meta: Any, handle: BufferedReader) -> None:
    """DataError when the file claims more than it can hold."""
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    rows = [group.num_rows for group in groups]
    if min([meta.num_rows, *rows]) < 0 or sum(rows) != meta.num_rows:
        raise DataError(f"{path}: its parts claim {sum(rows):,} rows, not {meta.num_rows:,}")
    if meta.num_rows == 0:
        raise DataError(f"{path}: no rows in it")
    check_dense(path, meta.num_rows, meta.num_columns)
    unpacked = 0
    for group in groups:
        for i in range(group.num_columns):
            chunk = group.column(i)
            where = f"column {escaped(chunk.path_in_schema[:40])!r}"
            if chunk.num_values != group.num_rows:
                raise DataError(f"{path}: {where} claims {chunk.num_values:,} values: damaged")
            unpacked += unpacked_size(path, handle, chunk, where)
            check_bytes(path, unpacked)


def _pictures(path: Path, column: str) -> str:
    read = f"import pandas as pd, pathlib; t = pd.read_parquet({str(path)!r})"
    loop = f"for i, (p, y) in enumerate(zip(t[{column!r}], t['label'])):"
    made = "d = pathlib.Path('pictures', str(y)); d.mkdir(parents=True, exist_ok=True)"
    return f"  {read}\n  {loop}\n      {made}; (d / f'{{i}}.png').write_bytes(p['bytes'])"


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
