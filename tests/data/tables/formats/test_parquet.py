"""Parquet: what is read, and what is refused by its columns, its footer and its pages."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.tables.formats.any_table import form_of
from mlp_scratch.data.tables.formats.parquet import read_parquet
from mlp_scratch.errors import DataError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
N = 1000
WORDS = np.array(["x", "yy", None], object)[np.arange(N) % 3]
TABLE = pa.table(
    {
        "whole": np.arange(N) ** 2,
        "byte": pa.array(np.arange(N) % 200, pa.uint8()),
        "gaps": pa.array([None if i % 4 else i for i in range(N)], pa.int64()),
        "float": np.linspace(-1, 1, N, dtype=np.float32),
        "half": np.linspace(-1, 1, N).astype(np.float16),
        "truth": np.arange(N) % 2 == 0,
        "word": WORDS,
        "coded": pa.array(WORDS).dictionary_encode(),
        "time": pa.array(np.datetime64("2020-01-01T00", "s") + np.arange(N) * 7777),
        "day": pa.array(np.arange(N) % 900, pa.int32()).cast(pa.date32()),
        "price": pa.array(np.arange(N) / 4).cast(pa.decimal128(9, 2)),
        "label": np.arange(N) % 5,
    }
)


def load(path: Path, **options: Any) -> Dataset:
    return load_dataset("table", dir=path.parent, cache_dir=None, path=path, **options)


WAYS = [
    {"compression": "snappy"},
    {"compression": "zstd", "data_page_version": "2.0", "row_group_size": 300},
    {"compression": "none", "use_dictionary": False, "version": "1.0"},
    {"compression": "gzip", "write_page_index": True, "data_page_size": 500},
    {"compression": "brotli", "write_statistics": False},
    {"compression": "lz4", "store_schema": False},
]


@pytest.mark.parametrize("how", WAYS, ids=lambda how: how["compression"])
def test_what_is_read(how: dict, tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    pq.write_table(TABLE, path, **how)
    frame = read_parquet(path)
    expected = pq.read_table(path).to_pandas()
    assert [*frame] == TABLE.column_names
    for name in frame:
        if name in ("word", "coded"):
            assert [*frame[name]] == [*WORDS]
        elif name == "price":
            np.testing.assert_array_equal(frame[name], np.arange(N) / 4)
        else:
            pd.testing.assert_series_equal(frame[name], expected[name])
    data = load(path)
    assert data.class_names == ("0", "1", "2", "3", "4")
    assert data.notes[0] == "read as: Parquet, 12 columns"
    kinds = {column.name: column.kind for column in data.columns or ()}
    assert kinds == {
        **dict.fromkeys(("whole", "byte", "gaps", "float", "half", "price"), "number"),
        **dict.fromkeys(("truth", "word", "coded"), "category"),
        **dict.fromkeys(("time", "day"), "date"),
    }


def test_it_is_told_by_its_contents(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "some.csv")
    assert form_of(tmp_path / "some.csv") == "Parquet"
    for name in ("a.parquet", "a.pq"):
        (tmp_path / name).write_text("a,b\n1,2\n")
        with pytest.raises(DataError, match="not a Parquet file"):
            form_of(tmp_path / name)


def test_pandas_index_without_a_name_is_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.5, 2, 4], "label": ["a", "b", "a"]}, index=[5, 3, 9])
    frame.to_parquet(tmp_path / "some.parquet")
    assert load(tmp_path / "some.parquet").feature_names == ("x",)


def test_which_column_is_taken_for_the_label_is_said(tmp_path: Path) -> None:
    pq.write_table(
        TABLE.select(["word", "whole", "float"]).slice(0, 900).drop_null(), tmp_path / "a.parquet"
    )
    data = load(tmp_path / "a.parquet")
    assert data.class_names == ("x", "yy")
    assert any("label: the first column, 'word', as none is called so" in n for n in data.notes)


def test_test_rows_in_another_order(tmp_path: Path) -> None:
    train, test = tmp_path / "train.parquet", tmp_path / "test.parquet"
    pq.write_table(TABLE, train)
    pq.write_table(TABLE.select(TABLE.column_names[::-1]).slice(10, 20), test)
    data = load(train, test_path=test)
    assert data.x_test is not None
    np.testing.assert_array_equal(data.x_test, data.x_train[10:30])
    (tmp_path / "test.csv").write_text("a,label\n1,2\n")
    with pytest.raises(DataError, match="is text, but the training rows are Parquet"):
        load(train, test_path=tmp_path / "test.csv")


REFUSED: dict[str, tuple[Callable[[], Any], dict, str]] = {
    "a list": (lambda: {"a": [[1, 2]], "b": [1]}, {}, "column 'a' is nested"),
    "a struct": (lambda: {"a": [{"c": 1}], "b": [1]}, {}, "column 'a' is nested"),
    "pictures": (
        lambda: {"image": [{"bytes": b"x", "path": "x"}], "label": [1]},
        {},
        "column 'image' holds pictures, as Hugging Face's data sets do",
    ),
    "bytes": (lambda: {"a": [b"x"], "b": [1]}, {}, "column 'a' holds bytes"),
    "long fixed": (
        lambda: {"a": pa.array([b"x" * 99], pa.binary(99)), "b": [1]},
        {},
        "column 'a' has values of 99 bytes",
    ),
    "no rows": (lambda: {"a": pa.array([], pa.int64())}, {}, "no rows"),
    "words by what they share": (
        lambda: {"a": ["x", "xy"], "b": [1, 2]},
        {"use_dictionary": False, "column_encoding": {"a": "DELTA_BYTE_ARRAY"}},
        "column 'a' is encoded in a rare way",
    ),
    "many equal rows": (
        lambda: {"a": np.zeros(4_000_000), "b": np.zeros(4_000_000)},
        {},
        "4,000,000 rows of 2 columns would take 61 MiB",
    ),
    "a long word": (
        lambda: {"a": ["x" * 40_000_000], "b": [1]},
        {"compression": "zstd", "use_dictionary": False, "write_statistics": False},
        "its contents would take 38 MiB",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str, tmp_path: Path) -> None:
    columns, options, message = REFUSED[case]
    path = tmp_path / "some.parquet"
    pq.write_table(pa.table(columns()), path, **options)
    with pytest.raises(DataError) as error:
        load(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("end", [0, 1, 4, 11, 12, 100, -1, -4, -8, -100])
def test_a_file_that_ends_early(end: int, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pq.write_table(TABLE, buffer)
    path = tmp_path / "some.parquet"
    path.write_bytes(buffer.getvalue()[:end])
    with pytest.raises(DataError):
        load(path)
