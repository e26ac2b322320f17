"""How a table in text is to be read, as its user says it, and how it is laid out, as was found.

Each key of a `Reading` may be ``auto``: then `layout_of` finds it out from the file. A `Layout`
says it for good, and what a reader needs besides.
"""

import codecs
from dataclasses import dataclass
from typing import Any

from mlp_scratch.nn.range_checks import HyperparameterError, one_of

AUTO = "auto"
BLANKS = "blanks"  # a delimiter: any run of blanks and tabs
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", BLANKS: BLANKS}
DECIMALS = {"point": ".", "comma": ","}
QUOTES = {"double": '"', "single": "'", "none": ""}
COMMENTS = {"hash": "#", "percent": "%", "none": ""}
_SIGNS = {"delimiter": DELIMITERS, "decimal": DECIMALS, "quote": QUOTES, "comment": COMMENTS}
_LONGEST_COMMENT = 8  # characters of the sign


@dataclass(frozen=True)
class Reading:
    """What is said of a table, and ``auto`` where nothing is.

    delimiter: a character, or a word of ``DELIMITERS``. decimal: the sign before the decimals.
    quote: what stands around fields that hold a delimiter. encoding: as Python calls it. comment:
    what a line begins with that is no row. header: whether the first line has the names.
    missing_values: fields that stand for a missing value; None for the usual ones.

    Raises HyperparameterError. The words are turned into the characters that they stand for.
    """

    delimiter: str = AUTO
    decimal: str = AUTO
    quote: str = AUTO
    encoding: str = AUTO
    comment: str = AUTO
    header: bool | str = AUTO
    missing_values: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for key, words in _SIGNS.items():
            value = getattr(self, key)
            object.__setattr__(self, key, words.get(value, value))
        _check_delimiter(self.delimiter)
        one_of("decimal", self.decimal, (AUTO, *DECIMALS, ".", ","))
        one_of("quote", self.quote, (AUTO, *QUOTES, '"', "'", ""))
        if self.comment != AUTO and (
            len(self.comment) > _LONGEST_COMMENT or not self.comment.isprintable()
        ):
            raise HyperparameterError("comment", "auto, none, hash or a short sign", self.comment)
        if self.header not in (AUTO, True, False):
            raise HyperparameterError("header", "auto, true or false", self.header)
        if self.delimiter == self.decimal != AUTO:
            rule = "another character than the delimiter"
            raise HyperparameterError("decimal", rule, self.decimal)
        _known_encoding(self.encoding)


@dataclass(frozen=True)
class Layout:
    """How a table in text is laid out.

    delimiter: one character, or ``BLANKS``. decimal: ``.`` or ``,``. quote: one character, or
    nothing. encoding: as Python calls it, without a mark of its own (never ``utf-8-sig``).
    comment: lines that begin so are no rows; nothing where there are none. columns: fields of a
    row. names: one a column, all different; ``column 1`` and so on where the file has none.
    header: whether it has. index: whether the first column only numbers or names the rows.
    spare: whether each row ends with a delimiter, so that readers see one more field, an empty one.
    skip: lines before the first row. start: how far it is to the first row, in the file as it is
    unpacked: bytes where ``encoding`` is utf-8, else characters. packing: gzip, bz2, xz, zip, or
    nothing. notes: lines for people: what was guessed and which key overrules it.
    """

    delimiter: str
    decimal: str
    quote: str
    encoding: str
    comment: str
    columns: int
    names: tuple[str, ...]
    header: bool
    index: bool = False
    spare: bool = False
    skip: int = 0
    start: int = 0
    packing: str = ""
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """``; separated, header, 17 columns``: what stands behind "read as: "."""
        words = {",": "comma", "\t": "tab", " ": "blank"}
        if self.columns == 1:
            parts = []
        elif self.delimiter == BLANKS:
            parts = ["separated by blanks"]
        else:
            parts = [f"{words.get(self.delimiter, self.delimiter)} separated"]
        parts += ["decimal comma"] * (self.decimal == ",") + ["single quotes"] * (self.quote == "'")
        parts += [self.encoding] * (self.encoding != "utf-8") + [self.packing] * bool(self.packing)
        parts += [f"without the lines of {self.comment}"] * bool(self.comment)
        parts += ["header" if self.header else "no header"]
        parts += [f"{self.columns} column{'s' * (self.columns > 1)}"]
        parts += ["a delimiter at the end of each line"] * self.spare
        parts += ["the first only tells the rows apart"] * self.index
        return ", ".join(parts)

    @property
    def pandas_options(self) -> dict[str, Any]:
        """What ``pandas.read_csv`` is to be told, for rows without a header. Every row has
        ``columns`` fields, and one more where there is a spare one."""
        blanks = self.delimiter == BLANKS
        return {
            "sep": r"\s+" if blanks else self.delimiter,
            "decimal": self.decimal,
            "quotechar": self.quote or '"',
            "quoting": 0 if self.quote else 3,
            "skipinitialspace": not blanks,
            "header": None,
        }


def _check_delimiter(value: str) -> None:
    one = len(value) == 1 and value not in "\"'\r\n\0." and not value.isalnum()
    if not one and value not in (AUTO, BLANKS):
        rule = "auto, one character, or one of " + ", ".join(DELIMITERS)
        raise HyperparameterError("delimiter", rule, value, tuple(DELIMITERS))


def _known_encoding(name: str) -> None:
    """Python also calls packings and ciphers by such names: those are none."""
    try:
        if name != AUTO:
            "1".encode(codecs.lookup(name).name)
    except (LookupError, ValueError) as error:  # a name with a NUL; "undefined"
        rule = "auto or an encoding of text, as utf-8, utf-16, latin-1 or cp1252"
        raise HyperparameterError("encoding", rule, name) from error
