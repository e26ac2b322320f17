"""What the columns of a table are taken for, what is left out, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Table
from mlp_scratch.data.tables.formats.any_table import read_table
from mlp_scratch.data.tables.text import text_table
from mlp_scratch.data.tables.text.text_settings import Reading


def read(folder: Path, text: str, missing: tuple[str, ...] | None = None, **roles) -> Table:
    path = folder / "table.csv"
    path.write_text(text)
    roles = {"label": "label"} | roles
    return read_table(path, Reading(missing_values=missing), Roles(**roles))


def one_column(folder: Path, fields: list[str], name: str = "a", **more) -> Table:
    """A table whose second column holds the fields; its third is there so that there is one."""
    rows = [f"{'pq'[i % 2]},{field},{i * i % 7 + 0.5}\n" for i, field in enumerate(fields)]
    return read(folder, f"label,{name},rest\n" + "".join(rows), **more)


TEN = [str(v) for v in (3, 1, 4, 1, 5, 9, 2, 6, 5, 3)]
WORDS = ["red", "green", "blue", "red", "red", "green", "blue", "red", "blue", "red"]
KEPT = {
    "numbers": (TEN, "number"),
    "numbers and gaps": (
        ["?", "NA", "", "nan", "null", "-", "unknown", "1.5", "2", "3e2"],
        "number",
    ),
    "numbers in quotes": ([f'"{v}.5"' for v in TEN], "number"),
    "30 whole numbers in quotes": ([f'"{v * v % 41}"' for v in range(60)], "number"),
    "few whole numbers in quotes": ([f'"{v}"' for v in TEN], "category"),
    "few in quotes, but one": ([f'"{v}"' for v in TEN] + ["7"], "number"),
    "words": (WORDS, "category"),
    "truth": (["True", "False"], "category"),
    "no and yes": (["no", "yes", "no"], "category"),
    "one word and gaps": (["yes", "", "", "yes", ""], "category"),
    "one number and gaps": (["1", "", "", "1", ""], "number"),
    "ISO dates": (["2020-12-31", "2021-01-02", "", "1999-1-1"], "date"),
    "times": (["2020-12-31T10:00:00Z", "2020-12-31 22:00:00+01:00"], "date"),
    "days first": (["31.12.2020", "1.2.2021"], "date"),
    "a slash, clear": (["31/12/2020", "1/2/2021"], "date"),
    "month first, clear": (["12/31/2020", "1/2/2021"], "date"),
    "month by name": (["31 Dec 2020", "1-Feb-21", '"Mar 5, 2020"'], "date"),
    "thousands": (['"1,234"', "17", '" 1,234,567.5 "'], "number"),
    "money": (["$5", '"$1,234.50"', "-€3"], "number"),
    "parts of a hundred": (["5%", "12.5 %", "100"], "number"),
    "many of three digits": (['"295,295,295,295,295,295,295,295"'] * 3 + ["x"], "category"),
    "no thousands": (['"1,23"', '"2,345"', '"1,23"', '"1,23"'] * 2, "category"),
    "words with a sign": (["$a", "$5", "$a"] * 3, "category"),
    "months": (["1949-01", "1949-12", "1950/1"], "date"),
    "months by name": (["Jan 2005", "January-2006", "2007 Sept", "1960 Mar"], "date"),
    "quarters and months": (["1960 Q1", "1960-Q4", "2000M11", "2000 M1"], "date"),
    "months and what is none": (["1949-01", "1949-13", "1949-01"] * 2, "category"),
    "years": ([str(year) for year in range(1947, 1963)], "number"),
    "counting, but from row to row by two": ([str(2 * i) for i in range(12)], "number"),
    "counting in nine rows": ([str(i) for i in range(9)], "number"),
    "words of numbers but for a few": (["1", "2", "x"] * 4, "category"),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_a_column_is(tmp_path: Path, what: str) -> None:
    fields, kind = KEPT[what]
    table = one_column(tmp_path, fields)
    assert [(c.name, c.kind) for c in table.columns] == [("a", kind), ("rest", "number")]


LEFT_OUT = {
    "text": (["the cat", "a dog", "a dog"], "a: 2 different words, left out; data.keep=[a] keeps"),
    "all different": (list("UVWXYZ"), "a: 6 different words, left out; data.keep=[a] keeps it"),
    "many words": ([f"w{i % 301}" for i in range(700)], "a: 301 different words, left out"),
    "too many words": ([f"w{i}" for i in range(10_001)], "a: more than 10,000 different words, or"),
    "no value": (["", "?", "NA"], "a: empty, left out"),
    "one number": (["7"] * 5, "a: the same in every row, left out"),
    "one word": (["yes"] * 5, "a: the same in every row, left out"),
    "counting": (
        [str(i) for i in range(5, 17)],
        "a: tells the rows apart, left out; data.keep=[a]",
    ),
    "unclear dates": (["1/2/2020", "3/4/2020"], "a: dates whose day and month could be mistaken"),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_left_out(tmp_path: Path, what: str) -> None:
    fields, note = LEFT_OUT[what]
    table = one_column(tmp_path, fields)
    assert [column.name for column in table.columns] == ["rest"]
    assert what != "too many words" or "data.keep" not in "".join(table.notes)  # it would not help
    assert any(line.startswith(note) for line in table.notes), table.notes
    assert table.ids == (("a",) if what in ("all different", "counting") else ())


@pytest.mark.parametrize(
    "name", ["id", "ID", "user_id", "CustomerId", "RowNumber", "index", "uuid"]
)
def test_names_of_ids(tmp_path: Path, name: str) -> None:
    different = ["17", "4", "99"]
    assert one_column(tmp_path, different, name).ids == (name,)
    assert one_column(tmp_path, ["17", "4", "4"], name).ids == ()
    assert one_column(tmp_path, ["1.5", "4", "9"], name).ids == ()
    few_twice = [str(1_000_000 + i * i % 37) for i in range(30)]
    assert one_column(tmp_path, few_twice, name).ids == (name,)
    assert one_column(tmp_path, [str(i * i % 7) for i in range(30)], name).ids == ()
    assert one_column(tmp_path, [str(i) for i in range(1600, 1620)], name).ids == (name,)


@pytest.mark.parametrize("name", ["a", "valid", "paid", "grid", "Madrid", "ids and more", "width"])
def test_names_of_others(tmp_path: Path, name: str) -> None:
    assert one_column(tmp_path, ["17", "4", "99"], name).ids == ()


@pytest.mark.parametrize("rows", [512, 1 << 20])
def test_words_are_those_that_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Also where all rows of the first blocks look like numbers."""
    monkeypatch.setattr(text_table, "_BLOCK_VALUES", 3 * rows)
    fields = ["01", "1.0", "1e1", "1", "10"] * 800 + ["x"] * 20
    table = one_column(tmp_path, fields)
    assert table.columns[0].words == ("01", "1", "1.0", "10", "1e1", "x")
    assert table.x[:5, 0].tolist() == [0, 2, 4, 1, 3]
    assert "a: numbers but for 'x' in 20 rows, so a category; data.missing_values=[x] takes" in (
        "".join(table.notes)
    )


def test_markers_of_missing_values(tmp_path: Path) -> None:
    fields = ["-999", "1", "?", "3"]
    usual = one_column(tmp_path, fields)
    np.testing.assert_array_equal(usual.x[:, 0], [-999, 1, np.nan, 3])
    said = one_column(tmp_path, fields, missing=("-999", "?"))
    np.testing.assert_array_equal(said.x[:, 0], [np.nan, 1, np.nan, 3])
    words = one_column(tmp_path, ["unknown", "red", "unknown", "red", "NA", ""])
    assert words.columns[0].words == ("red", "unknown")  # among words it is one
    np.testing.assert_array_equal(words.x[:, 0], [1, 0, 1, 0, np.nan, np.nan])
    none = one_column(tmp_path, ["NA", "red", "NA", "red", ""], missing=())
    assert none.columns[0].words == ("NA", "red")


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    seconds = [str(1_700_000_000 + 7 * i % 100) for i in range(50)]
    table = one_column(tmp_path, seconds)
    assert table.offset[0] == np.rint(table.offset[0]) != 0
    assert (table.x[:, 0] + table.offset[0]).tolist() == list(map(float, seconds))
    ordinary = one_column(tmp_path, ["1.1", "7", "3000.25"])
    assert ordinary.offset.tolist() == [0, 0]
    assert ordinary.x[:, 0].tolist() == np.float32([1.1, 7, 3000.25]).tolist()


def test_a_first_column_that_may_be_ids_is_told_of(tmp_path: Path) -> None:
    def notes(numbers: list[int]) -> list[str]:
        path = tmp_path / "table.csv"
        path.write_text("".join(f"{n},{n % 7}.5,{'pq'[i % 2]}\n" for i, n in enumerate(numbers)))
        table = read_table(path, Reading(), Roles(label=-1))
        assert len(table.columns) == 2
        return [line for line in table.notes if "data.drop=[0]" in line]

    ids = [61634 + 7919 * (i * i % 101) for i in range(100)]
    assert notes(ids) == []  # half of them come twice
    ids = [61634 + 7919 * (i * 37 % 101) for i in range(100)]
    assert notes(ids) == [
        "column 1: whole numbers of which hardly one comes twice, taken for numbers; if these are "
        "ids, data.drop=[0] leaves them out"
    ]
    assert notes([20 + i * 37 % 101 for i in range(100)]) == []


def test_numbers_with_signs_are_said(tmp_path: Path) -> None:
    table = one_column(tmp_path, ['"1,234"', "$2", '"-$1,000.5"', "?"])
    np.testing.assert_array_equal(table.x[:, 0], [1234, 2, -1000.5, np.nan])
    assert any(n.startswith("a: taken for numbers, as 1,234; ") for n in table.notes), table.notes
    known = read(tmp_path, 'a,rest\n"$9,000",1\n', label=())
    assert known.x[0, 0] == 9000


def test_an_index_without_a_name(tmp_path: Path) -> None:
    text = ",label,a\n" + "".join(f"{i},{i % 2},{i * i % 7}\n" for i in range(20))
    table = read(tmp_path, text)
    assert [column.name for column in table.columns] == ["a"]
    assert len(table.ids) == 1
    assert "tells the rows apart, left out; data.keep=[0] keeps it" in " ".join(table.notes)


def test_notes_are_few_and_short(tmp_path: Path) -> None:
    names = ",".join(f"{'n' * 60}{i}" for i in range(1000))
    rows = "".join(",".join(f"w{i} {j}" for j in range(1000)) + f",{i % 3}\n" for i in range(5))
    table = read(tmp_path, f"{names},label\n{rows}", keep=[0])
    assert len(table.notes) == 2
    assert "and 991 more, left out" in table.notes[1]
    assert len(table.notes[1]) < 1500


REAL = [  # name, label, numbers, categories, left out as ids, left out as text
    ("bank.csv", "y", 7, 9, (), ()),
    ("titanic-kaggle.csv", "Survived", 5, 2, ("PassengerId", "Name"), ("Ticket", "Cabin")),
    ("churn-missing.csv", "Exited", 8, 2, ("RowNumber", "CustomerId"), ("Surname",)),
    ("breast-cancer-wdbc.csv", "diagnosis", 30, 0, ("id",), ()),
    ("pendigits.csv", 17, 16, 0, ("column 1",), ()),
    ("soybean.csv", "Class", 0, 35, (), ()),
    ("auto-mpg.data", "mpg", 7, 0, (), ("car_name",)),
    ("abalone.csv", 8, 7, 1, (), ()),
    ("digits-sklearn.csv.gz", 64, 64, 0, (), ()),
]


@pytest.mark.parametrize(("name", "label", "numbers", "categories", "ids", "text"), REAL)
def test_real_tables(
    tables_dir: Path,
    name: str,
    label: str | int,
    numbers: int,
    categories: int,
    ids: tuple,
    text: tuple,
) -> None:
    table = read_table(tables_dir / name, Reading(), Roles(label=label))
    kinds = [column.kind for column in table.columns]
    assert (kinds.count("number"), kinds.count("category")) == (numbers, categories)
    assert table.ids == ids
    for column in text:
        assert any(f"{column}: " in note and "left out" in note for note in table.notes)
