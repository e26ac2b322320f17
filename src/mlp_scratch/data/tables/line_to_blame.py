"""Which line of a table in text is at fault. Read slowly, once something is known to be wrong."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from mlp_scratch.data.tables.dialect import BLANK_WORDS
from mlp_scratch.data.tables.layout import opened_text
from mlp_scratch.data.tables.reading import BLANKS, Layout
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped


class TextSource:
    """A file, to be blamed for a value in it."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.where = str(path)
        self._path, self._layout = path, layout

    def blame(self, place: int, wrong: Callable[[str], bool], rule: str) -> NoReturn:
        """Raise the DataError of the first value of a column that is ``wrong``."""
        name = f" ({escaped(self._layout.names[place][:40])!r})" if self._layout.header else ""
        for line, row in self._rows():
            if wrong(row[place]):
                what = f"{escaped(row[place][:40])!r} {rule}" if row[place].strip() else rule
                raise DataError(f"{self._path}: line {line}, column {place + 1}{name}: {what}")
        raise DataError(f"{self._path}: column {place + 1}{name}: a value {rule}")

    def check_rows(self, reason: str = "") -> None:
        """Raise the DataError of the first row with too many or too few fields, or if there is
        none and a reason, of that."""
        rows = sum(1 for _ in self._rows())
        if rows == 0:
            raise DataError(f"{self._path}: no rows in it")
        if reason:
            raise DataError(f"{self._path}: cannot be read as a table: {reason.strip()[:200]}")

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
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
        layout = self._layout
        with opened_text(self._path, layout) as text:
            if layout.delimiter == BLANKS:
                for number, line in enumerate(text, layout.skip + 1):
                    if words := BLANK_WORDS[layout.quote].findall(line.strip(" \t\r\n")):
                        yield number, [_unquoted(word, layout.quote) for word in words]
                return
            reader = csv.reader(
                text,
                delimiter=layout.delimiter,
                quotechar=layout.quote or None,
                quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
                skipinitialspace=True,
            )
            try:
                for row in reader:
                    if row and (len(row) > 1 or row[0].strip()):
                        yield layout.skip + reader.line_num, row
            except csv.Error as error:
                number = layout.skip + reader.line_num
                raise DataError(f"{self._path}: line {number}: {error}") from error


def _unquoted(word: str, quote: str) -> str:
    if quote and len(word) > 1 and word[0] == word[-1] == quote:
        return word[1:-1].replace(quote * 2, quote)
    return word


def quoted_fields(line: str, layout: Layout) -> list[tuple[str, bool]]:
    """The fields of a line that is one row, each without its quotes and whether it had some."""
    if layout.delimiter == BLANKS:
        words = BLANK_WORDS[layout.quote].findall(line.strip(" \t\r\n"))
    else:
        sign, quote = re.escape(layout.delimiter), re.escape(layout.quote)
        inside = rf"{quote}(?:[^{quote}]|{quote}{quote})*{quote}" if quote else "(?!)"
        words = re.findall(
            rf"(?:^|{sign}) *({inside}(?=\s*(?:{sign}|$))|[^{sign}]*)", line.rstrip("\r\n")
        )
    plain = [(word.strip(), _unquoted(word.strip(), layout.quote)) for word in words]
    return [(field, field != word) for word, field in plain]
