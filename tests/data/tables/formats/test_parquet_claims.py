"""What a Parquet file claims, and what is not believed."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.tables.formats.parquet import read_parquet
from mlp_scratch.errors import DataError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def load(path: Path, **options: Any) -> Dataset:
    return load_dataset("table", dir=path.parent, cache_dir=None, path=path, **options)


def test_words_that_would_fill_memory_row_by_row(tmp_path: Path) -> None:
    """20,000 rows of one word of 100,000 letters: they share it."""
    path = tmp_path / "some.parquet"
    word = pa.array(["x" * 100_000, "y"]).dictionary_encode()
    rows = np.arange(20_000) % 2
    pq.write_table(pa.table({"a": word.take(pa.array(rows)), "b": rows}), path)
    frame = read_parquet(path)
    assert frame["a"].dtype == object
    assert frame["a"][0] is frame["a"][2]


def test_a_footer_that_says_too_little(tmp_path: Path) -> None:
    """What the pages themselves claim counts."""
    buffer = io.BytesIO()
    table = pa.table({"a": ["x" * 40_000_000], "b": [1]})
    pq.write_table(table, buffer, compression="zstd", use_dictionary=False, write_statistics=False)
    data = buffer.getvalue()
    said = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0)
    length = struct.unpack("<I", data[-8:-4])[0]
    footer = data[-8 - length : -8]
    for size in (said.column(0).total_uncompressed_size, said.total_byte_size):
        number = varint(2 * size)
        assert number in footer
        small = varint(2 * 1000)
        padded = bytes([*(b | 128 for b in small), *[128] * (len(number) - len(small) - 1), 0])
        footer = footer.replace(number, padded)
    path = tmp_path / "some.parquet"
    path.write_bytes(data[: -8 - length] + footer + data[-8:])
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).total_uncompressed_size == 1000
    with pytest.raises(DataError, match="its contents would take 38 MiB"):
        read_parquet(path)


def varint(number: int) -> bytes:
    out = []
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def test_a_footer_longer_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 20 + struct.pack("<I", 1 << 30) + b"PAR1")
    with pytest.raises(DataError, match="claims a footer of 1,073,741,824 bytes"):
        load(path)
