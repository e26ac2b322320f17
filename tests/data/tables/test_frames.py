"""DataFrames as tables, and tables written by pandas that read back as what they were."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.formats.any_table import read_table
from mlp_scratch.data.tables.frames import table_of_frame
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError

NONE = Roles(label=())
GAP = np.nan


def one(values: object, roles: Roles = NONE) -> Table:
    return table_of_frame(pd.DataFrame({"a": values, "rest": [0.5, 1.5, 2.5, 0.5]}), roles)


COLUMNS = {
    "floats": ([1.5, np.nan, 2, 3], Column("a"), [1.5, GAP, 2, 3]),
    "bytes": ([1, 200, 2, 3], Column("a"), [1, 200, 2, 3]),
    "nullable": (pd.array([1, None, 2, 3], "Int64"), Column("a"), [1, GAP, 2, 3]),
    "truth": ([True, False, True, True], Column("a", "category", ("False", "True")), [1, 0, 1, 1]),
    "nullable truth": (
        pd.array([True, None, False, True], "boolean"),
        Column("a", "category", ("False", "True")),
        [1, GAP, 0, 1],
    ),
    "categories": (
        pd.Categorical(["x", "y", None, "x"], categories=["z", "y", "x"]),
        Column("a", "category", ("x", "y")),
        [0, 1, GAP, 0],
    ),
    "categories of numbers": (
        pd.Categorical([1, 2, 3, 4]),
        Column("a", "category", ("1", "2", "3", "4")),
        [0, 1, 2, 3],
    ),
    "text": (["u", None, "u", "u"], Column("a", "category", ("u",)), [0, GAP, 0, 0]),
    "text of numbers": (["1", "?", "3", "2.5"], Column("a"), [1, GAP, 3, 2.5]),
    "mixed": ([1, "u", 1.0, "u"], Column("a", "category", ("1", "u")), [0, 1, 0, 1]),
    "times": (
        pd.to_datetime(["1970-01-02", None, "1970-01-03 12:00", "1970-01-01"], format="ISO8601"),
        Column("a", "date"),
        [0, GAP, 1.5, -1],
    ),
    "times with a zone": (
        pd.to_datetime(["1970-01-02T01:00:00+01:00"] * 2 + ["1970-01-04T01:00:00+01:00"] * 2),
        Column("a", "date"),
        [-1, -1, 1, 1],
    ),
    "seconds": ([1_700_000_000 + i for i in (0, 3, 1, 2)], Column("a"), [-2, 1, -1, 0]),
}


@pytest.mark.parametrize("what", COLUMNS)
def test_columns_of_a_frame(what: str) -> None:
    values, column, x = COLUMNS[what]
    table = one(values)
    assert table.columns[0] == column
    np.testing.assert_allclose(table.x[:, 0], x)
    assert (table.offset[0] != 0) == (what in ("times", "times with a zone", "seconds"))


def test_what_is_no_feature() -> None:
    frame = pd.DataFrame(
        {
            "y": ["b", "a", "b"],
            "w": [1, 2, 0.5],
            "id": [7, 3, 9],
            "x": [1, 2, 2],
            "who": list("uvw"),
        }
    )
    table = table_of_frame(frame, Roles(label="y", weight=1))
    assert [column.name for column in table.columns] == ["x"]
    assert table.apart["label"].tolist() == ["b", "a", "b"]
    assert table.apart["weight"].tolist() == [1, 2, 0.5]
    assert table.ids == ("id", "who")


@pytest.mark.parametrize(
    ("frame", "roles", "message"),
    [
        ({}, NONE, "X: 0 rows and 0 columns"),
        ({"a": [1j, 2]}, NONE, "X: column 'a' has complex numbers"),
        ({"a": [1, np.inf]}, NONE, "X: row 2, column 'a': 'inf' is not a finite number"),
        (
            {"a": [1, 2], "y": ["u", None]},
            Roles(label="y", whole=True),
            "row 2, column 'y': the label",
        ),
        ({"a": [1, 2]}, Roles(label="y"), "X: no column 'y'"),
        ({"a": [[1], [2]]}, NONE, "X: column 'a' holds no plain values"),
        ({"a": ["u", "v"]}, NONE, "no column is left to learn from; a: 2 different words"),
    ],
)
def test_frames_that_are_no_tables(frame: dict, roles: Roles, message: str) -> None:
    with pytest.raises(DataError, match=message):
        table_of_frame(pd.DataFrame(frame), roles)


def test_labels_of_a_frame() -> None:
    """NA may be the name of a class, None is none."""
    frame = pd.DataFrame({"y": ["NA", "a", "nan"], "x": [1, 2, 2]})
    assert table_of_frame(frame, Roles(label="y")).apart["label"].tolist() == ["NA", "a", "nan"]
    whole = table_of_frame(frame.assign(y=[3, 1, 3]), Roles(label="y")).apart["label"]
    assert whole.tolist() == [3, 1, 3]


def test_known_columns_of_a_frame() -> None:
    frame = pd.DataFrame(
        {"a": [1.7e9, 1.7e9 + 2], "b": ["u", "u"], "c": pd.to_datetime(["2020-01-01"] * 2)}
    )
    first = table_of_frame(pd.concat([frame] * 3), Roles(label=(), keep=("b", "c")))
    new = frame[["c", "b", "a"]].assign(b=["w", "u"], more=1)
    table = table_of_frame(new, NONE, first.columns, offset=first.offset)
    assert table.columns == (Column("a"), Column("b", "category", ("u", "w")), Column("c", "date"))
    assert table.offset.tolist() == first.offset.tolist()
    assert table.x[:, 0].tolist() == first.x[:2, 0].tolist()
    assert table.x[:, 1].tolist() == [1, 0]
    with pytest.raises(DataError, match="X: row 1, column 'a': 'u' is not a number"):
        table_of_frame(new.assign(a=["u", "v"]), NONE, first.columns)
    for wrong, message in (
        ({"a": new["c"]}, "X: 'a' holds dates, not a number"),
        ({"c": [1, 2]}, "X: 'c' holds numbers, not a date"),
    ):
        with pytest.raises(DataError, match=message):
            table_of_frame(new.assign(**wrong), NONE, first.columns)
    truth = table_of_frame(new.assign(a=[True, False]), NONE, first.columns)
    assert truth.x[:, 0].tolist() == [1, 0]
    with pytest.raises(DataError, match="X: no column 'b', which the network was trained on"):
        table_of_frame(new[["a", "c"]], NONE, first.columns)


WORDS = st.sampled_from(["red", "green sea", "é", "a,b", "x;y", 'a "quote"', "two\nlines", "T"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(12, 30))
    columns = {}
    for i in range(draw(st.integers(1, 4))):
        values = draw(st.one_of(st.just(FLOATS), st.just(st.integers(-999, 999)), st.just(WORDS)))
        column = draw(st.lists(values, min_size=n // 2, max_size=n // 2)) * 2
        column[0] = column[n // 2] = "red" if isinstance(column[1], str) else 0.5
        gaps = draw(st.sets(st.integers(1, len(column) - 1), max_size=2))
        columns[f"c{i}"] = [None if j in gaps else value for j, value in enumerate(column)]
    return pd.DataFrame(columns).assign(z=[0.25, 7.5] * (n // 2))


DIALECTS = st.fixed_dictionaries(
    {
        "sep": st.sampled_from([",", ";", "\t", "|"]),
        "quoting": st.sampled_from([0, 2]),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
        "na_rep": st.sampled_from(["", "NA", "?"]),
        "index": st.booleans(),
    }
)


def read_back(folder: Path, frame: pd.DataFrame, dialect: dict) -> None:
    path = folder / "table.csv"
    frame.to_csv(path, **dialect)
    written, expected = read_table(path, Reading(), NONE), table_of_frame(frame, NONE)
    assert [(c.name, c.kind) for c in written.columns] == [
        (c.name, c.kind) for c in expected.columns
    ]
    for j, column in enumerate(written.columns):
        if column.kind == "category":
            words = [[*c.words, None] for c in (column, expected.columns[j])]
            codes = [np.nan_to_num(t.x[:, j], nan=-1).astype(int) for t in (written, expected)]
            assert [words[0][i] for i in codes[0]] == [words[1][i] for i in codes[1]]
        else:
            values = [t.x[:, j].astype(float) + t.offset[j] for t in (written, expected)]
            np.testing.assert_allclose(values[0], values[1], rtol=1e-6)


def run(folder: Path, examples: int) -> None:
    @settings(
        max_examples=examples,
        database=None,
        deadline=timedelta(seconds=60),
        suppress_health_check=list(HealthCheck),
    )
    @given(frames(), DIALECTS)
    def reads_back(frame: pd.DataFrame, dialect: dict) -> None:
        read_back(folder, frame, dialect)

    reads_back()


def test_a_frame_that_pandas_wrote_reads_back(tmp_path: Path) -> None:
    run(tmp_path, 25)


@pytest.mark.marathon
@pytest.mark.slow
def test_many_frames_that_pandas_wrote_read_back(tmp_path: Path) -> None:
    run(tmp_path, 1000)
