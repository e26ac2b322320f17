"""How a table in text is laid out, found out from its first lines: 256 KiB of them, more where
there would be fewer than 20, of which at most 200 are looked at.

In this order, and each overruled by a key of `Reading`:

1. packing (``decompress.py``) and letters (``text_encoding.py``), by the bytes; packing has no key.
2. comment lines: those that begin with ``#``, ``%`` or ``//``, unless one of them would be a row:
   as many fields as the rows have, the first of them words in both. Where all of them stand above
   the first row the sign means nothing further down.
3. delimiter, quotes, decimal sign: ``dialect.py``. Excel's ``sep=;`` in the first line is heeded.
4. lines above the first that has as many fields as the rows are no rows: one that is a field short
   and has names is a header whose first column has none, as R writes it; the others are titles.
5. header or none: ``header.py``. A line of units below the header is left out. Where there is
   none, a comment right above the rows with as many words has the names.
6. an index: the first column, where it has no name and its fields are all different whole numbers
   or words.

What was guessed and is not plain is said in a note.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO, cast

from mlp_scratch.data.tables.text.comment_lines import Uncommented, without_comments
from mlp_scratch.data.tables.text.decompress import unpacked_text
from mlp_scratch.data.tables.text.dialect import MAX_ROWS, dialect_of
from mlp_scratch.data.tables.text.text_encoding import sample_of
from mlp_scratch.data.tables.text.text_settings import AUTO, Layout, Reading
from mlp_scratch.data.tables.text.top_lines import top_of
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped
from mlp_scratch.typos import did_you_mean

_MAX_LINES = MAX_ROWS + 100
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SEPARATOR = re.compile(r"sep=([^\w\s\"'.]|\t)")  # Excel's word to itself, in the first line
_PLACE = re.compile(r"-?\d{1,9}", re.ASCII)


def layout_of(path: Path, reading: Reading = Reading()) -> Layout:  # noqa: B008 (it is frozen)
    """How the table is laid out; all of the file is read once where its encoding is not given.
    Raises DataError."""
    with unpacked_text(path) as (file, packing):
        sample = sample_of(path, file, reading.encoding)
    lines = _LINE.findall(sample.text)
    if not sample.text.strip():
        raise DataError(f"{path}: the file is empty")
    if not sample.whole and len(lines) > 1:
        lines.pop()  # half of it is missing
    whole, lines = sample.whole and len(lines) <= _MAX_LINES, lines[:_MAX_LINES]
    told = _SEPARATOR.fullmatch(lines[0].rstrip("\r\n"))
    if told and reading.delimiter == AUTO:
        reading = replace(reading, delimiter=told[1])
    begin = 1 if told else 0
    comment, rest = without_comments(path, lines[begin:], reading, whole)
    body = [begin + i for i in rest]
    if not any(lines[i].strip() for i in body):
        raise DataError(f"{path}: no rows in it")
    dialect = dialect_of(path, [lines[i] for i in body], reading, whole)
    top = top_of(path, dialect, reading, lines[begin : body[0]])
    skip = body[dialect.ends[top.above - 1] - 1] + 1 if top.above else body[0]
    text, utf_8 = "".join(lines[:skip]), sample.encoding == "utf-8"
    below = body[-1] - body[0] + 1 > len(body) or body[-1] + 1 < len(lines)  # comments
    return Layout(
        delimiter=dialect.delimiter,
        decimal=top.decimal,
        quote=dialect.quote,
        encoding=sample.encoding,
        comment=comment if below or reading.comment != AUTO else "",
        columns=len(top.names),
        names=top.names,
        header=top.header,
        index=top.index,
        spare=top.spare,
        skip=skip,
        start=sample.mark + len(text.encode()) if utf_8 else bool(sample.mark) + len(text),
        packing=packing,
        notes=tuple(note for note in (sample.note, *top.notes) if note),
    )


@contextmanager
def opened_text(path: Path, layout: Layout) -> Iterator[TextIO]:
    """The table from its first row on, with its ends of lines as they are, for ``csv.reader`` and
    pandas (`Layout.pandas_options`). Comment lines are empty. Raises DataError, also inside."""
    with unpacked_text(path) as (file, _):
        try:
            if layout.encoding == "utf-8":
                file.read(layout.start)
            text = io.TextIOWrapper(file, layout.encoding, newline="")
            if layout.encoding != "utf-8":
                text.read(layout.start)
            yield cast(TextIO, Uncommented(text, layout.comment)) if layout.comment else text
        except UnicodeError as error:
            raise DataError(
                f"{path}: is not {layout.encoding} text: {error}; see data.encoding"
            ) from error


def column_place(names: Sequence[str], wanted: str | int, path: Path | str, key: str) -> int:
    """The place of a column among all those of the file: by its name, or else by its number from 0,
    counted from the end where it is negative. ``key`` is the config's, for the DataError."""
    if isinstance(wanted, str):
        if wanted in names:
            return names.index(wanted)
        if not _PLACE.fullmatch(wanted):
            shown = ", ".join(escaped(name[:40]) for name in names[:8])
            shown += ", ..." if len(names) > 8 else ""
            near = did_you_mean(wanted, names[:1000])
            raise DataError(f"{path}: no column {wanted!r} (data.{key}){near}; it has {shown}")
    column = int(wanted)
    if not -len(names) <= column < len(names):
        raise DataError(f"{path}: data.{key}={column} but there are {len(names)} columns")
    return column % len(names)
