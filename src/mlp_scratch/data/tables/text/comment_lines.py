"""Lines of a table in text that are no rows because of the sign that they begin with."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from mlp_scratch.data.tables.text.dialect import dialect_of
from mlp_scratch.data.tables.text.header import kind_of
from mlp_scratch.data.tables.text.text_settings import AUTO, Reading

_SIGNS = ("#", "%", "//")


def without_comments(
    path: Path, lines: Sequence[str], reading: Reading, whole: bool
) -> tuple[str, list[int]]:
    """The sign of comments, or nothing, and which lines are none."""
    every = list(range(len(lines)))
    if reading.comment != AUTO:
        return reading.comment, [i for i in every if not _is_comment(lines[i], reading.comment)]
    for sign in _SIGNS:
        body = [i for i in every if not _is_comment(lines[i], sign)]
        if len(body) == len(every) or not any(lines[i].strip() for i in body):
            continue
        dialect = dialect_of(path, [lines[i] for i in body], reading, whole)
        of_words = kind_of(dialect.rows[-1][0], "") == "word"
        for i in set(every) - set(body):
            fields = dialect.fields_of(lines[i])
            first = kind_of(fields[0].strip().removeprefix(sign), "")
            words = i < body[0] and all_names(fields)  # names of columns
            if len(fields) == dialect.columns and of_words and first != "number" and not words:
                return "", every
        return sign, body
    return "", every


def _is_comment(line: str, sign: str) -> bool:
    return bool(sign) and line.lstrip(" \t").startswith(sign)


def all_names(fields: Sequence[str]) -> bool:
    kinds = {kind_of(field, "") for field in fields}
    return len(fields) > 1 and kinds <= {"word", "truth"} and len(set(fields)) == len(fields)


class Uncommented(io.TextIOBase):
    """A text whose comment lines are empty, so that all lines keep their numbers."""

    def __init__(self, text: TextIO, comment: str) -> None:
        self._text, self._comment = text, comment

    def readable(self) -> bool:
        return True

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        line = self._text.readline()
        if line.lstrip(" \t").startswith(self._comment):
            return line[len(line.rstrip("\r\n")) :]
        return line

    def read(self, size: int | None = -1) -> str:
        lines, left = [], size
        while (left is None or left != 0) and (line := self.readline()):
            lines.append(line)
            if left is not None and left > 0:
                left = max(0, left - len(line))
        return "".join(lines)
