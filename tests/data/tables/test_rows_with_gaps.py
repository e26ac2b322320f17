"""Rows with gaps, left out or refused before anything is split."""

import numpy as np
import pytest

from mlp_scratch.data.dataset import Dataset, assemble
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.parsed_table import parsed_table
from mlp_scratch.data.tables.rows_with_gaps import settle_gaps
from mlp_scratch.errors import DataError

COLUMNS = Column("age"), Column("sex", "category", ("m", "f"))


def made(train: list, test: list | None = None) -> Dataset:
    tables = [
        Table(
            COLUMNS,
            np.array(rows, np.float32),
            np.zeros(2),
            {"label": np.arange(len(rows)) % 2, "weight": np.arange(1.0, len(rows) + 1)},
        )
        for rows in (train, test)
        if rows
    ]
    others = {"test": (tables[1], "b.csv")} if test else {}
    return assemble("table", parsed_table(tables[0], "a.csv", others))


WHOLE, NO_AGE, NO_SEX = [1, 1], [np.nan, 1], [2, np.nan]


def test_rows_are_left_out_with_their_targets_and_weights() -> None:
    dataset = made([WHOLE, NO_AGE, WHOLE, NO_SEX, WHOLE], [WHOLE, WHOLE, NO_SEX])
    kept = settle_gaps(dataset, "drop")
    assert kept.notes[-1] == (
        "data.missing=drop: 2 of 5 training rows and 1 of 3 test rows have gaps and are left out"
    )
    assert kept.x_train.tolist() == [WHOLE] * 3
    assert kept.x_test is not None
    assert kept.weights_train is not None
    assert kept.x_test.tolist() == [WHOLE] * 2
    assert kept.weights_train.tolist() == [1, 3, 5]
    assert kept.y_train.tolist() == [0, 0, 0]
    whole = made([WHOLE, WHOLE, [3, 0]])
    assert settle_gaps(whole, "drop") is whole
    alone = settle_gaps(made([WHOLE, NO_AGE, WHOLE]), "drop")
    assert alone.notes[-1] == "data.missing=drop: 1 of 3 rows have gaps and are left out"


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ([WHOLE, NO_SEX, NO_AGE], None, r"row 2: 'sex' is missing: data.missing=error; auto fills"),
        ([WHOLE, WHOLE], [WHOLE, NO_AGE], "test row 2: 'age' is missing: "),
    ],
)
def test_a_gap_is_refused_by_name(train: list, test: list | None, message: str) -> None:
    dataset = made(train, test)
    assert settle_gaps(dataset, "auto") is dataset
    with pytest.raises(DataError, match=message):
        settle_gaps(dataset, "error")


def test_there_must_be_rows_left() -> None:
    with pytest.raises(DataError, match="each of the training rows has a gap"):
        settle_gaps(made([NO_AGE, NO_SEX]), "drop")
