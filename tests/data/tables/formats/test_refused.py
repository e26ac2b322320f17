"""Files that are not read: told by what is in them and by their names, each with the way out."""

import ast
import gzip
import io
import json
import pickle
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.tables.formats.any_table import form_of
from mlp_scratch.errors import DataError

TABLE = pd.DataFrame({"label": ["a", "b"] * 20, "u": np.arange(40) * 1.5, "v": np.arange(40) % 7})
X, Y = TABLE[["u", "v"]].to_numpy(), np.arange(40) % 2


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "something")
    return file.getvalue()


BY_CONTENT = {  # whatever the file is called
    "MATLAB": (b"MATLAB 5.0 MAT-file, Platform" + b" " * 90 + b"\0\1IM", "a MATLAB file, which"),
    "MATLAB 7.3": (b"MATLAB 7.3 MAT-file" + b" " * 100 + b"\0\2IM", "MATLAB file of version 7.3"),
    "HDF5": (b"\x89HDF\r\n\x1a\n\0\0", "an HDF5 file"),
    "Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "an Excel file"),
    "new Excel": (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel file"),
    "OpenDocument": (zipped("mimetype", "content.xml"), "an OpenDocument sheet"),
    "pickle": (pickle.dumps(TABLE), "a pickle"),
    "pickle in gzip": (gzip.compress(pickle.dumps([1])), "a pickle"),
    "Arrow": (b"ARROW1\0\0", "a Feather or Arrow file"),
    "Feather": (b"FEA1\0\0\0\0", "a Feather or Arrow file"),
    "Stata": (b"<stata_dta><header>\0", "a Stata file"),
    "SPSS": (b"$FL2@(#)\0\0", "an SPSS file"),
    "SAS": (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14", "a SAS file"),
    "R": (gzip.compress(b"RDX3\nX\n\0\0\0\3"), "an R file"),
    "R, one object": (gzip.compress(b"X\n\0\0\0\3"), "an R file"),
    "SQLite": (b"SQLite format 3\0\x10", "an SQLite database"),
    "ORC": (b"ORC\0\n", "an ORC file"),
    "JSON": (json.dumps([{"a": 1}]).encode(), "a JSON file"),
    "JSON object": (b' {\n "a": 1}', "a JSON file"),
    "JSON lines": (b'{"a": 1}\n{"a": 2}\n', "JSON lines"),
    "npz": (zipped("x.npy", "y.npy"), "data=npz reads it"),
    "npy": (b"\x93NUMPY\1\0", "data=npy reads it"),
    "PDF": (b"%PDF-1.7\n", "a PDF document"),
    "PNG": (b"\x89PNG\r\n\x1a\n", "data=folder reads folders of them"),
    "web page": (b"\n<!DOCTYPE html>\n<html>", "a web page"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
}


@pytest.mark.parametrize("name", ["some.csv", "some", "some.data.gz"])
@pytest.mark.parametrize("case", BY_CONTENT)
def test_by_what_is_in_it(case: str, name: str, tmp_path: Path) -> None:
    data, message = BY_CONTENT[case]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError) as error:
        load_dataset("csv", dir=tmp_path, cache_dir=None, path=path)
    assert message in str(error.value)
    assert str(error.value).startswith(f"{path}: ")


BY_NAME = {
    ".mat": "a MATLAB file", ".h5": "an HDF5 file", ".hdf5": "an HDF5 file",
    ".xls": "an Excel file", ".XLSX": "an Excel file", ".ods": "an OpenDocument sheet",
    ".pkl": "a pickle", ".pickle": "a pickle", ".joblib": "a file of joblib",
    ".feather": "a Feather", ".arrow": "a Feather", ".dta": "a Stata file",
    ".sav": "an SPSS file", ".sas7bdat": "a SAS file", ".json": "a JSON file",
    ".jsonl": "JSON lines", ".ndjson": "JSON lines", ".rds": "an R file", ".RData": "an R file",
    ".tfrecord": "a TFRecord file", ".db": "an SQLite database", ".sqlite": "an SQLite database",
    ".json.gz": "a JSON file", ".orc": "an ORC file",
}  # fmt: skip


@pytest.mark.parametrize("suffix", BY_NAME)
def test_by_its_name(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"some{suffix}"
    path.write_bytes(b"\1\0\2")
    with pytest.raises(DataError) as error:
        form_of(path)
    first, *lines, last = str(error.value).splitlines()
    assert f"{path}: {BY_NAME[suffix]}" in first
    assert "is not read" in first
    assert all(line.startswith("  ") for line in lines)
    assert 3 <= len(lines) + 1 <= 4
    assert re.fullmatch(r"then data=(table|npz) data\.path='.*\.(csv|npz)'", last)


def write_mat(path: Path) -> None:
    pytest.importorskip("scipy.io").savemat(path, {"X": X, "y": Y})


def write_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as database:
        TABLE.to_sql("mytable", database, index=False)


def write_hdf5(path: Path) -> None:
    with pytest.importorskip("h5py").File(path, "w") as file:
        file["x"], file["y"] = X, Y


def write_excel(path: Path) -> None:
    pytest.importorskip("openpyxl")
    TABLE.to_excel(path, index=False)


def run_apart(code: str) -> None:
    """In a process that ends at once: what reads Feather leaves threads of its own behind, and one
    has been seen to take the process with it."""
    subprocess.run([sys.executable, "-c", code], check=True)


def write_feather(path: Path) -> None:
    pytest.importorskip("pyarrow")
    table = TABLE.to_dict("list")
    run_apart(f"import pandas; pandas.DataFrame({table!r}).to_feather({str(path)!r})")


WRITTEN: dict[str, Callable[[Path], object]] = {
    ".mat": write_mat,
    ".h5": write_hdf5,
    ".xlsx": write_excel,
    ".pkl": TABLE.to_pickle,
    ".joblib": lambda path: pytest.importorskip("joblib").dump((X, Y), path),
    ".feather": write_feather,
    ".dta": lambda path: TABLE.to_stata(path, write_index=False),
    ".json": lambda path: TABLE.to_json(path),
    ".jsonl": lambda path: TABLE.to_json(path, orient="records", lines=True),
    ".db": write_sqlite,
}


@pytest.mark.parametrize("suffix", WRITTEN)
def test_the_lines_do_what_they_promise(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"it's some{suffix}"
    WRITTEN[suffix](path)
    with pytest.raises(DataError) as error:
        form_of(path)
    _, *lines, last = str(error.value).splitlines()
    code = "\n".join(line.strip() for line in lines)
    run_apart(code) if suffix == ".feather" else exec(code, {})
    found = re.fullmatch(r"then data=(\w+) data\.path=(.*)", last)
    assert found
    data = load_dataset(
        found[1],
        dir=tmp_path,
        cache_dir=None,
        path=ast.literal_eval(found[2]),
        label="label" if found[1] == "table" else None,
    )
    np.testing.assert_allclose(data.x_train, X)
    assert data.class_names == (("a", "b") if found[1] == "table" else ("0", "1"))
