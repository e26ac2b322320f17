"""What a Parquet file claims, read before anything unpacks it: which columns it has, how many rows,
and what its pages come to. (github.com/apache/parquet-format, parquet.thrift)

Libraries believe a footer: one that lies costs memory, and some lies end the process.
"""

import struct
from io import BufferedReader
from pathlib import Path
from typing import Any

from mlp_scratch.data.tables.formats.thrift_compact import Compact
from mlp_scratch.data.tables.formats.unpacked_size_limit import check_bytes, check_dense
from mlp_scratch.data.tables.text.dialect import MAX_COLUMNS
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

MAGIC = b"PAR1"
LONGEST_FOOTER = 16 << 20  # bytes
_LONGEST_HEADER = 1 << 16  # bytes of a page's, of which statistics may take some
_WIDEST = 32  # bytes of a decimal
_BYTES, _FIXED = 6, 7  # physical types
_WORDS = (0, 4, 19), (1, 4, 12)  # text, enumerations, JSON: as converted and as logical types
_REPEATED, _DELTA_BYTE_ARRAY = 2, 7
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)


def checked_words(path: Path, file: BufferedReader) -> list[str]:
    """The names of the columns of words, of a file that may be read. Raises DataError where it
    holds what is not read, claims more than it can hold, or contradicts itself."""
    try:
        footer = _footer(path, file)
        words = _columns(path, footer[2])
        _sizes(path, file, footer)
    except _DAMAGE as error:
        told = str(error) if isinstance(error, ValueError) else "its footer lacks something"
        told = escaped(" ".join(told.split())[:100])
        raise DataError(f"{path}: a damaged Parquet file: {told}") from None
    return words


def _footer(path: Path, file: BufferedReader) -> dict[int, Any]:
    size = file.seek(0, 2)
    file.seek(max(0, size - 8))
    end = file.read(8)
    file.seek(0)
    if size < 12 or file.read(4) != MAGIC or end[4:] != MAGIC:
        raise DataError(f"{path}: not a Parquet file, or a truncated one")
    length = struct.unpack("<I", end[:4])[0]
    if length > min(size - 12, LONGEST_FOOTER):
        raise DataError(f"{path}: claims a footer of {length:,} bytes: damaged")
    file.seek(size - 8 - length)
    return Compact(file.read(length)).struct()


def _columns(path: Path, schema: list[dict[int, Any]]) -> list[str]:
    """Each element: 1 type, 2 length, 3 repetition, 4 name, 5 children, 6 and 10 what it means."""
    root, *elements = schema
    names = [one[4].decode("utf-8") for one in elements]
    if len(names) > MAX_COLUMNS:
        raise DataError(f"{path}: {len(names):,} columns, at most {MAX_COLUMNS:,} are read")
    words = []
    for i, (one, name) in enumerate(zip(elements, names, strict=True)):
        kind, shown = one.get(1), escaped(name[:40])
        if one.get(5) or one.get(3) == _REPEATED or kind is None:
            if "bytes" in names[i + 1 : i + 1 + one.get(5, 0)]:
                raise DataError(
                    f"{path}: column {shown!r} holds pictures, as Hugging Face's data sets do; in "
                    f"Python, write them out for data=folder:\n{_pictures(path, name)}"
                )
            raise DataError(
                f"{path}: column {shown!r} is nested: only columns of single values are read; "
                "leave it out or make columns of it"
            )
        if kind == _BYTES:
            if one.get(6) not in _WORDS[0] and not {*one.get(10, {})} & {*_WORDS[1]}:
                raise DataError(f"{path}: column {shown!r} holds bytes, not words or numbers")
            words.append(name)
        elif kind == _FIXED and not 0 < one[2] <= _WIDEST:
            raise DataError(f"{path}: column {shown!r} has values of {one[2]} bytes")
    if len(set(names)) < len(names):
        raise DataError(f"{path}: two columns have the same name")
    if root[5] != len(names):
        raise ValueError(f"{len(names)} columns, not {root[5]}")
    return words


def _sizes(path: Path, file: BufferedReader, footer: dict[int, Any]) -> None:
    """Groups of rows: 1 chunks of columns, 3 rows. Chunks: 1 another file, 3 what they hold."""
    rows, columns, groups = footer[3], len(footer[2]) - 1, footer[4]
    if min([rows, *(group[3] for group in groups)]) < 0 or sum(g[3] for g in groups) != rows:
        raise ValueError(f"its parts do not come to {rows:,} rows")
    if rows == 0 or columns == 0:
        raise DataError(f"{path}: no rows in it, or no columns")
    check_dense(path, rows, columns)
    unpacked = 0
    for group in groups:
        if len(group[1]) != columns:
            raise ValueError(f"{len(group[1])} columns in one of its parts")
        for chunk in group[1] if group[3] else ():
            if 1 in chunk:
                raise DataError(f"{path}: its columns lie in other files")
            name = b".".join(chunk[3][3]).decode("utf-8", "replace")
            if chunk[3][5] != group[3]:
                raise ValueError(f"column {escaped(name[:40])!r} claims {chunk[3][5]:,} values")
            unpacked += _unpacked(path, file, chunk[3], f"column {escaped(name[:40])!r}")
            check_bytes(path, unpacked)


def _unpacked(path: Path, file: BufferedReader, chunk: dict[int, Any], where: str) -> int:
    """The bytes that the pages of a column chunk claim to unpack to.

    chunk: 1 type, 7 bytes, 9 and 11 where pages of data and the dictionary begin. A page: 2 and 3
    bytes unpacked and packed, 5 and 8 a header of data, which tells how it is encoded.
    """
    size, begin = path.stat().st_size, chunk[9]
    if chunk.get(11):
        begin = min(begin, chunk[11])
    at, end, total = begin, begin + chunk[7], 0
    if not 4 <= begin < end <= size:
        raise ValueError(f"{where} lies outside of it")
    while at < end:
        file.seek(at)
        header = Compact(file.read(_LONGEST_HEADER))
        page = header.struct()
        at += header.at + page[3]
        if min(page[2], page[3]) < 0 or at > end:
            raise ValueError(f"{where} has a page that is longer than it")
        encoded = [page[one][field] for one, field in ((5, 2), (8, 4)) if one in page]
        if chunk[1] == _BYTES and _DELTA_BYTE_ARRAY in encoded:
            raise DataError(
                f"{path}: {where} is encoded in a rare way (DELTA_BYTE_ARRAY) that does not tell "
                "its size: save the file again with pandas"
            )
        total += page[2]
    return total


def _pictures(path: Path, column: str) -> str:
    read = f"import pandas as pd, pathlib; t = pd.read_parquet({str(path)!r})"
    loop = f"for i, (p, y) in enumerate(zip(t[{column!r}], t['label'])):"
    made = "d = pathlib.Path('pictures', str(y)); d.mkdir(parents=True, exist_ok=True)"
    lines = (read, loop, f"    {made}; (d / f'{{i}}.png').write_bytes(p['bytes'])")
    return "\n".join(f"  {escaped(line)}" for line in lines)
