"""Tables in text: what is read, and which line is blamed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.formats.any_table import read_table
from mlp_scratch.data.tables.text import text_table
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError


def load(path: Path, **options) -> Dataset:
    return load_dataset("csv", dir=path.parent, cache_dir=None, path=path, **options)


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(path: Path, known: tuple[Column, ...] | None = None, **roles) -> Table:
    return read_table(path, Reading(), Roles(**({"label": ()} | roles)), known)


ROWS = "7,0,255\n3,1,2\n7,3,4\n"


@pytest.mark.parametrize(
    "text",
    [
        "label,pixel0,pixel1\n" + ROWS,
        ROWS,
        ROWS.rstrip("\n"),
        "\ufefflabel,pixel0,pixel1\n" + ROWS,
        "label;a;b\n" + ROWS.replace(",", ";"),
        "label\ta\tb\n" + ROWS.replace(",", "\t"),
        ("label,a,b\n" + ROWS).replace("\n", "\r\n"),
        "\n\nlabel,a,b\n\n" + ROWS.replace("\n", "\n\n"),
        '"label","a","b"\n"7","0","255"\n3,1,2\n7,3,4\n',
        "a,label,b\n0,7,255\n1,3,2\n3,7,4\n",  # a column called label is it, wherever it stands
        "7.0,0,255\n3.0,1,2\n7.0,3,4\n",
        ("label,a,b\n" + ROWS).replace("\n", "\r"),
        "label,a,b\r7,0,255\n3,1,2\n7,3,4\n",
    ],
    ids=[
        *("header", "no header", "no newline at the end", "byte order mark", "semicolons", "tabs"),
        *("CRLF", "blank lines", "quotes", "label second", "labels as floats"),
        *("CR", "CR and LF"),
    ],
)
def test_the_same_table_in_many_forms(tmp_path: Path, text: str) -> None:
    data = load(write(tmp_path, text))
    assert data.x_train.tolist() == [[0, 255], [1, 2], [3, 4]]
    assert data.x_train.dtype == np.uint8
    assert data.class_names == ("3", "7")
    assert data.y_train.tolist() == [1, 0, 1]
    assert data.x_test is None


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("species", "size,species,width\n1.5,cat,2\n2.5,dog,3\n"),
        (1, "1.5,cat,2\n2.5,dog,3\n"),
        ("1", "1.5,cat,2\n2.5,dog,3\n"),
        (-2, "1.5,cat,2\n2.5,dog,3\n"),
    ],
)
def test_label_column_by_name_or_number(tmp_path: Path, label: str | int, text: str) -> None:
    data = load(write(tmp_path, text), label=label)
    assert data.class_names == ("cat", "dog")
    assert data.y_train.tolist() == [0, 1]
    assert data.x_train.tolist() == [[1.5, 2], [2.5, 3]]
    assert data.x_train.dtype == np.float32


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["10", "9", "-1"], ("-1", "9", "10")),  # by value, not by spelling
        (["b", "a", "10"], ("10", "a", "b")),
        (["NA", "x", "nan"], ("NA", "nan", "x")),  # names of classes, not gaps
        (["é", "日本", " z "], ("z", "é", "日本")),
        (["1.0", "2", "3"], ("1", "2", "3")),
    ],
)
def test_labels_become_sorted_classes(tmp_path: Path, labels: list, names: tuple) -> None:
    data = load(write(tmp_path, "".join(f"{label},1,2\n" for label in labels)))
    assert data.class_names == names
    assert [names[y] for y in data.y_train] == [names[names.index(n)] for n in _plain(labels)]


def _plain(labels: list[str]) -> list[str]:
    return ["1" if label == "1.0" else label.strip() for label in labels]


def test_one_value_that_is_no_byte_makes_floats_of_all(tmp_path: Path) -> None:
    for value in ("0.5", "256", "-1"):
        data = load(write(tmp_path, f"5,1,2\n6,3,{value}\n"))
        assert data.x_train.dtype == np.float32
        np.testing.assert_array_equal(data.x_train, [[1, 2], [3, float(value)]])


def test_a_late_float_changes_the_blocks_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_table, "_BLOCK_VALUES", 1)
    monkeypatch.setattr(text_table, "_BLOCK_ROWS", 10)
    data = load(write(tmp_path, "1,7,8\n" * 35 + "2,0.5,9\n" + "1,7,8\n" * 20))
    assert data.x_train.dtype == np.float32
    assert data.x_train.tolist() == [[7, 8]] * 35 + [[0.5, 9]] + [[7, 8]] * 20
    assert data.y_train.tolist() == [0] * 35 + [1] + [0] * 20


@pytest.mark.parametrize("late", [' " 1,5" ', " NA", "  2.5", ' "1.5"'])
def test_the_first_blank_before_a_field_may_come_late(tmp_path: Path, late: str) -> None:
    """pandas is told to skip blanks only once there is one."""
    rows = [f"{i % 7}.5,{i % 5},w{i % 3}\n" for i in range(60_000)]  # pieces of 256 KiB
    rows[-2] = f"3.5,{late},w1\n"
    path = write(tmp_path, "label,a,b\n" + "".join(rows))
    table, expected = read(path), pd.read_csv(path, skipinitialspace=True)
    if expected["a"].dtype.kind == "f":
        np.testing.assert_array_equal(table.x[:, 1], expected["a"].to_numpy(np.float32))
    else:
        column = table.columns[1]
        words = [column.words[int(code)] for code in table.x[:, 1]]
        assert words == expected["a"].str.strip().tolist()


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_letters_are_cut_where_pieces_end(tmp_path: Path, cut: int) -> None:
    words = ["größe", "日本語", "😀", "a"]
    rows = [f"{i % 2},{words[i % 4]},{i % 9}.5\n" for i in range(40_000)]
    text = "label,a,b\n" + "0,a,1.5\n" + "".join(rows)
    path = write(tmp_path, text.replace("0,a,1.5", "0," + "a" * cut + ",1.5", 1))
    expected = pd.read_csv(path)
    table = load(path, label="label", reading=Reading(encoding="utf-8"))
    place = [column.name for column in table.columns or ()].index("a")
    known = (table.columns or ())[place].words
    found = [None if np.isnan(v) else known[int(v)] for v in table.x_train[:, place]]
    assert found == expected["a"].astype(object).where(expected["a"].notna(), None).tolist()
    damaged = write(tmp_path, path.read_bytes()[:-9] + b"\xff" + path.read_bytes()[-8:], "d.csv")
    with pytest.raises(DataError, match="is not utf-8 text"):
        load(damaged, label="label", reading=Reading(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "label", "rows", "features", "classes"),
    [
        ("iris.csv", "species", 150, 4, ("setosa", "versicolor", "virginica")),
        ("wine.csv", 13, 178, 13, ("1", "2", "3")),
        ("letter-recognition.csv", "letter", 20_000, 16, tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    ],
)
def test_real_tables(
    tables_dir: Path, name: str, label: str | int, rows: int, features: int, classes: tuple
) -> None:
    data = load(tables_dir / name, label=label)
    assert data.x_train.shape == (rows, features)
    assert data.class_names == classes


BLAME = [
    ("a,\x1bb,label\n1,2,3\n1,inf,4\n", r"column 2 ('\x1bb'): 'inf' is not"),
    ("", "the file is empty"),
    ("\ufeff", "the file is empty"),
    ("\n\n", "the file is empty"),
    ("label,a\n", "no rows"),
    ("5\n6\n", "1 column only"),
    ("1,2,3\n4,5\n", "line 2 has 2 values, expected 3"),
    ("1,2,3\n4,5,6\n4,5,6,7\n", "line 3 has 4 values, expected 3"),
    ("1,2,3\n4,5,6\n4,5\n4,5,6\n", "line 3 has 2 values, expected 3"),
    ('1,"2,2",3\n4,"5\n5",6\n4,5\n4,5,6\n', "line 4 has 2 values, expected 3"),
    ("1 2 3\n4 5 6\n" * 20 + "4 5\n4 5 6\n", "line 41 has 2 values"),
    ("8,2.5,3\n4,5,inf\n", "line 2, column 3: 'inf' is not a finite number"),
    ("8,2.5,3\n4,5,1e39\n", "line 2, column 3: '1e39' is not"),
    ("label,a,b\n,2,3\n,5,6\n", "no row has a label: data.label=COLUMN"),
    ("1,2,3\n2,3,4\n,5,6\n", "line 3, column 1: the label is missing: data.label=COLUMN"),
    ("c,a,b\n1,2,3\n2,2,9\nNA,5,6\n", "line 4, column 1 ('c'): 'NA' is taken for a mis"),
    (b"a\x00,1,2\nb,1,2\n", "NUL"),
    ('1,"2,3\n4,5,6\n', "table.csv"),
    ("1" + ",1" * 50_001 + "\n", "columns, at most"),
    ("x" * (17 << 20), "longer than 16 MiB"),
    ("1,2\n" + "3" * (17 << 20), "line 2 is not CSV text: field larger"),
    ("a,b\n0,1\n0,2\n0,3\n", "and the first, 'a', is 0 in every row; data.label=COLUMN says it"),
    (
        "label,a,b\n1,x,.5\n2,y,.5\n",
        "no column is left to learn from; a: 2 different words, left out",
    ),
]
UNLABELLED = {
    "words": ["cat", "", "dog", "cat", "dog"],
    "whole numbers": ["1", "?", "2", "1", "2"],
    "numbers": ["1.5", "NA", "2.5", "1.25", "-"],
}


@pytest.mark.parametrize("what", UNLABELLED)
def test_rows_without_a_label_are_left_out(tmp_path: Path, what: str) -> None:
    labels = UNLABELLED[what]
    rows = [f"{label},{i}.5,{i * i}\n" for i, label in enumerate(labels)]
    path = write(tmp_path, "label,a,b\n" + "".join(rows))
    there = [i for i, label in enumerate(labels) if label not in ("", "?", "NA", "-")]
    data = load(path, test_path=path)
    assert data.x_test is not None
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert x[:, 0].tolist() == [i + 0.5 for i in there]
        assert y is not None
        assert len(y) == len(there)
    gone = len(labels) - len(there)
    note = f"{gone} of 5 rows {'has' if gone == 1 else 'have'} no label (row 2"
    assert [line for line in data.notes if note in line and "left out" in line] == [
        line for line in data.notes if "no label" in line
    ]
    assert sum(note in line for line in data.notes) == 2
    with pytest.raises(DataError, match=r"line 3, column 1.*data.missing=error"):
        load(path, missing="error")


@pytest.mark.parametrize(
    "labels", [["1,5", "2,25", "7", "1,5"], ['"1,500"', "$2,250", "7000", "?"]]
)
def test_numbers_to_predict_as_people_write_them(tmp_path: Path, labels: list[str]) -> None:
    rows = [f"{label};{i}\n" for i, label in enumerate(labels)]
    if "?" in labels:
        rows = [*rows[:3], "0.5;3\n"]
    data = load(write(tmp_path, "label;a\n" + "".join(rows)))
    scale = 1000 if "?" in labels else 1
    assert data.task == "regression"
    assert data.y_train[:3, 0].tolist() == [1.5 * scale, 2.25 * scale, 7 * scale]


def test_a_class_that_is_called_as_a_gap_is_said(tmp_path: Path) -> None:
    text = "label,a\n" + "".join(f"{w},{i}.5\n" for i, w in enumerate(["F", "NA", "M", "NA"]))
    data = load(write(tmp_path, text))
    assert data.class_names == ("F", "M", "NA")
    assert any("'NA' is a class, of 2 rows; data.missing_values=[NA" in n for n in data.notes)


@pytest.mark.parametrize(("text", "blamed"), BLAME, ids=[blamed for _, blamed in BLAME])
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, text: str | bytes, blamed: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        load(path)
    assert blamed in str(caught.value)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("klass", "no column 'klass' (data.label); it has label, a, b"),
        (3, "data.label=3 but there are 3 columns"),
        (-4, "data.label=-4 but there are 3 columns"),
    ],
)
def test_a_wrong_label_column(tmp_path: Path, label: str | int, message: str) -> None:
    with pytest.raises(DataError) as caught:
        load(write(tmp_path, "label,a,b\n1,2,3\n"), label=label)
    assert message in str(caught.value)


def test_a_column_of_ids_is_no_label(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="counts the rows, from 0 to 499: an id"):
        load(write(tmp_path, "".join(f"{i},1,2\n" for i in range(500))))
    ids = load(write(tmp_path, "".join(f"{i * 7 % 500},1,{i % 3}\n" for i in range(500))))
    assert ids.task == "regression"
    assert "500 different whole numbers, one in each row (is it an id?" in ids.notes[-1]
    with pytest.raises(DataError, match="500 different labels in 500 rows"):
        load(write(tmp_path, "".join(f"id{i},1,2\n" for i in range(500))))


def test_a_labelled_test_file(tmp_path: Path) -> None:
    train = write(tmp_path, "label,a\ncat,1\ndog,2\n", "train.csv")
    test = write(tmp_path, "a,label\n300,dog\n4,cow\n", "other.csv")  # in another order
    data = load(train, test_path=test)
    assert data.x_test is not None
    assert data.y_test is not None
    assert data.class_names == ("cat", "cow", "dog")
    assert data.y_test.tolist() == [2, 1]
    assert data.x_train.dtype == data.x_test.dtype == np.float32


def test_names_that_are_numbers_are_a_header_where_they_are_known(tmp_path: Path) -> None:
    path = write(tmp_path, "0,1\n.1,.2\n.3,.4\n")
    assert len(read(path, (Column("0"), Column("1"))).x) == 2
    assert len(read(path, (Column("a"), Column("b"))).x) == 3
    train = write(tmp_path, "label,0,1\n1,.1,.2\n2,.3,.4\n", "train.csv")
    data = load(train, test_path=write(tmp_path, "label,0,1\n2,.3,.5\n", "test.csv"))
    assert data.x_test is not None
    assert len(data.x_test) == 1


def test_the_names_of_columns_are_cached(tmp_path: Path) -> None:
    path = write(tmp_path, "kind,a,b\ncat,1,2\ndog,4,5\n")
    for _ in range(2):
        data = load_dataset("csv", dir=tmp_path, path=path, cache_dir=tmp_path / "cache")
        assert data.feature_names == ("a", "b")
    assert load(write(tmp_path, "cat,1,2\ndog,4,5\n")).feature_names is None


def test_kaggles_folder(tmp_path: Path) -> None:
    """train.csv has labels, test.csv has none: that one is for predict."""
    write(tmp_path, "label,pixel0,pixel1\n1,2,3\n0,4,5\n", "train.csv")
    test = write(tmp_path, "pixel0,pixel1\n6,7\n", "test.csv")
    data = load(tmp_path)
    assert data.x_test is None
    assert "test.csv has no labels" in data.source
    assert read(test).x.tolist() == [[6, 7]]
    write(tmp_path, "label,pixel0,pixel1\n1,8,9\n", "test.csv")
    data = load(tmp_path)
    assert data.x_test is not None
    assert data.x_test.tolist() == [[8, 9]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "no column 'label', the label of the training rows"),
        ("label,a,c\n1,2,3\n", "no column 'b', which the network was trained on"),
        ("label,a,b\n1,2,x\n", "line 2, column 3 ('b'): 'x' is not a number"),
    ],
)
def test_a_test_file_that_does_not_fit(tmp_path: Path, text: str, message: str) -> None:
    train = write(tmp_path, "label,a,b\n1,2,3\n0,4,5\n", "train.csv")
    test = write(tmp_path, text, "other.csv")
    with pytest.raises(DataError) as caught:
        load(train, test_path=test)
    assert message in str(caught.value)
    assert str(test) in str(caught.value)


def test_a_test_set_is_held_out_where_asked(tmp_path: Path) -> None:
    path = write(tmp_path, "".join(f"{i % 3},{59 - i},1\n" for i in range(60)))
    data = load(path, test_fraction=0.2)
    assert data.x_test is not None
    assert data.y_test is not None
    assert np.bincount(data.y_test).tolist() == [4, 4, 4]
    both = np.concatenate([data.x_train, data.x_test])[:, 0]
    assert sorted(both.tolist()) == list(range(60))
    assert data.digest == load(path, test_fraction=0.2).digest
    assert data.digest != load(path, test_fraction=0.2, seed=1).digest
    assert data.digest != load(path).digest


def test_square_byte_rows_are_images(tmp_path: Path) -> None:
    row = ",".join(["9"] * 64)
    assert load(write(tmp_path, f"1,{row}\n0,{row}\n")).image_shape == (8, 8)
    assert load(write(tmp_path, f"1,{row},9\n0,{row},9\n")).image_shape is None
    assert load(write(tmp_path, f"1,{row}\n0,{row}.5\n")).image_shape is None


def test_names_in_a_message_are_short_and_printable(tmp_path: Path) -> None:
    path = write(tmp_path, "\x1b[31mred," + "x" * 5000 + ",y\n1,2,3\n")
    with pytest.raises(DataError) as caught:
        load(path, label="species")
    assert "\\x1b[31mred, " + "x" * 40 + ", y" in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
def test_a_file_of_the_system_is_no_table() -> None:
    with pytest.raises(DataError, match="not a file of data"):
        load(Path("/proc/self/environ"), label="species")


def test_gaps_are_the_same_in_very_wide_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pandas takes 16 KB for each column that has its own: not where there are thousands."""
    rows = "1.5,unknown,-,a\n,x,2,b\nNA,-,3.5,a\n2,unknown,?,b\n" * 3
    (tmp_path / "t.csv").write_text("n,word,m,label\n" + rows)
    (own, shared) = [], []
    for tables, most in ((own, 1000), (shared, 0)):
        monkeypatch.setattr(text_table, "_MOST_GAPS", most)
        tables.append(read_table(tmp_path / "t.csv", Reading(), Roles(label="label")))
    assert own[0].columns[1].words == ("-", "unknown", "x")
    assert own[0].columns == shared[0].columns
    assert np.isnan(own[0].x).sum() == 12
    np.testing.assert_array_equal(own[0].x, shared[0].x)
