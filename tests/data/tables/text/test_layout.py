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

from mlp_scratch.data.tables.text.layout import column_place, layout_of, opened_text
from mlp_scratch.data.tables.text.text_settings import BLANKS, Layout, Reading
from mlp_scratch.errors import DataError


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
    "decimal commas but once": (of("1.5;x", "2,5;y", "3,5;z"), ";", None, "1.5 x"),
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
    "a gap in the only row": (of("1,2,"), ",", None, "1 2 "),
    "an empty last column": (of("a,b,c", "1,2,", "3,4,"), ",", "abc", "1 2 "),
    "Excel's word": (of("sep=;", "a;b", "1;2", "3;4"), ";", "ab", "1 2"),
    "one column": (of("a", "1.5", "2.5"), ",", "a", "1.5"),
    "one column, no header": (of("1.5", "2.5"), ",", None, "1.5"),
    "one column of words": (of("a, b", "c", "d", "e, f, g"), "\t", None, "a,_b"),
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
    "0,1,2 above wholes": (of("0,1,2", "9,7,5", "8,7,8", "7,7,9"), ",", "012", "9 7 5"),
    "0,1,2 above ids": (of("0,1,2", "1,5,4", "2,5,8", "3,7,9"), ",", None, "0 1 2"),
    "0,1,2 above one row": (of("0,1,2", "1,3,0.5"), ",", None, "0 1 2"),
    "1,2,3 above words": (of("1,2,3", "4,cat,6"), ",", None, "1 2 3"),
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
    if not {"quotes", "comments", "Excel's"} & {*name.split()}:
        assert len(rows) == len(plain) - layout.header  # no row is lost, none is made up


def test_what_is_not_plain_is_said(tmp_path: Path) -> None:
    layout = layout_of(write(tmp_path, of("", "a;b", "1,5;x", "2;y")))
    assert layout.describe() == "; separated, decimal comma, header, 2 columns"
    layout = layout_of(write(tmp_path, of(",a", "1,2", "2,2")))
    assert layout.describe() == (
        "comma separated, header, 2 columns, the first only tells the rows apart"
    )
    layout = layout_of(write(tmp_path, gzip.compress(b"1 2\n3 4\n")))
    assert layout.describe() == "separated by blanks, gzip, no header, 2 columns"
    assert layout_of(write(tmp_path, "a\n1\n")).describe() == "header, 1 column"


@pytest.mark.parametrize(
    ("text", "names", "first", "note"),
    [
        (
            of("150,4,setosa,versicolor,virginica", "5,3,1,0,0", "4,3,1,0,0", "4,2,1,0,1"),
            ("column 1", "column 2"),
            "5",
            "is neither names nor a row and is left out; data.header=false makes it a row",
        ),
        (of("Table of sizes", "", "a,b", "1,2", "3,4"), ("a", "b"), "1", "Table of sizes"),
        (of("By x, y, z", "a,b", "1,2", "3,4"), ("a", "b"), "1", "left out: By x"),
        (of("Sales,,", ",,", "a,b,c", "x,1,2", "y,3,4"), ("a", "b", "c"), "x", "out: Sales"),
        (
            of("1,n", "2,y", "3,n").replace("1,n", "x,y\n1,n"),
            ("column 1",),
            "x",
            "data.header=true",
        ),
        (of("0", "1.5", "2.5"), ("0",), "1.5", "data.header=false"),
        (of("178,13,red,white,rosé", *["1,2,3,4,5,6"] * 3), ("column 1", "column 2"), "1", "178"),
        (of("a,b,c", "(cm),(kg),", *["1,2,x", "3,4,y"] * 9), ("a", "b"), "1", "units"),
        (of("a,b,a", "1,2,3", "3,4,5"), ("a", "b", "a.1"), "1", "two columns are called a"),
        (of("a,a.1,a", "1,2,3", "3,4,5"), ("a", "a.1", "a.2"), "1", "a.2"),
        (of("a,,c", "1,2,3", "3,4,5"), ("a", "column 2", "c"), "1", None),
        (of("name,town", "Ann,Ulm", "Bob,Bonn"), ("name", "town"), "Ann", "data.header=false"),
        (of("# x,y", "1,2", "3,4"), ("x", "y"), "1", "comment above the rows"),
        (of("a;b", "1,234;1", "2,345;2"), ("a", "b"), "1,234", "data.decimal=comma"),
        (of("a;b;c", "1,5;1;x", "2.5;2;y"), ("a", "b"), "1,5", None),
    ],
)
def test_a_guess_is_said(tmp_path: Path, text: str, names: tuple, first: str, note: str) -> None:
    path = write(tmp_path, text)
    layout = layout_of(path)
    assert layout.names[: len(names)] == names
    assert rows_of(path, layout)[0][0] == first
    assert len(layout.notes) == (note is not None), layout.notes
    assert note is None or note in layout.notes[0]


@pytest.mark.parametrize(
    ("text", "names", "index"),
    [
        (of('"",a,b', '"1",5,6', '"2",6,7'), "column 1,a,b", True),
        (of(",a,b", "x,5,6", "y,6,7"), "column 1,a,b", True),
        (of("Unnamed: 0,a", "7,5", "3,6"), "Unnamed: 0,a", True),
        (of(",a", "1,5", "1,6"), "column 1,a", False),  # a feature that somebody forgot to name
        (of(",a", "1.5,5", "2.5,6"), "column 1,a", False),
        (of("a b", "x 1 2", "y 3 4"), "column 1,a,b", True),  # as R writes it
        (of("a,b,kind", "1,5,6,u", "2,7,8,v", "3,7,8,v"), "column 1,a,b,kind", True),
        (of("number,a", "1,5", "2,6"), "number,a", False),
    ],
)
def test_an_index_without_a_name(tmp_path: Path, text: str, names: str, index: bool) -> None:
    layout = layout_of(write(tmp_path, text))
    assert ",".join(layout.names) == names
    assert (layout.index, layout.header, layout.skip) == (index, True, 1)


TEXT = "größe;name\n1,5;é\n2,5;ß\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("latin-1"), "cp1252"),
        (TEXT.replace("é", "“").encode("cp1252"), "cp1252"),
        (TEXT.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-32-le"),
        (b"a;b\n" + b"1;x\n" * 200_000 + b"2;\xe9\n", "cp1252"),  # seen late
    ],
)
def test_letters(tmp_path: Path, data: bytes, encoding: str) -> None:
    path = write(tmp_path, data)
    layout = layout_of(path)
    assert layout.encoding == encoding
    assert bool(layout.notes) == (encoding == "cp1252")
    rows = rows_of(path, layout)
    if data.startswith(b"a"):
        assert (len(rows), rows[-1]) == (200_001, ["2", "é"])
    else:
        assert layout.names == ("größe", "name")
        assert rows in ([["1,5", "é"], ["2,5", "ß"]], [["1,5", "“"], ["2,5", "ß"]])


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


PLAIN = ("a,b\n" + "1,2\n3,4\n" * 50_000).encode()
WHOLE_ROWS = of("col", *['"30;""a"";1"', '"33;""b"";2"'] * 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"\xef\xbb\xbf\n", "the file is empty"),
        (b'"', "no rows in it"),
        (b'\n"', "no rows in it"),
        (b"a,b\n1,\0\n", "NUL"),
        (b"a,b\n" + b"1,2\n" * 90_000 + b"\0,1\n", "NUL at offset 360004"),
        (b"\x01\xff\x02\xfe" * 9, "is not text"),
        (b"a,b\n\x81,\x8d\n", "neither UTF-8 nor cp1252"),
        ("é,b\n".encode() + b"\xe9,1\n", "damaged, or in two encodings"),
        (b"<!DOCTYPE html>\n<p>", "web page"),
        (b"\n<html><body>", "web page"),
        (b'{"a": 1}\n{"a": 2}\n', "JSON"),
        (b'[\n {"a": 1}]', "JSON"),
        (b"[[1, 2], [3, 4]]", "JSON"),
        (b"%PDF-1.4\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n123", "picture"),
        (b"PAR1" + bytes(9), "Parquet"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (zipped({"a": b"1", "b": b"2"}), "a zip with 2 files in it: a, b"),
        (zipped({}), "a zip with 0 files in it: none"),
        (zipped({"[Content_Types].xml": b"", "x": b""}), "Excel"),
        (zipped({"table": PLAIN})[:200], "damaged zip"),
        (gzip.compress(PLAIN)[:200], "damaged gzip"),
        (bz2.compress(PLAIN)[:30], "damaged bz2"),
        (lzma.compress(PLAIN)[:60], "damaged xz"),
        (gzip.compress(b"1," * (40 << 20)), "16 MiB|real data|columns"),
        (WHOLE_ROWS, "each line stands in quotes as a whole .*3 fields, ';' between them"),
        (of(*['"1,2"', '"3,4"'] * 3), "2 fields, ',' between them"),
        (of("1 2 3", "4 5", "6", "7 8 9 9"), "3, 2, 1, 4, ... fields with 'blanks'"),
        (of("a,b,c", "1,2", "3,4", "5,6"), "line 1 has 3 fields but the rows below have 2"),
        (of("5.1,3.5", "5,3,1", "4,3,1"), "line 1 has 2 values, the rows below have 3"),
        (b"1," * 60_000, "60001 columns, at most 50000"),
        (b"x" * (17 << 20), "line 1 is longer than 16 MiB"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes | str, message: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(DataError, match=message) as caught:
        layout_of(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).count("\n") <= 1 or "in Python" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reading", "names", "rows"),
    [
        ("1,5;2\n", {"delimiter": "comma"}, None, [["1", "5;2"]]),
        ("1:2\n3:4\n", {"delimiter": ":"}, None, [["1", "2"], ["3", "4"]]),
        ("a b\n", {"delimiter": "tab", "header": False}, None, [["a b"]]),
        ("a,b\nc,d\n", {"header": True}, "ab", [["c", "d"]]),
        (
            "none given,odd\n1,2\n3,4\n",
            {"missing_values": ("none given", "odd")},
            None,
            [["none given", "odd"], ["1", "2"], ["3", "4"]],
        ),
        ("a,b\n1,2\n", {"header": False}, None, [["a", "b"], ["1", "2"]]),
        ("1,2\n3,4\n", {"header": True}, "12", [["3", "4"]]),
        ("a,b\n(x),(y)\n1,2\n", {"header": True}, "ab", [["(x)", "(y)"], ["1", "2"]]),
        ("a,b\n'x,1\n", {"quote": "none"}, "ab", [["'x", "1"]]),
        ("a,b\n'x,y',1\n", {"quote": "single"}, "ab", [["x,y", "1"]]),
        ("a,b\n;1,2\n3,4\n", {"comment": ";"}, "ab", [["3", "4"]]),
        ("#a,b\n#1,2\n3,4\n", {"comment": "none"}, None, None),
        (TEXT.encode("cp1250"), {"encoding": "cp1250"}, None, None),
    ],
)
def test_each_guess_has_a_key(
    tmp_path: Path, text: str | bytes, reading: dict, names: str | None, rows: list | None
) -> None:
    path = write(tmp_path, text)
    layout = layout_of(path, Reading(**reading))
    if rows is None:
        assert layout.names[0] in ("#a", "größe")
        return
    assert (layout.names if layout.header else None) == (names and tuple(names))
    assert rows_of(path, layout) == rows


def test_a_wide_table(tmp_path: Path) -> None:
    path = write(tmp_path, of(*[",".join(["word"] * 40_000)] * 3))
    assert layout_of(path).columns == 40_000


def test_the_cure_of_lines_in_quotes_cures(tmp_path: Path) -> None:
    rows = csv.reader(io.StringIO(WHOLE_ROWS))
    path = write(tmp_path, "".join(f"{row[0]}\n" for row in rows))
    layout = layout_of(path)
    assert (layout.delimiter, layout.columns, layout.header) == (";", 3, False)
    assert rows_of(path, layout)[0] == ["30", "a", "1"]


def test_the_place_of_a_column(tmp_path: Path) -> None:
    names, path = ("a", "2", "c"), tmp_path
    assert [column_place(names, w, path, "label") for w in ("a", "2", 2, "0", -1, "-1")] == [
        *(0, 1, 2, 0, 2, 2)
    ]
    for wanted, message in (
        ("ab", "no column 'ab' .data.label. .did you mean a.*; it has a, 2, c"),
        (3, "data.label=3 but there are 3"),
        ("-4", "data.label=-4"),
    ):
        with pytest.raises(DataError, match=message):
            column_place(names, wanted, path, "label")


@pytest.mark.slow
def test_files_as_people_publish_them(tables_dir: Path) -> None:
    """tables.json says what is right."""
    known = json.loads((tables_dir / "tables.json").read_text())
    wrong = []
    for name, right in known.items():
        layout = layout_of(tables_dir / name)
        rows = rows_of(tables_dir / name, layout)
        place = column_place(layout.names, right["target"], tables_dir / name, "label")
        named = isinstance(right["target"], int) or layout.names[place] == right["target"]
        if (layout.header, len(rows), named) != (right["header"], right["rows"], True):
            wrong.append((name, layout))
    assert not wrong
    layout = layout_of(tables_dir / "auto-mpg.data")
    assert (layout.delimiter, layout.columns, layout.header) == (BLANKS, 9, True)
    assert rows_of(tables_dir / "auto-mpg.data", layout)[0][8] == "chevrolet chevelle malibu"
    with pytest.raises(DataError, match="17 fields"):
        layout_of(tables_dir / "bank-malformed.csv")


FIELDS = ["", "1", "2.5", "x", "?", '"', "'", '"a,b"', "#", "1,5", "0", "NA", "é", "\0", "a b"]


def texts() -> st.SearchStrategy[bytes]:
    ends = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])
    line = st.lists(st.sampled_from(FIELDS), max_size=5)
    lines = st.lists(st.one_of(line, st.just(["1", "2"])), max_size=9)
    return st.builds(
        lambda lines, by, end, letters: end.join(by.join(line) for line in lines).encode(letters),
        lines, st.sampled_from([",", ";", "\t", " ", "|"]), ends,
        st.sampled_from(["utf-8", "utf-16", "latin-1"]),
    )  # fmt: skip


def check_any_bytes(folder: Path, examples: int) -> None:
    @settings(
        max_examples=examples,
        database=None,
        deadline=timedelta(seconds=20),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(st.binary(max_size=200), texts(), texts().map(gzip.compress)))
    def a_layout_or_a_data_error(data: bytes) -> None:
        path = write(folder, data)
        try:
            layout = layout_of(path)
        except DataError as error:
            told.append(str(error))
            return
        assert len(set(layout.names)) == len(layout.names) == layout.columns > 0
        with opened_text(path, layout) as text:
            rest = text.read()
        whole = gzip.decompress(data) if layout.packing else data
        lines = [*io.StringIO(whole.decode(layout.encoding), newline="")]
        assert rest == "".join(lines[layout.skip :]).removeprefix("\ufeff") or layout.comment

    told: list[str] = []
    a_layout_or_a_data_error()
    assert all(str(folder) in message for message in told)


def test_any_bytes_give_a_layout_or_a_data_error(tmp_path: Path) -> None:
    check_any_bytes(tmp_path, 100)


@pytest.mark.marathon
@pytest.mark.slow
def test_many_bytes_give_a_layout_or_a_data_error(tmp_path: Path) -> None:
    check_any_bytes(tmp_path, 10_000)
