"""Tables as text for a terminal of any width, Markdown, CSV and JSON.

Everything in a cell may come from somebody's run folder: control characters never reach the
terminal, and Markdown and HTML signs are escaped.
"""

import json
import math
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mlp_scratch.config.written_values import shown
from mlp_scratch.csv_text import csv_text, spreadsheet_text
from mlp_scratch.runs.differences import MISSING

GAP = 2  # blanks between columns
NARROWEST = 14  # letters that a shortened text column keeps


@dataclass(frozen=True)
class Column:
    """key: its name for other tools. form: how values are shown. keep: the lowest go first."""

    key: str
    title: str
    form: str = "config"  # text | config | percent | number | seconds | interval of one of those
    keep: float = 50.0

    @property
    def to_the_right(self) -> bool:
        return self.form not in ("text", "config")


@dataclass
class Table:
    columns: list[Column]
    rows: list[list[Any]]
    notes: list[str] = field(default_factory=list)


def show(value: Any, form: str) -> str:
    """One value as people read it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if form.startswith("interval "):
        low, high = (show(end, form.removeprefix("interval ")) for end in value)
        return MISSING if MISSING in (low, high) else f"{low.removesuffix(' %')} … {high}"
    if form == "percent":
        return f"{100 * value:.2f} %"
    if form == "change":
        return f"{100 * value:+.2f} %"
    if form == "number":
        if isinstance(value, int):
            return f"{value:,}"
        return f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else f"{value:#.4g}"
    if form == "seconds":
        return f"{value:.1f} s" if value < 100 else f"{value / 60:.1f} min"
    return printable(shown(value))


def printable(text: object) -> str:
    """``text`` on one line, without anything that a terminal would act on."""
    line = str(text).replace("\n", " ").replace("\t", " ")
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def width_of(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def shorten(text: str, width: int) -> str:
    """At most ``width`` columns; what is lost from the middle shows as an ellipsis."""
    if width_of(text) <= width:
        return text
    head, tail = text[: (width - 1) // 2], text[len(text) - width // 2 :]
    while width_of(head) + width_of(tail) + 1 > width:
        head, tail = (head[:-1], tail) if len(head) >= len(tail) else (head, tail[1:])
    return f"{head}…{tail}"


def to_text(table: Table, width: int | None = None) -> str:
    """The table in at most ``width`` columns (None: as wide as it is), notes below.

    Where it does not fit, long texts are shortened first; then whole columns go, the least
    important first, and a note says so.
    """
    columns = list(range(len(table.columns)))
    cells = _cells(table)
    titles = [column.title for column in table.columns]
    if width is not None:  # what cannot have even a letter goes first, and at once
        columns.sort(key=lambda j: (-table.columns[j].keep, j))
        columns = sorted(columns[: width // (1 + GAP) + 1])
    natural = [
        max(map(width_of, [titles[j], *(row[j] for row in cells)])) for j in range(len(titles))
    ]
    widths = list(natural)
    while width is not None:
        excess = sum(widths[j] for j in columns) + GAP * (len(columns) - 1) - width
        if excess <= 0:
            break
        texts = [j for j in columns if not table.columns[j].to_the_right and widths[j] > NARROWEST]
        spare = sum(widths[j] - NARROWEST for j in texts)
        if spare >= excess:
            for _ in range(excess):
                widths[max(texts, key=lambda j: widths[j])] -= 1
            break
        if len(columns) == 1:
            widths[columns[0]] = max(width, 1)
            break
        columns.remove(min(columns, key=lambda j: (table.columns[j].keep, -j)))
        widths = list(natural)
    lines = [
        _line(titles, columns, widths, table),
        _line(["─" * w for w in widths], columns, widths, table),
    ]
    lines += [_line(row, columns, widths, table) for row in cells]
    notes = list(table.notes)
    if dropped := len(titles) - len(columns):
        notes.append(f"{dropped} more column{'s' * (dropped > 1)}: widen the terminal, or --csv")
    wrapped = [line for note in notes for line in textwrap.wrap(note, width or 10_000)]
    return "\n".join([*lines, *([""] if notes else []), *wrapped])


def _cells(table: Table) -> list[list[str]]:
    """Row by row, as people read them."""
    forms = [column.form for column in table.columns]
    return [list(map(show, row, forms)) for row in table.rows]


def _line(cells: Sequence[str], columns: Sequence[int], widths: Sequence[int], table: Table) -> str:
    parts = []
    for j in columns:
        cell = shorten(cells[j], widths[j])
        blanks = " " * (widths[j] - width_of(cell))
        parts.append(blanks + cell if table.columns[j].to_the_right else cell + blanks)
    return (" " * GAP).join(parts).rstrip()


def to_markdown(table: Table) -> str:
    """A Markdown table, as wide as it is."""

    def row(cells: Sequence[str]) -> str:
        return "| " + " | ".join(map(_escaped, cells)) + " |"

    marks = ["---:" if column.to_the_right else "---" for column in table.columns]
    lines = [row([c.title for c in table.columns]), "| " + " | ".join(marks) + " |"]
    return "\n".join(lines + [row(cells) for cells in _cells(table)])


def _escaped(text: str) -> str:
    for sign in "\\`*_[]|":
        text = text.replace(sign, "\\" + sign)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_csv(table: Table) -> str:
    """Comma-separated, numbers in full, nothing for what a run does not have; no formulas."""
    rows = [_keys(table), *(record.values() for record in to_records(table))]
    return csv_text(map(_cell, row) for row in rows).rstrip("\n")


def _cell(value: Any) -> Any:
    if isinstance(value, bool | list | tuple):
        return shown(value)
    return spreadsheet_text(value) if isinstance(value, str) else value


def to_json(table: Table) -> str:
    """A list of objects, one a row; NaN and infinity become null."""
    text = json.dumps(to_records(table), indent=2, ensure_ascii=False, default=str, allow_nan=False)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def to_records(table: Table) -> list[dict[str, Any]]:
    """Rows as dicts of plain values; an interval becomes two entries, ``key.low`` and ``.high``."""
    records = []
    for row in table.rows:
        values: list[Any] = []
        for value, column in zip(row, table.columns, strict=True):
            if column.form.startswith("interval "):
                values += (None, None) if value is None else value
            else:
                values.append(value)
        records.append(dict(zip(_keys(table), map(_finite, values), strict=True)))
    return records


def _finite(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _keys(table: Table) -> list[str]:
    keys: list[str] = []
    for column in table.columns:
        both = column.form.startswith("interval ")
        keys += [f"{column.key}.low", f"{column.key}.high"] if both else [column.key]
    return keys
