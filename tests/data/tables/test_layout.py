"""How tables are laid out: what is found out, what is said of it, what is refused."""

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlp_scratch.data.tables.layout import column_place, layout_of, opened_text
from mlp_scratch.data.tables.reading import BLANKS, Layout, Reading
from mlp_scratch.errors import DataError
from mlp_scratch.nn.hyperparameters import HyperparameterError


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows_of(path: Path, layout: Layout) -> list[list[str]]:
    """The rows, read by pandas as it is told."""
    with opened_text(path, layout) as text:
        frame = pd.read_csv(text, **layout.pandas_options, dtype=str, na_filter=False)
    return frame.iloc[:, : layout.columns].to_numpy().tolist()


def of(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


NUMBERS = ("5.1,3.5,1.4", "4.9,3.0,1.4", "4.7,3.2,1.3", "4.6,3.1,1.5")
WORDS = ("red,small,yes", "blue,large,no", "red,large,no", "blue,small,yes") * 3

# text -> delimiter, names (None: no header), the first row
TABLES = {
    "commas": (of("a,b,c", *NUMBERS), ",", "abc", "5.1 3.5 1.4"),
    "no header": (of(*NUMBERS), ",", None, "5.1 3.5 1.4"),
    "semicolons": (of("a;b", "1;2", "3;4"), ";", "ab", "1 2"),
    "tabs": (of("a\tb", "1\t2", "3\t4"), "\t", "ab", "1 2"),
    "bars": (of("a|b", "1|2", "3|4"), "|", "ab", "1 2"),
    "blanks": (of("a b", "1 2", "3 4"), BLANKS, "ab", "1 2"),
    "blanks in front": (of("  1.0  2", " 10.0 20"), BLANKS, None, "1.0 2"),
    "blanks behind": (of("a b  ", "1 2 ", "3 4"), BLANKS, "ab", "1 2"),
    "blanks and tabs": (of("a b\tc", "1  2\t'x'", '3 4\t"y z"'), BLANKS, "abc", "1 2 'x'"),
    "commas and blanks": (of("a, b, c", '1, "x, y", 3', '4, "z", 5'), ",", "abc", "1 x,_y 3"),
    "decimal commas": (of("1,5;2,3", "2,5;3,0"), ";", None, "1,5 2,3"),
    "decimal commas and blanks": (of("1,5 2,3", "2,5 3,0"), BLANKS, None, "1,5 2,3"),
    "decimal commas and header": (of("a;b", "1,5;x", "2,5;y"), ";", "ab", "1,5 x"),
    "single quotes": (of("a,b", "'x, y',1", "'z',2"), ",", "ab", "x,_y 1"),
    "words with '": (of("a,b", "it's,1", "'tis,2"), ",", "ab", "it's 1"),
    "words with a quote": (of("a,b", '5" pipe,1', 'a "b" c,2'), ",", "ab", '5"_pipe 1'),
    "a quote that never ends": (of("a\tb", '"x\t1', "y\t2", "z\t3"), "\t", "ab", '"x 1'),
    "lines in quotes": (of("a,b", '"x\ny",1', '"z",2'), ",", "ab", "x\ny 1"),
    "CRLF": (of("a,b", "1,2", "3,4").replace("\n", "\r\n"), ",", "ab", "1 2"),
    "CR": (of("a,b", "1,2", "3,4").replace("\n", "\r"), ",", "ab", "1 2"),
    "empty lines": ("\n\na,b\n\n1,2\n\n3,4\n", ",", "ab", "1 2"),
    "lines of blanks": ("  \na,b\n  \n1,2\n3,4\n", ",", "ab", "1 2"),
    "comments": (of("# by me", "#", "a,b", "1,2", "3,4"), ",", "ab", "1 2"),
    "comments below": (of("% x", "1,2", "%3,4", "% end of it", "5,6"), ",", None, "1 2"),
    "comments of slashes": (of("// x, y", "a,b", "1,2", "3,4"), ",", "ab", "1 2"),
    "names in a comment": (of("# x y", "1.5 2", "3.5 4"), BLANKS, "xy", "1.5 2"),
    "rows that begin with #": (of("#ff0000,1", "#00ff00,2", "red,3"), ",", None, "#ff0000 1"),
    "words that begin with #": (of("a,b", "#love,1", "hate,2"), ",", "ab", "#love 1"),
    "spare delimiters": (of("a,b,", "1,2,", "3,4,"), ",", "ab", "1 2"),
    "spare but in the header": (of("a,b", "1,2,", "3,4,"), ",", "ab", "1 2"),
    "spare without a header": (of("1,2,", "3,4,"), ",", None, "1 2"),
    "an empty last column": (of("a,b,c", "1,2,", "3,4,"), ",", "abc", "1 2 "),
    "one column": (of("a", "1.5", "2.5"), ",", "a", "1.5"),
    "one column, no header": (of("1.5", "2.5"), ",", None, "1.5"),
    "one column of words": (of("a, b", "c", "d and e, f"), "\t", None, "a,_b"),
    "one row": ("5.1,3.5,setosa\n", ",", None, "5.1 3.5 setosa"),
    "one row and a header": (of("a,b,c", "5.1,3.5,setosa"), ",", "abc", "5.1 3.5 setosa"),
    "first row with ?": (of("5.1,?,1.4", *NUMBERS), ",", None, "5.1 ? 1.4"),
    "first row of gaps": (of("?,NA,", *NUMBERS), ",", None, "? NA "),
    "first row with unknown": (of("unknown,3,1", *NUMBERS), ",", None, "unknown 3 1"),
    "first row with a stray word": (of("5.1,bad,1.4", *NUMBERS), ",", None, "5.1 bad 1.4"),
    "second row of gaps": (of("a,b,c", "?,?,?", *NUMBERS), ",", "abc", "? ? ?"),
    "words in the first row": (of("M,1,2", "F,3,4", "M,5,6"), ",", None, "M 1 2"),
    "dates in the first row": (of("2020-01-01,up", "2020-01-02,up"), ",", None, "2020-01-01 up"),
    "dates as names": (of("place,1/22/20,1/23/20", "x,1,2", "y,3,4"), ",", None, None),
    "names above dates": (of("when,b", "2020-01-01,up", "2020-01-02,up"), ",", None, None),
    "truth values": (of("true,false", "false,false", "true,true"), ",", None, "true false"),
    "names above truth values": (of("alone,y", "true,no", "false,yes"), ",", None, None),
    "names above words": (of("hue,size,y", *WORDS), ",", None, None),
    "words above words": (of(*WORDS), ",", None, "red small yes"),
    "numbers in quotes": (of('"1","2"', '"3","4"'), ",", None, "1 2"),
    "names with units": (of("t (°C),p [hPa]", "1,2", "3,4"), ",", None, None),
    "label,0,1,2": (of("label,0,1,2", "7,0,0,3", "2,9,0,0", "7,4,0,0"), ",", None, None),
    "0,1,2,label": (of("0,1,2,label", "5.1,3.5,1.4,x", "4.9,3.0,1.4,y"), ",", None, None),
    "0,1,2 above decimals": (of("0,1,2", *NUMBERS), ",", "012", "5.1 3.5 1.4"),
    "0,1,2 among others": (of("0,1,2", "1,2,3", "2,3,4", "0,1,5"), ",", None, "0 1 2"),
    "0,1 as a row": (of("0,1", "1,0", "1,1"), ",", None, "0 1"),
    "pandas' index": (of(",0,1", "0,5.1,3.5", "1,4.9,3.0"), ",", None, None),
    "years": (of("place,1990,1995,2000", "x,7,8,2", "y,9,1,1"), ",", None, None),
    "years in a row": (of("x,1990,1995", "y,1991,1990", "z,1999,2001"), ",", None, "x 1990 1995"),
    "wave lengths": (of("400,402,404,406,408", *("5,3,9,2,1", "6,2,8,1,1") * 6), ",", None, None),
    "quantiles": (of("1,2,3,4,5", "2,3,4,6,7", "1,4,5,8,9"), ",", None, "1 2 3 4 5"),
}  # fmt: skip
HEADERS = {  # those whose names are more than letters
    "dates as names": "place 1/22/20 1/23/20",
    "names above dates": "when b",
    "names above truth values": "alone y",
    "names above words": "hue size y",
    "names with units": "t_(°C) p_[hPa]",
    "label,0,1,2": "label 0 1 2",
    "0,1,2,label": "0 1 2 label",
    "pandas' index": "column_1 0 1",
    "years": "place 1990 1995 2000",
    "wave lengths": "400 402 404 406 408",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_laid_out_as_it_is(tmp_path: Path, name: str) -> None:
    text, delimiter, letters, first = TABLES[name]
    path = write(tmp_path, text)
    layout = layout_of(path)
    rows = rows_of(path, layout)
    names = HEADERS[name].split(" ") if name in HEADERS else letters and [*letters]
    columns = len(rows[0])
    assert layout.delimiter == delimiter, layout
    assert layout.header == (names is not None), layout
    expected = names or [f"column {i + 1}" for i in range(columns)]
    assert [*layout.names] == [word.replace("_", " ") for word in expected]
    assert layout.columns == columns
    if first is not None:
        assert rows[0] == [field.replace("_", " ") for field in first.split(" ")]
    plain = [line for line in text.replace("\r", "\n").split("\n") if line.strip()]
    if "quotes" not in name and "comments" not in name:
        assert len(rows) == len(plain) - layout.header  # no row is lost, none is made up
