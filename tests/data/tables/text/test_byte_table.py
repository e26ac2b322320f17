"""Tables of bytes, read fast and read slowly."""

import io
from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.formats.any_table import read_table
from mlp_scratch.data.tables.text.byte_table import read_byte_table
from mlp_scratch.data.tables.text.text_settings import Reading


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(path: Path, known: tuple[Column, ...] | None = None, **roles) -> Table:
    return read_table(path, Reading(), Roles(**({"label": ()} | roles)), known)


def test_bytes_are_read_alike_by_both_readers(tmp_path: Path) -> None:
    """NumPy and pandas, which reads what is in quotes."""
    values = np.random.default_rng(0).integers(0, 256, (500, 7))
    text = "\n".join(",".join(map(str, row)) for row in values)
    by_numpy = read(write(tmp_path, text), label=3, weight="5")
    by_pandas = read(write(tmp_path, '"' + text.replace(",", '",', 1)), label=3)
    assert by_numpy.x.dtype == np.uint8
    np.testing.assert_array_equal(by_numpy.x, np.delete(values, [3, 5], axis=1))
    np.testing.assert_array_equal(by_numpy.apart["label"], values[:, 3])
    np.testing.assert_array_equal(by_numpy.apart["weight"], values[:, 5])
    np.testing.assert_array_equal(by_pandas.x, np.delete(values, 3, axis=1))
    np.testing.assert_array_equal(by_pandas.apart["label"].astype(int), values[:, 3])
    assert by_pandas.x.dtype == np.uint8


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,2\n003,255\n", [[1, 2], [3, 255]]),
        ("1,2\n\n3,4", [[1, 2], [3, 4]]),
        *((row, None) for row in ("1,256", "1,-1", "1,0.9", "1.0,2", "1,1e2", "1,", '"1",2', "")),
        *((row, None) for row in ("1,0x1", "1_0,2", "#1,2", "1,2#3", "1,\0", "1,٥", "1,2,3", "1")),
        *((row, None) for row in ("1,2\n3", "\n\n", f"1,{9**40}")),
    ],
)
def test_a_table_of_bytes_is_whole_numbers_up_to_255(rows: str, expected: list | None) -> None:
    """Everything else is left to the slower reader, which says what is wrong."""
    found = read_byte_table(io.StringIO(rows), ",", columns=2)
    assert (None if found is None else found.tolist()) == expected
    assert found is None or found.dtype == np.uint8
