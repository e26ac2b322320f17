"""Which line of a table in text is at fault. Read slowly, once something is known to be wrong."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from mlp_scratch.data.tables.text.dialect import BLANK_WORDS, fields_in, unquoted
from mlp_scratch.data.tables.text.layout import opened_text
from mlp_scratch.data.tables.text.text_settings import BLANKS, Layout
from mlp_scratch.errors import DataError


class TextSource:
    """A file, to be blamed for a value in it."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.where = str(path)
        self._path, self._layout = path, layout

    def blame(
        self, place: int, wrong: Callable[[str], bool], rule: str, empty: str = ""
    ) -> NoReturn:
        """Raise the DataError of the first value of a column that is ``wrong``."""
        name = f" ({self._layout.names[place][:40]!r})" if self._layout.header else ""
        for line, row in self.rows():
            if wrong(row[place]):
                blank = empty and not row[place].strip()
                what = empty if blank else f"{row[place][:40]!r} {rule}"
                raise DataError(f"{self._path}: line {line}, column {place + 1}{name}: {what}")
        raise DataError(f"{self._path}: column {place + 1}{name}: a value that {rule}")

    def check_rows(self, reason: str = "") -> None:
        """Raise the DataError of the first row with too many or too few fields, or if there is
        none and a reason, of that."""
        rows = sum(1 for _ in self.rows())
        if rows == 0:
            raise DataError(f"{self._path}: no rows in it")
        if reason:
            raise DataError(f"{self._path}: cannot be read as a table: {reason.strip()[:200]}")

    def first_row(self) -> list[str]:
        """Its fields. Raises DataError."""
        return next(self.rows(), (0, list[str]()))[1]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The number of the last line of each row, and its fields. Raises DataError."""
        columns = self._layout.columns
        for line, row in self._all_rows():
            if self._layout.spare and len(row) == columns + 1 and not row[-1].strip():
                row = row[:-1]
            if len(row) != columns:
                raise DataError(
                    f"{self._path}: line {line} has {len(row)} value{'s' * (len(row) != 1)}, "
                    f"expected {columns} as in the others"
                )
            yield line, row

    def _all_rows(self) -> Iterator[tuple[int, list[str]]]:
        layout, line = self._layout, 0
        with opened_text(self._path, layout) as text:
            try:
                for line, row in fields_in(text, layout.delimiter, layout.quote):
                    if row and (len(row) > 1 or row[0].strip()):
                        yield layout.skip + line, row
            except csv.Error as error:
                number = layout.skip + line + 1
                raise DataError(f"{self._path}: line {number}: {error}") from error


def quoted_fields(line: str, layout: Layout) -> list[tuple[str, bool]]:
    """The fields of a line that is one row, each without its quotes and whether it had some."""
    if layout.delimiter != BLANKS and (not layout.quote or layout.quote not in line):
        return [(field.strip(), False) for field in line.rstrip("\r\n").split(layout.delimiter)]
    if layout.delimiter == BLANKS:
        words = BLANK_WORDS[layout.quote].findall(line.strip(" \t\r\n"))
    else:
        sign, quote = re.escape(layout.delimiter), re.escape(layout.quote)
        inside = rf"{quote}(?:[^{quote}]|{quote}{quote})*{quote}" if quote else "(?!)"
        words = re.findall(
            rf"(?:^|{sign}) *({inside}(?=\s*(?:{sign}|$))|[^{sign}]*)", line.rstrip("\r\n")
        )
    plain = [(word.strip(), unquoted(word.strip(), layout.quote)) for word in words]
    return [(field, field != word) for word, field in plain]
