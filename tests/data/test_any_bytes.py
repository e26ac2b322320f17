"""Whatever bytes a file holds, reading it gives the right data or a DataError: no other exception,
no hang, and no more memory than the file can account for."""

import functools
import gzip
import io
import re
import struct
import tarfile
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import makers
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlp_scratch.data.array_formats.cifar import parse_cifar10
from mlp_scratch.data.array_formats.idx import read_idx
from mlp_scratch.data.array_formats.npy import read_npy
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.tables.formats.arff import read_arff
from mlp_scratch.data.tables.formats.parquet import read_parquet
from mlp_scratch.data.tables.formats.svmlight import read_svmlight
from mlp_scratch.data.tables.gathered import GAPS, GAPS_AMONG_NUMBERS
from mlp_scratch.data.tables.text.dialect import fields_in
from mlp_scratch.data.tables.text.layout import layout_of, opened_text
from mlp_scratch.data.tables.text.text_settings import Layout
from mlp_scratch.errors import DataError

PEAK = 96 << 20  # bytes; the files are some kilobytes


# What a valid file looks like before it is damaged ----------------------------------------------


def idx_files() -> st.SearchStrategy[bytes]:
    shapes = st.lists(st.integers(0, 6), min_size=1, max_size=3).map(tuple)
    kinds = st.sampled_from([(8, "u1"), (9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")])
    return st.builds(
        lambda shape, kind: makers.idx_bytes(np.ones(shape, kind[1]) * 3, kind[0]), shapes, kinds
    )


def npy_files() -> st.SearchStrategy[bytes]:
    dtypes = st.sampled_from(["u1", "i8", "f4", ">f4", "f8", "U3", "S2", "?", "c8", "M8[s]"])
    shapes = st.lists(st.integers(0, 5), max_size=4).map(tuple)
    orders = st.sampled_from("CF")
    return st.builds(
        lambda dtype, shape, order: makers.npy_bytes(np.zeros(shape, dtype, order)),
        *(dtypes, shapes, orders),
    )


def npz_files() -> st.SearchStrategy[bytes]:
    def build(n: int, name: str, packed: bool, words: bool) -> bytes:
        y = np.array(["a", "b", "c"])[np.arange(n) % 3] if words else np.arange(n) % 3
        return makers.npz_bytes(packed, **{name: makers.images(n, 2, 2), "y": y})

    names = st.sampled_from(["x", "X", "data", "z"])
    return st.builds(build, st.integers(0, 6), names, st.booleans(), st.booleans())


def csv_files() -> st.SearchStrategy[bytes]:
    number = st.one_of(
        st.integers(0, 255).map(str),
        st.floats(width=32).map(repr),
        st.sampled_from(["", "nan", "x", '"7"', '"', "1e999", " 5", "0x10", "1_0", "-3", "é"]),
    )
    usual = st.integers(0, 255).map(str)
    label = st.sampled_from(["0", "1", "2", "cat", "dog", "3.0", ""])
    header = st.sampled_from(["", "label,a,b\n", "\ufefflabel,a,b\n", "a,b,label\n", "label\n"])
    end = st.sampled_from(["\n", "\r\n", "\n\n", "\r"])

    def build(header: str, rows: list, end: str, last: bool) -> bytes:
        text = header + end.join(",".join(row) for row in rows) + (end if last else "")
        return text.encode()

    row = st.one_of(st.tuples(label, usual, usual), st.tuples(label, number, usual))
    rows = st.lists(st.one_of(row, st.lists(usual, max_size=4)), max_size=6)
    clean = st.lists(st.tuples(label, usual, usual), min_size=1, max_size=6)
    return st.builds(build, header, st.one_of(clean, clean, rows), end, st.booleans())


def cifar_files() -> st.SearchStrategy[bytes]:
    return st.builds(makers.cifar_bytes, st.integers(0, 3), st.integers(0, 99))


def svmlight_files() -> st.SearchStrategy[bytes]:
    label = st.sampled_from(["1", "-1", "+1", "2.5", "x", ""])
    usual = st.lists(st.tuples(st.integers(0, 9), st.integers(-9, 9)), min_size=1, max_size=4)
    pairs = usual.map(lambda pairs: [f"{i}:{v}" for i, v in dict(pairs).items()])
    odd = st.sampled_from(["qid:3", "# 1:2", "70000:1", "3:", ":3", "1:1e400", "1:nan", "1:0x1"])
    odds = st.lists(odd, max_size=2)
    clean = st.tuples(st.sampled_from(["1", "-1"]), pairs).map(lambda row: [row[0], *row[1]])
    row = st.one_of(clean, clean, st.tuples(label, pairs, odds).map(lambda r: [r[0], *r[1], *r[2]]))
    return st.lists(row, max_size=5).map(lambda rows: "\n".join(map(" ".join, rows)).encode())


ARFF = b"@relation r\n@attribute a numeric\n@attribute b {x,y}\n@attribute c string\n@data\n"


def arff_files() -> st.SearchStrategy[bytes]:
    number = st.sampled_from(["1", "-2.5", "1e3", "?", ".5", "nan", "1_0", "x"])
    usual = st.integers(-99, 99).map(str)
    word = st.sampled_from(["x", "y", "?", "'x'", "z", '"y'])
    text = st.sampled_from(["p", "?", "'q, r'", "s\\'", "{1 2}", "%", "\u00e9"])
    clean = st.tuples(usual, st.sampled_from("xy"), st.sampled_from("pq"))
    sparse = st.sampled_from([["{0 1", "1 y}"], ["{}"], ["{1 y", "2 p", "0 ?}"], ["{3 1}"]])
    rows = st.lists(st.one_of(clean, st.tuples(number, word, text)), max_size=4)
    rows = st.one_of(rows, st.lists(clean, min_size=1, max_size=5), st.lists(sparse, max_size=3))
    return rows.map(lambda rows: ARFF + "\n".join(map(",".join, rows)).encode())


@functools.cache
def parquet_file(n: int, how: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = [None if i % 5 == 4 else "xyz"[i % 3] * (i + 1) for i in range(n)]
    ways: list[dict[str, Any]] = [
        {"compression": "none", "use_dictionary": False},
        {"compression": "zstd", "row_group_size": max(1, n // 2)},
        {"compression": "snappy", "data_page_version": "2.0", "write_page_index": True},
    ]
    file = io.BytesIO()
    table = pa.table({"a": np.arange(n), "b": words, "c": np.arange(n) / 3, "d": np.arange(n) > 2})
    pq.write_table(table, file, **ways[how])
    return file.getvalue()


def parquet_files() -> st.SearchStrategy[bytes]:
    return st.builds(parquet_file, st.integers(0, 12), st.integers(0, 2))


def archives() -> st.SearchStrategy[bytes]:
    def build(n: int, missing: int) -> bytes:
        names = [name for i, name in enumerate(makers.CIFAR_FILES) if i != missing]
        return makers.cifar_archive({name: makers.cifar_bytes(n) for name in names})

    return st.builds(build, st.integers(1, 2), st.sampled_from([-1, -1, -1, 0, 5]))


@st.composite
def damaged(draw: st.DrawFn, valid: st.SearchStrategy[bytes]) -> bytes:
    """A valid file with some bytes overwritten, cut out, put in or cut off; or just any bytes."""
    how = draw(st.sampled_from(["whole", "whole", "flip", "flip", "cut", "drop", "insert", "any"]))
    if how == "any":
        return draw(st.binary(max_size=300))
    data = bytearray(draw(valid))
    if how == "whole" or not data:
        return bytes(data)
    if how == "flip":
        for _ in range(draw(st.integers(1, 4))):
            # half of the damage in the header, where it hurts most
            limit = min(len(data), draw(st.sampled_from([16, 100, len(data)]))) - 1
            data[draw(st.integers(0, limit))] = draw(st.integers(0, 255))
        return bytes(data)
    at = draw(st.integers(0, len(data)))
    if how == "cut":
        return bytes(data[:at])
    if how == "drop":
        return bytes(data[:at] + data[at + draw(st.integers(1, 8)) :])
    return bytes(data[:at] + draw(st.binary(max_size=16)) + data[at:])


def gzipped(files: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Damage under the seal: the checksum of the packing is right."""
    return files.map(lambda data: gzip.compress(data, mtime=0))


@st.composite
def zips_of_damaged(draw: st.DrawFn) -> bytes:
    n = draw(st.integers(1, 4))
    x, y = makers.npy_bytes(makers.images(n, 2, 2)), makers.npy_bytes(np.arange(n))
    if draw(st.booleans()):
        x = draw(damaged(st.just(x)))
    else:
        y = draw(damaged(st.just(y)))
    packed = io.BytesIO()
    methods = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
    with zipfile.ZipFile(packed, "w", draw(methods)) as archive:
        archive.writestr("x.npy", x)
        archive.writestr("y.npy", y)
    return packed.getvalue()


# What the bytes mean, told by something other than our readers -----------------------------------


def check_idx(data: bytes, folder: Path) -> None:
    path = folder / "some-idx3-ubyte"
    path.write_bytes(data)
    array = read_idx(path)
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    shape = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    kind = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}[data[2]]
    expected = np.frombuffer(data, kind, offset=4 + 4 * data[3]).reshape(shape)
    np.testing.assert_array_equal(array, expected)


def check_npy(data: bytes, folder: Path) -> None:
    path = folder / "x.npy"
    path.write_bytes(data)
    array = read_npy(path)
    np.testing.assert_array_equal(array, np.load(path, allow_pickle=False))


def check_npz(data: bytes, folder: Path) -> None:
    path = folder / "data.npz"
    path.write_bytes(data)
    dataset = load_dataset("npz", dir=folder, cache_dir=None, path=path)
    with zipfile.ZipFile(path) as file:
        members = {name.lower().removesuffix(".npy"): file.read(name) for name in file.namelist()}
    arrays = {name: np.load(io.BytesIO(data)) for name, data in members.items()}
    x = arrays["x"] if "x" in arrays else arrays["data"]
    np.testing.assert_array_equal(dataset.x_train, x.reshape(len(x), -1).astype(np.float32))
    names = np.array(dataset.class_names)[dataset.y_train]
    assert [str(y) for y in arrays["y"].ravel()] == [*names]


def check_csv(data: bytes, folder: Path) -> None:
    """Cut into rows by `layout_of`, which has tests of its own; cells are told by Python's csv."""
    path = folder / "table.csv"
    path.write_bytes(data)
    dataset, layout = load_dataset("csv", dir=folder, cache_dir=None, path=path), layout_of(path)
    with opened_text(path, layout) as text:
        cut = [row for _, row in fields_in(text, layout.delimiter, layout.quote)]
    rows = [row[: layout.columns] for row in cut if len(row) > 1 or "".join(row).strip()]
    lower = [name.strip().lower() for name in layout.names]
    free = range(layout.index, layout.columns)
    label = next((i for i in free if lower[i] == "label"), layout.index)
    every = len(rows)  # those without a label are left out, which is said
    for gaps in (frozenset([""]), GAPS_AMONG_NUMBERS):
        if len(rows) > len(dataset.x_train):
            rows = [row for row in rows if row[label].strip() not in gaps]
    assert len(rows) == len(dataset.x_train)
    gone = f"{every - len(rows):,} of {every:,} rows"
    assert len(rows) == every or any(note.startswith(gone) for note in dataset.notes)
    assert dataset.columns is not None
    for j, column in enumerate(dataset.columns):
        fields = [row[layout.names.index(column.name)].strip() for row in rows]
        values = dataset.x_train[:, j].astype(np.float64)
        if column.kind == "number":
            values += 0 if dataset.offset is None else dataset.offset[j]
            expected = [np.nan if f in GAPS_AMONG_NUMBERS else _float(f, layout) for f in fields]
            np.testing.assert_allclose(values, np.array(expected, np.float32), rtol=1e-6)
        elif column.kind == "category":
            words = ["" if np.isnan(v) else column.words[int(v)] for v in values]
            assert words == ["" if field in GAPS else field for field in fields]
    for row, y in zip(rows, dataset.y_train, strict=True):
        name = dataset.class_names[y] if dataset.task == "classification" else str(y[0])
        field = row[label].strip()
        assert field == name or _float(field, layout) == float(name)


def _float(field: str, layout: Layout) -> float:
    if layout.decimal == ".":  # 1,234 and $5 and 12 %
        field = re.sub("[,$€£% ]", "", field)
    return float(field.replace(layout.decimal, "."))


def check_svmlight(data: bytes, folder: Path) -> None:
    path = folder / "some.svm"
    path.write_bytes(data)
    frame, _ = read_svmlight(path)
    lines = (
        line.partition(b"#")[0].split() for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    )
    rows = [line for line in lines if line]
    assert len(rows) == len(frame)
    for (label, *pairs), (_, found) in zip(rows, frame.iterrows(), strict=True):
        assert float(label) == found["label"] or np.isnan(float(label))
        there = [pair.split(b":") for pair in pairs if not pair.startswith(b"qid:")]
        values = {f"feature {int(index)}": float(value) for index, value in there}
        expected = [values.get(name, 0.0) for name in frame.columns[1:]]
        np.testing.assert_array_equal(found.to_numpy()[1:], expected)


def check_arff(data: bytes, folder: Path) -> None:
    path = folder / "some.arff"
    path.write_bytes(data)
    frame = read_arff(path)
    text = data.decode("utf-8", "replace")
    rows = [line.strip() for line in re.split("@data.*\n", text, flags=re.I)[-1].split("\n")]
    rows = [row for row in rows if row and not row.startswith("%")]
    assert len(rows) == len(frame)
    for i, row in enumerate(rows):
        fields = [field.strip() for field in row.split(",")]
        if set(row) & set("'\"\\{\t\ufffd") or len(fields) != len(frame.columns):
            continue  # what our own reader is for
        for field, value in zip(fields, frame.iloc[i], strict=True):
            missing = field == "?" and (value is None or value != value)
            assert missing or value == field or value == float(field)


@functools.cache  # it must outlive what was allocated from it
def counting_pool() -> Any:
    import pyarrow as pa

    return pa.proxy_memory_pool(pa.default_memory_pool())


def check_parquet(data: bytes, folder: Path) -> None:
    """As pyarrow reads it when it has not been told to be careful."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "some.parquet"
    path.write_bytes(data)
    pool, before = counting_pool(), pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        frame = read_parquet(path)
    finally:
        pa.set_memory_pool(before)
        assert pool.max_memory() < PEAK
    table = pq.read_table(io.BytesIO(data))
    assert [*frame] == table.column_names
    for name in frame:
        values = table[name].to_pylist()
        for value, found in zip(values, frame[name], strict=True):
            assert value == found or value is None or (value != value and found != found)


def check_cifar(data: bytes, folder: Path) -> None:
    for name in makers.CIFAR_FILES:
        (folder / name).write_bytes(data)
    parsed = parse_cifar10([folder / name for name in makers.CIFAR_FILES])
    n = len(data) // 3073
    for i in range(n):
        record = data[3073 * i : 3073 * (i + 1)]
        assert parsed.train.labels[n + i] == record[0] < 10
        for row, column, colour in ((0, 0, 0), (31, 31, 2), (5, 17, 1)):
            value = record[1 + colour * 1024 + row * 32 + column]
            assert parsed.train.x[n + i, row, column, colour] == value


def check_archive(data: bytes, folder: Path) -> None:
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(data)
    parsed = parse_cifar10([path])
    batches = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            name = member.name.rsplit("/", 1)[-1]
            content = archive.extractfile(member) if name in makers.CIFAR_FILES else None
            if content is not None:
                batches.setdefault(name, content.read())
            if len(batches) == 6:
                break  # what comes after them does not matter
    expected = b"".join(batches[name] for name in makers.CIFAR_FILES[:5])
    records = np.frombuffer(expected, np.uint8).reshape(-1, 3073)
    np.testing.assert_array_equal(parsed.train.labels, records[:, 0])
    np.testing.assert_array_equal(parsed.train.x[:, 0, 0, 0], records[:, 1])
    np.testing.assert_array_equal(parsed.train.x[:, 31, 31, 2], records[:, -1])


FORMATS = {
    "idx": (damaged(idx_files()), check_idx),
    "idx.gz": (damaged(gzipped(idx_files())), check_idx),
    "idx in gz": (gzipped(damaged(idx_files())), check_idx),
    "npy": (damaged(npy_files()), check_npy),
    "npz": (damaged(npz_files()), check_npz),
    "npy in npz": (zips_of_damaged(), check_npz),
    "csv": (damaged(csv_files()), check_csv),
    "svmlight": (damaged(svmlight_files()), check_svmlight),
    "arff": (damaged(arff_files()), check_arff),
    "parquet": (damaged(parquet_files()), check_parquet),
    "cifar": (damaged(cifar_files()), check_cifar),
    "cifar tar.gz": (damaged(archives()), check_archive),
    "cifar tar in gz": (gzipped(damaged(archives().map(gzip.decompress))), check_archive),
}


def run(name: str, folder: Path, examples: int) -> None:
    if name == "parquet":
        pytest.importorskip("pyarrow")
    files, check = FORMATS[name]
    outcomes = {"data": 0, "refused": 0}

    @settings(
        max_examples=examples,
        database=None,
        deadline=timedelta(seconds=60),
        suppress_health_check=list(HealthCheck),
    )
    @given(files)
    def right_data_or_data_error(data: bytes) -> None:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        message = None
        try:
            check(data, folder)
        except DataError as error:
            message = str(error)
        outcomes["data" if message is None else "refused"] += 1
        assert message is None or str(folder) in message  # it names the file
        assert tracemalloc.get_traced_memory()[1] - before < PEAK

    tracemalloc.start()
    try:
        right_data_or_data_error()
    finally:
        tracemalloc.stop()
    print(name, outcomes)
    assert outcomes["data"] >= examples / 100, "the test must also meet valid files"
    assert outcomes["refused"] >= examples / 10, "and damaged ones"


@pytest.mark.mostly_slow(13)
@pytest.mark.parametrize("name", FORMATS)
def test_any_bytes_give_right_data_or_a_data_error(name: str, tmp_path: Path) -> None:
    run(name, tmp_path, 50)


@pytest.mark.marathon
@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_many_files_give_right_data_or_a_data_error(name: str, tmp_path: Path) -> None:
    run(name, tmp_path, 2000)
