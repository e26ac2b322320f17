"""ARFF, the format of Weka and OpenML: ``@relation``, an ``@attribute`` line for each column with
its type, ``@data``, then a line for each row; sparse rows ``{1 5, 3 a}`` have what is not 0.

Types: numeric, real, integer; nominal, ``{a, b}``, whose words are a category's; string; date.
Columns of tables in a column (relational) are refused, and so are weights of rows in braces.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.data.tables.formats.unpacked_size_limit import check_dense
from mlp_scratch.data.tables.text.decompress import unpacked_text
from mlp_scratch.data.tables.text.dialect import MAX_COLUMNS
from mlp_scratch.data.tables.text.text_encoding import long_lines
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_NUMBERS = ("numeric", "real", "integer")
# *+ gives nothing back: the way back would be kept for every piece, in 60 times the text's memory
_QUOTED = r"""'[^'\\]*+(?:\\.[^'\\]*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+"|"""
_NAME = re.compile(rf"@attribute\s+({_QUOTED}[^\s'\"{{]+)\s*(.*)", re.IGNORECASE | re.DOTALL)
_PIECE = re.compile(rf"{_QUOTED}[^,\t'\"\\]+|\\.|[,\t]", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.I)
_PLACE = re.compile(r"\d{1,9}", re.ASCII)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_JAVA = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_ISO = "yyyy-MM-dd'T'HH:mm:ss"
_FREE, _RATIO = 8 << 20, 30  # bytes unpacked: of any file, to one of it; rows are slow to read


@dataclass
class _Attribute:
    """words: those that are declared, of a nominal one; those that were met, of a string. codes:
    of the rows, or their values: numbers; -1 or nan where there is none. rows: which ones these
    are, where they are sparse. form: of dates, for strptime."""

    name: str
    kind: str  # number, nominal, string, date
    words: dict[str, int] = field(default_factory=dict)
    codes: array = field(default_factory=lambda: array("i"))
    rows: array = field(default_factory=lambda: array("q"))
    form: str = ""

    def add(self, text: str | None) -> None:
        """A value; None is a gap. Raises ValueError with what is wrong with it."""
        if self.kind == "number":
            self.codes.append(np.nan if text is None else _number(text))
        elif text is None:
            self.codes.append(-1)
        elif self.kind == "nominal":
            if text not in self.words:
                raise ValueError(f"{text[:40]!r} is not one of its declared words")
            self.codes.append(self.words[text])
        else:
            self.codes.append(self.words.setdefault(text, len(self.words)))

    def of_all(self, count: int) -> np.ndarray:
        """(count,) the codes; rows that do not name a number or a nominal column have its first."""
        given = np.frombuffer(self.codes, np.float64 if self.kind == "number" else np.int32)
        if len(given) == count:
            return given
        codes = np.full(count, 0 if self.kind in ("number", "nominal") else -1, given.dtype)
        codes[np.frombuffer(self.rows, np.int64)] = given
        return codes


def read_arff(path: Path) -> Any:
    """The file as a pandas DataFrame: numbers, categories of the declared words, strings, dates.
    Raises DataError, with the line."""
    with unpacked_text(path) as (file, _):
        lines = _lines(path, file)
        attributes = _header(path, lines)
        rows = _rows(path, lines, attributes)
    if not rows:
        raise DataError(f"{path}: no rows in it")
    return _frame(path, attributes, rows)


def _lines(path: Path, file: BufferedIOBase) -> Iterator[tuple[int, str]]:
    """(number, line) of those that are no comments and not empty."""
    size, most = 0, max(_FREE, _RATIO * path.stat().st_size)
    for number, data in long_lines(path, file):
        size += len(data)
        if size > most:
            raise DataError(
                f"{path}: packed more than {_RATIO} times smaller, which no table of ARFF is: "
                "unpack it, if it is one"
            )
        try:
            text = data.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            text = data.decode("latin-1").strip()
        if "\0" in text:
            raise DataError(f"{path}: line {number} has a NUL in it: this is not text")
        if text and not text.startswith("%"):
            yield number, text


def _header(path: Path, lines: Iterator[tuple[int, str]]) -> list[_Attribute]:
    attributes: dict[str, _Attribute] = {}
    for number, text in lines:
        lower, where = text[:12].lower(), f"{path}: line {number}"
        if re.match(r"@data\b", lower):
            if not attributes:
                raise DataError(f"{where}: @data before any @attribute")
            return [*attributes.values()]
        if re.match(r"@relation\b", lower):
            continue
        if not (found := _NAME.fullmatch(text)):
            raise DataError(f"{where}: {text[:40]!r}: expected @relation, @attribute or @data")
        name = _plain(found[1])
        if name in attributes:
            raise DataError(f"{where}: two attributes are called {name[:40]!r}")
        if len(attributes) == MAX_COLUMNS:
            raise DataError(f"{where}: more than {MAX_COLUMNS:,} attributes")
        attributes[name] = _attribute(where, name, found[2].strip())
    raise DataError(f"{path}: has no @data: truncated, or no ARFF file")


def _attribute(where: str, name: str, kind: str) -> _Attribute:
    lower = kind.lower()
    if kind.startswith("{"):
        if not kind.endswith("}"):
            raise DataError(f"{where}: the words of {name[:40]!r} have no end, }}")
        words: list[str] = [_plain(word) for word in _fields(where, kind[1:-1])]
        if len({*words}) < len(words) or "" in words:
            raise DataError(f"{where}: {name[:40]!r} declares a word twice, or an empty one")
        return _Attribute(name, "nominal", {word: i for i, word in enumerate(words)})
    if lower in _NUMBERS:
        return _Attribute(name, "number", codes=array("d"))
    if lower == "string":
        return _Attribute(name, "string")
    if re.match(r"date\b", lower):
        return _Attribute(name, "date", form=_strptime(where, _plain(kind[4:].strip()) or _ISO))
    what = "holds tables (relational)" if lower.startswith("relational") else f"is {kind[:40]!r}"
    raise DataError(f"{where}: {name[:40]!r} {what}; numeric, nominal, string and date are read")


def _strptime(where: str, form: str) -> str:
    """Java's way to write the form of a date, in Python's."""
    made = ""
    for part in re.split(r"('[^']*'|[A-Za-z]+)", form):
        if part.isalpha() and part not in _JAVA:
            raise DataError(f"{where}: dates in the form {form[:40]!r} are not read")
        made += _JAVA.get(part, part.strip("'").replace("%", "%%"))
    return made


def _rows(path: Path, lines: Iterator[tuple[int, str]], attributes: list[_Attribute]) -> int:
    rows, sparse = 0, False
    for number, text in lines:
        where = f"{path}: line {number}"
        if rows == 0:
            sparse = text.startswith("{")
        elif sparse != text.startswith("{"):
            raise DataError(f"{where}: of the rows some are sparse, in braces, and others not")
        row = _sparse(where, text, len(attributes)) if sparse else _dense(where, text, attributes)
        for place, word in row:
            try:
                attributes[place].add(None if word == "?" else _plain(word))
            except ValueError as error:
                name = escaped(attributes[place].name[:40])
                raise DataError(f"{where}, {name!r}: {escaped(str(error))}") from None
            if sparse:
                attributes[place].rows.append(rows)
        rows += 1
    check_dense(path, rows, len(attributes))
    return rows


def _dense(where: str, text: str, attributes: list[_Attribute]) -> Iterator[tuple[int, str]]:
    fields = _fields(where, text)
    if len(fields) == 1 < len(attributes):
        fields = text.split()
    if len(fields) != len(attributes):
        raise DataError(
            f"{where} has {len(fields)} values, but {len(attributes)} attributes are declared"
        )
    return enumerate(fields)


def _fields(where: str, text: str, between: str = ",\t") -> list[str]:
    """The words between commas or tabs, with their quotes."""
    if "'" not in text and '"' not in text and "\\" not in text and between == ",\t":
        return [word.strip() for word in text.replace("\t", ",").split(",")]
    fields: list[list[str]] = [[]]
    at = 0
    while at < len(text):
        found = _PIECE.match(text, at)
        if not found:
            raise DataError(f"{where}: a quote without its end: {escaped(text[at : at + 40])!r}")
        at = found.end()
        if found[0] in between:
            fields.append([])
        else:
            fields[-1].append(found[0])
    return ["".join(pieces).strip() for pieces in fields]


def _sparse(where: str, text: str, columns: int) -> list[tuple[int, str]]:
    if not text.endswith("}"):
        raise DataError(f"{where}: a sparse row has no end, }}")
    inside = text[1:-1].strip()
    row: dict[int, str] = {}
    for pair in _fields(where, inside, ",") if inside else ():
        place, _, word = pair.replace("\t", " ").partition(" ")
        if not _PLACE.fullmatch(place) or not word:
            told = escaped(pair[:40])
            raise DataError(f"{where}: {told!r}: expected a column's number and a value")
        if int(place) >= columns or int(place) in row:
            what = "twice" if int(place) in row else f"but there are {columns}"
            raise DataError(f"{where}: column {place}, {what}")
        row[int(place)] = word.strip()
    return [*row.items()]


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a number")
    return float(text)


def _plain(word: str) -> str:
    """Without its quotes."""
    if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"":
        word = word[1:-1]
    if "\\" in word:
        word = re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), word, flags=re.S)
    return word


def _frame(path: Path, attributes: list[_Attribute], rows: int) -> Any:
    import pandas as pd

    columns: dict[str, Any] = {}
    for one in attributes:
        codes = one.of_all(rows)
        if one.kind == "number":
            columns[one.name] = codes
        elif one.kind == "nominal":
            index = pd.Index([*one.words], dtype=object)
            columns[one.name] = pd.Categorical.from_codes(codes, index)
        else:
            words = np.array([*one.words, None], object)  # the last for -1, a gap
            values = _dates(path, one, words) if one.kind == "date" else words
            columns[one.name] = pd.Series(values[codes], dtype=values.dtype)
    return pd.DataFrame(columns)


def _dates(path: Path, attribute: _Attribute, words: np.ndarray) -> np.ndarray:
    import pandas as pd

    try:
        return pd.to_datetime(pd.Series(words), format=attribute.form).to_numpy()
    except ValueError as error:
        told = escaped(" ".join(str(error).split())[:100])
        raise DataError(f"{path}: {escaped(attribute.name[:40])!r}: {told}") from None
