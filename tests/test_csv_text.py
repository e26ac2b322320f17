"""What is written as CSV can be read as CSV."""

import csv
import io

from mlp_scratch.csv_text import csv_text


def test_a_csv_reads_back() -> None:
    rows = [["a", "b"], ['two\nlines, and "quotes"', ""], ["1", "2"]]
    text = csv_text(rows)
    assert [*csv.reader(io.StringIO(text, newline=""))] == rows
    assert "\r" not in text
