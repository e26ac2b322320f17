"""ARFF: what is read of Weka's format, and the line that is blamed."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.tables.formats.arff import read_arff
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError

WEATHER = """\
% The weather, as Weka has it
@RELATION 'the weather'

@attribute outlook {sunny, 'over cast', "it's raining"}
@ATTRIBUTE temperature\tREAL
@attribute 'a name' integer
@attribute\twhen date 'yyyy-MM-dd HH:mm'
@attribute note string
@attribute Class {yes, no}
@DATA
"""
ROWS = """\
sunny, 85, 1, '2020-01-02 03:04', 'a, b', no
% not this one
'over cast',?,-2e3,?,?,yes

"it's raining"\t1.5\t+3\t"2021-12-31 23:59"\t'it\\'s \\n'\tyes
"""


def read(folder: Path, text: str | bytes, name: str = "some.arff") -> pd.DataFrame:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_arff(path)


def test_all_types(tmp_path: Path) -> None:
    frame = read(tmp_path, WEATHER + ROWS)
    assert [*frame] == ["outlook", "temperature", "a name", "when", "note", "Class"]
    assert [*frame["outlook"].cat.categories] == ["sunny", "over cast", "it's raining"]
    assert [*frame["outlook"]] == ["sunny", "over cast", "it's raining"]
    np.testing.assert_array_equal(frame["temperature"], [85, np.nan, 1.5])
    np.testing.assert_array_equal(frame["a name"], [1, -2000, 3])
    assert [str(time) for time in frame["when"]] == [
        *("2020-01-02 03:04:00", "NaT", "2021-12-31 23:59:00")
    ]
    assert [*frame["note"]] == ["a, b", None, "it's \n"]
    assert [*frame["Class"]] == ["no", "yes", "yes"]


ENCODED = {
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "gzip": lambda text: gzip.compress(text.encode()),
    "latin-1": lambda text: text.replace("a, b", "caf\xe9").encode("latin-1"),
}


@pytest.mark.parametrize("how", ENCODED)
def test_how_it_is_written(how: str, tmp_path: Path) -> None:
    frame = read(tmp_path, ENCODED[how](WEATHER + ROWS))
    assert len(frame) == 3
    assert frame["note"][0] == ("caf\xe9" if how == "latin-1" else "a, b")


SPARSE = """\
@relation sparse
@attribute a numeric
@attribute b {none,'much, more'}
@attribute c numeric
@data
{0 5, 1 'much, more'}
{}
{ 2 ? , 1 none }
"""


def test_sparse_rows(tmp_path: Path) -> None:
    frame = read(tmp_path, SPARSE)
    np.testing.assert_array_equal(frame["a"], [5, 0, 0])
    assert [*frame["b"]] == ["much, more", "none", "none"]
    np.testing.assert_array_equal(frame["c"], [0, 0, np.nan])


HEAD = "@relation r\n@attribute a numeric\n@attribute b {x,y}\n"
WRONG = {
    HEAD + "@data\n1,z\n": "line 5, 'b': 'z' is not one of its declared words",
    HEAD + "@data\n1,x\nx,x\n": "line 6, 'a': 'x' is not a number",
    HEAD + "@data\n1_0,x\n": "'1_0' is not a number",
    HEAD + "@data\n1,x,2\n": "line 5 has 3 values, but 2 attributes are declared",
    HEAD + "@data\n1,x,{5}\n": "line 5 has 3 values",
    HEAD + "@data\n1,'x\n": "line 5: a quote without its end",
    HEAD + "@data\n{0 1\n": "a sparse row has no end",
    HEAD + "@data\n{2 1}\n": "column 2, but there are 2",
    HEAD + "@data\n{0 1, 0 2}\n": "column 0, twice",
    HEAD + "@data\n{0 1}\n1,x\n": "of the rows some are sparse",
    HEAD + "@data\n{0}\n": "expected a column's number and a value",
    HEAD + "@data\n{x 1}\n": "expected a column's number and a value",
    HEAD + "@data\n": "no rows in it",
    HEAD + "1,x\n": "line 4: '1,x': expected @relation, @attribute or @data",
    HEAD: "has no @data",
    HEAD + "@attribute a numeric\n@data\n1,x,2\n": "two attributes are called 'a'",
    HEAD + "@attribute c {x,x}\n@data\n": "declares a word twice",
    HEAD + "@attribute c {x\n@data\n": "have no end",
    HEAD + "@attribute c relational\n": "'c' holds tables",
    HEAD + "@attribute c complex\n": "'c' is 'complex'; numeric, nominal, string and date are",
    HEAD + "@attribute c date QQQ\n": "dates in the form 'QQQ' are not read",
    HEAD + "@attribute d date yyyy\n@data\n1,x,199\n": "'d'",
    "@relation r\n@data\n": "@data before any @attribute",
    HEAD + "@data\n1,x\0\n": "NUL",
    "": "no @data",
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, text)
    assert WRONG[text] in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "some.arff"))
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("sign", ["'", '"', ",", " ", "\t", "\\", "{", "}", "'a'", "%"])
def test_long_lines_take_no_time(sign: str, tmp_path: Path) -> None:
    for text in (sign * 200_000, f"'{sign * 200_000}", f"{{{sign * 200_000}"):
        with pytest.raises(DataError):
            read(tmp_path, f"{HEAD}@data\n{text}'\n")


def test_sparse_rows_that_would_fill_memory(tmp_path: Path) -> None:
    head = "@relation r\n" + "".join(f"@attribute a{i} numeric\n" for i in range(20_000))
    with pytest.raises(DataError, match="rows of 20,000 columns would take"):
        read(tmp_path, head + "@data\n" + "{0 1}\n" * 1000)


def test_from_the_file_to_a_data_set(tmp_path: Path) -> None:
    rows = "".join(
        f"{'sunny' if i % 3 else '?'},{i % 7},{i * i},?,x,{'yn'[i % 2]}\n" for i in range(40)
    )
    for name in ("w.arff", "w.txt"):  # by its contents
        (tmp_path / name).write_text(WEATHER.replace("{yes, no}", "{y, n}") + rows)
        data = load_dataset("table", dir=tmp_path, cache_dir=None, path=tmp_path / name)
        assert data.class_names == ("n", "y")
        assert "label: 'Class' (data.label=COLUMN for another)" in data.notes[0]
        assert data.feature_names == ("outlook", "temperature", "a name")
    with pytest.raises(DataError, match=r"data.delimiter is for tables in text, and this is ARFF"):
        load_dataset(
            "table",
            dir=tmp_path,
            cache_dir=None,
            path=tmp_path / "w.arff",
            reading=Reading(delimiter=";"),
        )
