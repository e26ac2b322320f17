import csv
import io
import json
import time

import pytest

from mlp_scratch.report.tables.table import (
    Column,
    Table,
    shorten,
    show,
    to_csv,
    to_json,
    to_markdown,
    to_records,
    to_text,
    width_of,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.97625, "percent", "97.62 %"),
        (-0.0034, "change", "-0.34 %"),
        (0.234, "number", "0.2340"),
        (101770, "number", "101,770"),
        (12.34, "seconds", "12.3 s"),
        (240.0, "seconds", "4.0 min"),
        (None, "percent", "–"),
        (NAN, "number", "–"),
        ((0.97, 0.98), "interval percent", "97.00 … 98.00 %"),
        ((NAN, NAN), "interval percent", "–"),
        (None, "interval percent", "–"),
        ([784, 10], "config", "[784,10]"),
        (None, "config", "–"),
        ("a\x1b[31m\nb", "text", "a�[31m b"),
    ],
)
def test_show(value, form, text):
    assert show(value, form) == text


def table(names=("a", "b")):
    columns = [
        Column("rank", "#", "number", 90),
        Column("run", "run", "text", 80),
        Column("optim.lr", "optim.lr", "config", 70),
        Column("val_accuracy", "val_accuracy", "percent", 100),
        Column("gap", "behind", "interval change", 10),
    ]
    rows = [[1, names[0], 0.1, 0.9, None], [2, names[1], None, NAN, (-0.2, 0.1)]]
    return Table(columns, rows, ["a note"])


def test_text():
    assert to_text(table()).splitlines() == [
        "#  run  optim.lr  val_accuracy             behind",
        "─  ───  ────────  ────────────  ─────────────────",
        "1  a    0.1            90.00 %                  –",
        "2  b    –                    –  -20.00 … +10.00 %",
        "",
        "a note",
    ]


@pytest.mark.parametrize("width", [10, 12, 20, 30, 40, 60, 80])
@pytest.mark.parametrize(
    "names", [("a", "b"), ("a" * 70, "日本" * 20), ("\x1b[2J", "e\u0301" * 30)]
)
def test_text_keeps_within_the_terminal(width, names):
    lines = to_text(table(names), width).splitlines()
    assert max(map(width_of, lines)) <= width
    assert "\x1b" not in "".join(lines)
    if width >= 40:
        assert "val_accuracy" in lines[0]


def test_the_least_important_columns_go_first_and_a_note_says_so():
    text = to_text(table(), 40)
    assert "behind" not in text
    assert "optim.lr" in text
    assert "1 more column: widen the terminal" in text


def test_very_many_columns_go_at_once():
    names = [f"k{i}" for i in range(30_000)]
    many = Table([Column("a", "a", keep=90), *(Column(n, n) for n in names)], [[1] * 30_001])
    started = time.perf_counter()
    lines = to_text(many, 80).splitlines()
    assert time.perf_counter() - started < 5
    assert lines[0].split()[:2] == ["a", "k0"]
    assert len(lines[0]) <= 80
    shown = len(lines[0].split())
    assert lines[-1].startswith(f"{30_001 - shown} more columns")


def test_shorten_counts_wide_letters():
    assert shorten("abcdefgh", 5) == "ab…gh"
    assert width_of(shorten("日本語日本語", 5)) <= 5
    assert shorten("abc", 3) == "abc"


def test_records_of_plain_values():
    assert to_records(table())[1] == {
        "rank": 2,
        "run": "b",
        "optim.lr": None,
        "val_accuracy": None,
        "gap.low": -0.2,
        "gap.high": 0.1,
    }


def test_csv_reads_back():
    rows = list(csv.reader(io.StringIO(to_csv(table(('a,"b"', "c\nd"))))))
    assert rows[0] == ["rank", "run", "optim.lr", "val_accuracy", "gap.low", "gap.high"]
    assert rows[1] == ["1", 'a,"b"', "0.1", "0.9", "", ""]
    assert rows[2] == ["2", "c\nd", "", "", "-0.2", "0.1"]


def test_json_reads_back():
    assert json.loads(to_json(table()))[0]["val_accuracy"] == 0.9


def test_markdown_is_escaped():
    text = to_markdown(table(("<script>alert(1)</script>", "a|b*c_`d`")))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert r"a\|b\*c\_\`d\`" in text
    assert {line.replace(r"\|", "").count("|") for line in text.splitlines()} == {6}


def test_no_rows():
    empty = Table(table().columns, [])
    assert len(to_text(empty, 80).splitlines()) == 2
    assert to_json(empty) == "[]"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("a\r=1", r"a\r=1"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a=1", "a=1"),
        ("'=1", "'=1"),
        (" =1", "' =1"),
        ("＝1+1", "'＝1+1"),
        ("-1e3", "-1e3"),
        ("+1-2", "'+1-2"),
        (-0.5, "-0.5"),
        (-3, "-3"),
        (True, "true"),
        ([-1, 2], "[-1,2]"),
    ],
)
def test_a_spreadsheet_computes_nothing_of_a_csv(cell, written):
    key = cell if isinstance(cell, str) else "key"
    text = to_csv(Table([Column(key, "title", "text")], [[cell]]))
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert row == [written]
    assert head == [written if isinstance(cell, str) else "key"]
