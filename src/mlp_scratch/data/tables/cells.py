"""Rows of a table as text again: numbers, words, dates."""

import numpy as np

from mlp_scratch.csv_text import spreadsheet_text
from mlp_scratch.data.tables.columns import Table


def cells_of(table: Table, rows: np.ndarray) -> list[list[str]]:
    """Of each of these rows its columns' text, "" for a gap, words fit for a spreadsheet."""
    columns = []
    for i, column in enumerate(table.columns):
        values, offset = table.x[rows, i].astype(np.float64), float(table.offset[i])
        gaps = np.isnan(values)
        if column.kind == "category":
            text = [spreadsheet_text(column.words[int(v)]) for v in np.where(gaps, 0, values)]
        elif column.kind == "date":
            seconds = np.rint(np.where(gaps, 0, values + offset) * 86400).astype(np.int64)
            days = seconds.astype("datetime64[s]")
            text = [str(day).removesuffix("T00:00:00") for day in days]
        else:
            text = [number_text(v, offset) for v in values]
        columns.append(["" if gap else cell for gap, cell in zip(gaps, text, strict=True)])
    return [*map(list, zip(*columns, strict=True))]


def number_text(value: float, offset: float) -> str:
    """A float32 that was stored less ``offset``, which keeps its digits."""
    return f"{value:.6g}" if offset == 0 else f"{value + offset:.12g}"
