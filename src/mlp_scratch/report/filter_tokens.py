"""The words of the filter language: names, numbers, quoted texts, signs, and where each stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from mlp_scratch.errors import ConfigError
from mlp_scratch.report.names import short

LONGEST = 2_000  # characters

_BLANK = " \t\r\n\xa0"
_TOKEN = re.compile(  # a sign, a quoted text, a word, or what is none of these
    r"[ \t\r\n\xa0]*(?:(==|!=|<=|>=|&&|\|\||[=<>()\[\]{},])"
    r"""|("[^"]*"|'[^']*')|([^ \t\r\n\xa0()\[\]{},=<>!'"&|]+)|(.))""",
    re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LETTER = re.compile(r"[A-Za-z0-9_]|[^\x00-\x7f]")
_KEYWORDS = ("and", "or", "not", "in", "is", "null")
_SPELLINGS = {"=": "==", "&&": "and", "||": "or", "none": "null"}
_JOINED = {("not", "in"): "not in", ("is", "not"): "!="}

Value = str | float | None


@dataclass
class Token:
    kind: str  # word, number, text, list, end; a sign, a bracket or a keyword is its own kind
    text: str  # without quotes
    value: Any  # what it stands for: a Value, or the Values of a list
    at: int  # characters before it
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``, an "end" last. Raises ConfigError for what no token begins with."""
    if len(text) > LONGEST:
        refuse(LONGEST, f"a filter has at most {LONGEST} characters")
    text = text.rstrip(_BLANK)
    tokens = [Token("start", "", None, 0, 0)]
    for match in _TOKEN.finditer(text):
        found, before = match[match.lastindex or 0], tokens[-1]
        if match[4]:
            why = "is never closed" if found in "\"'" else "cannot be read"
            refuse(match.end() - 1, f"{short(found)} {why}")
        if found == "%" and before.kind == "number":
            tokens[-1] = _token(f"{before.text}%", before.at, match.end())
            continue
        token = _token(found, match.end() - len(found), match.end())
        joined = _JOINED.get((before.kind, token.kind))
        if joined:
            tokens[-1] = Token(joined, joined, None, before.at, token.end)
        else:
            tokens.append(token)
    return [*tokens[1:], Token("end", "", None, len(text), len(text))]


def _token(text: str, at: int, end: int) -> Token:
    if text[0] in "\"'":
        return Token("text", text[1:-1], read(text[1:-1]), at, end)
    sign = _SPELLINGS.get(text.lower(), text.lower())
    if sign in _KEYWORDS or re.match(r"[=!<>()\[\]{},&|]", text):
        return Token(sign, text, None, at, end)
    if _NUMBER.fullmatch(text):
        return Token("number", text, float(text), at, end)
    if text[-1] == "%" and _NUMBER.fullmatch(text[:-1]):
        return Token("number", text, float(text[:-1]) / 100, at, end)
    if not _LETTER.search(text):
        refuse(at, f"{short(text)} cannot be read")
    return Token("word", text, read(text), at, end)


def read(value: Value) -> Value:
    """A text as it is compared: a number where it reads as one, small letters. None for ``null``,
    and for ``none``, the choice of a group in which nothing is switched on."""
    if not isinstance(value, str):
        return value
    if _NUMBER.fullmatch(value):
        return float(value)
    return None if value.lower() in ("null", "none") else value.lower()


def where(at: int) -> str:
    return f"--filter: at character {at + 1}"


def refuse(at: int, why: str) -> NoReturn:
    """Raise the ConfigError about what stands after ``at`` characters."""
    raise ConfigError(f"{where(at)}: {why}")


class Tokens:
    """Tokens, taken one after the other; the last is an ``end``."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens, self._place = tokens, 0

    @property
    def next(self) -> Token:
        return self._tokens[self._place]

    @property
    def last(self) -> Token:
        """The one that was taken last."""
        return self._tokens[self._place - 1]

    def sees(self, *kinds: str) -> bool:
        return self.next.kind in kinds

    def take(self) -> Token:
        self._place += 1
        return self.last

    def takes(self, *kinds: str) -> bool:
        """Take the next if it is of these kinds; whether it was."""
        return self.sees(*kinds) and bool(self.take())

    def want(self, kind: str) -> Token:
        """Take the next, which must be of this kind. Raises ConfigError."""
        return self.take() if self.sees(kind) else self.refuse_next(kind)

    def refuse_next(self, wanted: str) -> NoReturn:
        """Raise ConfigError: something else must stand here."""
        found = "" if self.sees("end") else f", not {short(self.next.text)}"
        refuse(self.next.at, f"{wanted} must stand here{found}")
