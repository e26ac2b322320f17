"""The text of a CSV file, of which a spreadsheet computes nothing that a stranger wrote."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from mlp_scratch.streams import escaped

_FORMULA = tuple("=+-@＝＋－＠")  # what a spreadsheet takes for one begins so, in Japan too
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")


def spreadsheet_text(text: str) -> str:
    """``text`` for a cell: a quote goes before what a spreadsheet would compute, as it does when
    typed there. Numbers are left alone."""
    shown = escaped(text)
    computed = shown.lstrip().startswith(_FORMULA) and not _NUMBER.fullmatch(shown)
    return f"'{shown}" if computed else shown


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """The text of a CSV file; who writes a stranger's words asks ``spreadsheet_text`` first."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
