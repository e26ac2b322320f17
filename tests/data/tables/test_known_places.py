"""Where the columns of a training stand in another table."""

from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.formats.any_table import read_table
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(path: Path, known: tuple[Column, ...] | None = None, **roles) -> Table:
    return read_table(path, Reading(), Roles(**({"label": ()} | roles)), known)


KNOWN = (Column("a"), Column("b", "category", ("x", "y")), Column("c"))


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,y,3\n2,x,4\n",
        "c,a,b\n3,1,y\n4,2,x\n",
        "1,y,3\n2,x,4\n",  # no names: by place
        "c;label;a;b;more\n3;5;1;y;u\n4;6;2;x;v\n",  # others do not matter
    ],
)
def test_known_columns_are_found_by_their_names(tmp_path: Path, text: str) -> None:
    table = read(write(tmp_path, text), KNOWN)
    assert table.columns == KNOWN
    assert table.x.tolist() == [[1, 1, 3], [2, 0, 4]]


def test_words_that_are_not_known_come_behind_the_others(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a,b,c\n1,z,3\n2,,NA\n3,w,5\n4,y,6\n"), KNOWN)
    assert table.columns[1].words == ("x", "y", "w", "z")
    np.testing.assert_array_equal(table.x[:, 1], [3, np.nan, 2, 1])
    np.testing.assert_array_equal(table.x[:, 2], [3, np.nan, 5, 6])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,d\n1,x,3\n", "no column 'c', which the network was trained on; there are a, b, d"),
        ("a,b,colors\n1,x,3\n", "there are a, b, colors"),
        ("a,b,c\n1,x,3\n4,x,cat\n", r"line 3, column 3 \('c'\): 'cat' is not a number"),
        ("a,b,c\n1,x,3\n4,x,inf\n", r"line 3, column 3 \('c'\): 'inf' is not a finite number"),
        ("1,x\n4,x\n", "2 columns without names, but the network was trained on 3: a, b, c"),
    ],
)
def test_known_columns_that_are_not_there(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(write(tmp_path, text), KNOWN)


def test_known_columns_without_names(tmp_path: Path) -> None:
    """column 3 is the third of a file with as many columns as there were, labels among them."""
    known = (Column("column 1"), Column("column 3"))
    assert read(write(tmp_path, "1.5,7,2.5\n"), known).x.tolist() == [[1.5, 2.5]]
    assert read(write(tmp_path, "1.5,2.5\n"), known).x.tolist() == [[1.5, 2.5]]
    assert read(write(tmp_path, "u,v\n1.5,2.5\n"), known).x.tolist() == [[1.5, 2.5]]
    pixels = (Column(""), Column(""))
    assert read(write(tmp_path, "u,v\n1,2\n"), pixels).x.tolist() == [[1, 2]]
    with pytest.raises(DataError, match="3 columns, but the network takes 2 features"):
        read(write(tmp_path, "1,2,3\n"), pixels)
