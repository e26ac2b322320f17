"""Tables in files of any form: what a file is, and the reader that it is given to.

Its contents tell, whatever it is called: Parquet, ARFF and SVMlight begin as nothing else does, and
everything that is neither these nor refused by name (``refused.py``) is text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import numpy as np

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.formats.arff import read_arff
from mlp_scratch.data.tables.formats.parquet import read_parquet
from mlp_scratch.data.tables.formats.parquet_claims import MAGIC
from mlp_scratch.data.tables.formats.refused import refuse
from mlp_scratch.data.tables.formats.svmlight import LINE, read_svmlight
from mlp_scratch.data.tables.frames import table_of_frame
from mlp_scratch.data.tables.text.decompress import unpacked_text
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.data.tables.text.text_table import layout_with_names, table_laid_out
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_HEAD = 1 << 16  # bytes that are looked at
_LINES = 20
_SVM = (".svm", ".libsvm", ".svmlight")


@dataclass(frozen=True)
class TableFile:
    """A table that has been opened. names, header, index: as in `Layout`. rows: what reads them,
    given the last three arguments of `read_table`. label: the column that is the label where nobody
    says which."""

    form: str
    names: tuple[str, ...]
    rows: Callable[[Roles, Sequence[Column] | None, np.ndarray | None], Table]
    header: bool = True
    index: bool = False
    label: str | None = None


def opened_table(
    path: Path, reading: Reading, known: Sequence[Column] = (), like: TableFile | None = None
) -> TableFile:
    """A table of any form. Raises DataError.

    known: columns that it has; a first line with all their names is a header. like: a table that it
    shares its names with, where only one of the two has names.
    """
    form = form_of(path)
    if form == "text":
        layout = layout_with_names(path, reading, [column.name for column in known])
        if like and like.header != layout.header and len(like.names) == layout.columns:
            layout = replace(layout, names=like.names, header=like.header)
        rows = partial(table_laid_out, path, layout, reading)
        return TableFile(form, layout.names, rows, layout.header, layout.index)
    for one in fields(Reading):
        if getattr(reading, one.name) != one.default:
            raise DataError(f"{path}: data.{one.name} is for tables in text, and this is {form}")
    label = None
    if form == "SVMlight":
        frame, note = read_svmlight(path, known)
    else:
        frame = read_arff(path) if form == "ARFF" else read_parquet(path)
        note = f"read as: {form}, {len(frame.columns):,} columns"
    if form == "ARFF":
        label = next((name for name in frame if name.lower() == "class"), frame.columns[-1])

    def rows_of(
        roles: Roles, known: Sequence[Column] | None = None, offset: np.ndarray | None = None
    ) -> Table:
        said = note
        if label is not None and roles.label is None:
            roles = replace(roles, label=label)
            said += f"; label: {escaped(label[:40])!r} (data.label=COLUMN for another)"
        table = table_of_frame(frame, roles, known, str(path), offset)
        return table if known is not None else replace(table, notes=(said, *table.notes))

    return TableFile(form, tuple(map(str, frame)), rows_of, label=label)


def read_table(
    path: Path,
    reading: Reading,
    roles: Roles,
    known: Sequence[Column] | None = None,
    offset: np.ndarray | None = None,
) -> Table:
    """The table in a file.

    known: the columns that a network was trained on. They are looked up by their names, in any
    order, by place where there are none; other columns do not matter. Each must be of its kind;
    words that are not known come behind the others. offset: (known,) what was taken off them.

    Raises DataError, with the line and the column where there are some.
    """
    return opened_table(path, reading, known or ()).rows(roles, known, offset)


def column_names(path: Path, reading: Reading) -> tuple[str, ...]:
    """The names of a table's columns, those of no features among them. Raises DataError."""
    return opened_table(path, reading).names


def form_of(path: Path) -> str:
    """text, Parquet, ARFF or SVMlight. Raises DataError for what is refused by name."""
    with unpacked_text(path) as (file, packing):
        head = file.read(_HEAD)
    if head.startswith(MAGIC) and not packing:
        return "Parquet"
    if path.suffix.lower() in (".parquet", ".pq"):
        raise DataError(
            f"{path}: not a Parquet file, as {MAGIC.decode()} does not stand at its head"
        )
    refuse(path, head)
    stem = re.sub(r"\.(gz|bz2|xz|zip)$", "", path.name.lower())
    if stem.endswith(".arff") or _is_arff(head):
        return "ARFF"
    if stem.endswith(_SVM) or (not stem.endswith((".csv", ".tsv")) and _is_svmlight(head)):
        return "SVMlight"
    return "text"


def _is_arff(head: bytes) -> bool:
    lines = (line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines())
    first = next((line for line in lines if line and not line.startswith(b"%")), b"")
    return first[:10].lower().startswith(b"@relation")


def _is_svmlight(head: bytes) -> bool:
    lines = head.splitlines()[:_LINES]
    lines = [line.strip() for line in (lines[:-1] if len(head) == _HEAD else lines)]
    lines = [line for line in lines if line and not line.startswith(b"#")]
    return any(b":" in line for line in lines) and all(map(LINE.fullmatch, lines))
