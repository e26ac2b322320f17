"""Training and test rows of a table, read apart, in the same terms."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp_scratch.data.cache import Cache
from mlp_scratch.data.dataset import Dataset, assemble
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.parsed_table import parsed_table
from mlp_scratch.errors import DataError

NAN = np.nan
LABELS = {"label": np.array(["yes", "no", "no"], object)}


def table(columns: Any, rows: list, offset: Any = (0, 0), **more: Any) -> Table:
    x = np.array(rows, np.float32)
    return Table(columns, x, np.array(offset, float), {"label": LABELS["label"][: len(x)]}, **more)


TRAIN = table(
    (Column("t"), Column("sex", "category", ("m", "f"))),
    [[1, 0], [2, 1], [NAN, NAN]],
    (1000, 0),
    ids=("PassengerId",),
    notes=("read as: a table",),
)


def assembled(test: Table | None = None) -> Dataset:
    return assemble(
        "table", parsed_table(TRAIN, "a.csv", {} if test is None else {"test": (test, "b.csv")})
    )


def test_other_order_words_and_offset() -> None:
    there = (Column("sex", "category", ("x", "f")), Column("t"))
    dataset = assembled(table(there, [[0, 5], [1, NAN], [NAN, 6]], (0, 900)))
    assert dataset.columns == (Column("t"), Column("sex", "category", ("m", "f", "x")))
    assert dataset.x_test is not None
    assert dataset.offset is not None
    np.testing.assert_array_equal(dataset.x_test, [[-95, 2], [NAN, 1], [-94, NAN]])
    np.testing.assert_array_equal(dataset.x_train, TRAIN.x)
    assert dataset.offset.tolist() == [1000, 0]
    assert dataset.ids == ("PassengerId",)
    assert dataset.notes[0] == "read as: a table"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((Column("u"), TRAIN.columns[1]), "b.csv: no column 't'"),
        ((Column("t"), Column("sex")), "b.csv: no category in column 'sex'"),
    ],
)
def test_a_test_file_of_other_columns(columns: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        assembled(table(columns, [[1, 0], [2, 0]]))


def test_words_count_in_the_digest() -> None:
    other = table((Column("t"), Column("sex", "category", ("m", "w"))), TRAIN.x.tolist(), (1000, 0))
    assert assemble("table", parsed_table(other, "a.csv", {})).digest != assembled().digest


def test_the_cache_keeps_all_of_it(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x")
    dataset = assembled(table(TRAIN.columns, [[5, 1]], (1000, 0)))
    Cache(tmp_path / "c", "table", [file], {}).store(dataset)
    again = Cache(tmp_path / "c", "table", [file], {}).load()
    assert again is not None
    for key, value in dataset.__dict__.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(again, key), value)
        else:
            assert getattr(again, key) == value
