"""The filter language of ``compare --filter`` and of the page's filter line: text in, test out.

docs/compare.md has its grammar. A text is cut into tokens, and a parser with one method for each
rule of the grammar makes functions of a run out of them; nothing is evaluated as code.
``compare_page/web/filter.js`` is the same program in JavaScript, name by name, and
``tests/report/filter_cases.json`` holds both to the same answers: change the three together.
"""

import operator
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mlp_scratch.report.filter_tokens import Token, Tokens, Value, read, refuse, tokenize, where
from mlp_scratch.report.names import resolve_name, short

DEEPEST = 50  # brackets and nots inside one another
_BRACKETS = {"[": "]", "(": ")", "{": "}"}
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_EQUALITY = ("==", "is", "!=")
_MEMBERSHIP = ("in", "not in")


@dataclass
class Seen:
    """A run as a filter sees it.

    value: from a name to a number, a text as one would type it, or None where the run has no such
    thing. texts: where a bare word is looked for.
    """

    value: Callable[[str], Value]
    texts: Sequence[str]


Test = Callable[[Seen], bool]


def compile_filter(text: str, names: Collection[str], shares: Collection[str] = ()) -> Test:
    """The test of a run that ``text`` describes; an empty text lets every run pass.

    names: what can be compared. shares: those that lie between 0 and 1. Raises ConfigError, one
    line with the place, for what the grammar does not have and for names that no run has.
    """
    return _Parser(Tokens(tokenize(text)), names, shares).filter()


class _Parser:
    def __init__(self, tokens: Tokens, names: Collection[str], shares: Collection[str]) -> None:
        self._tokens, self._names, self._shares = tokens, names, shares
        self._depth = 0

    def filter(self) -> Test:
        """filter = [either]"""
        test = (lambda run: True) if self._tokens.sees("end") else self._either()
        if not self._tokens.sees("end"):
            self._tokens.refuse_next("nothing more")
        return test

    def _either(self) -> Test:
        """either = both {"or" both}"""
        tests = [self._both()]
        while self._tokens.takes("or"):
            tests.append(self._both())
        return lambda run: any(test(run) for test in tests)

    def _both(self) -> Test:
        """both = test {["and" | ","] test}"""
        tests = [self._test()]
        while not self._tokens.sees("or", ")", "end"):
            if not self._tokens.takes("and", ","):
                self._check_space()
            tests.append(self._test())
        return lambda run: all(test(run) for test in tests)

    def _test(self) -> Test:
        """test = "not" test | "(" either ")" | order | comparison | words"""
        if self._tokens.sees("not", "("):
            return self._nested()
        left = self._side("[", "{")
        if self._tokens.sees(*_ORDER):
            return self._order(left)
        if self._tokens.sees(*_EQUALITY, *_MEMBERSHIP):
            return self._comparison(left)
        return self._words(left)

    def _nested(self) -> Test:
        self._depth += 1
        if self._depth > DEEPEST:
            refuse(self._tokens.next.at, f"nested more than {DEEPEST} deep")
        negated = self._tokens.take().kind == "not"
        inner = self._test() if negated else self._either()
        if not negated:
            self._tokens.want(")")
        self._depth -= 1
        return (lambda run: not inner(run)) if negated else inner

    def _order(self, left: Token) -> Test:
        """order = side ("<" | "<=" | ">" | ">=") side {... side}, of names and numbers"""
        sides, signs = [left], []
        while self._tokens.sees(*_ORDER):
            signs.append(_ORDER[self._tokens.take().kind])
            sides.append(self._side())
        for side in sides:
            if side.kind not in ("word", "number"):
                refuse(side.at, f"only numbers are smaller or larger, not {short(side.text)}")
        names = [self._name(side) if side.kind == "word" else None for side in sides]
        if not any(names):
            self._name(left)
        for a, b in pairwise(sides):
            self._check_share(a, b)
            self._check_share(b, a)

        def test(run: Seen) -> bool:
            values = [
                side.value if name is None else read(run.value(name))
                for side, name in zip(sides, names, strict=True)
            ]
            return all(
                isinstance(a, int | float) and isinstance(b, int | float) and sign(a, b)
                for sign, (a, b) in zip(signs, pairwise(values), strict=True)
            )

        return test

    def _comparison(self, left: Token) -> Test:
        """comparison = name ("=" | "!=" | "is" | "is not") side, or the other way round,
        | name ["not"] "in" list | side ["not"] "in" name"""
        sign = self._tokens.take().kind
        right = self._side("[", "(", "{")
        inside = sign in _MEMBERSHIP
        name_first = right.kind == "list" if inside else left.kind == "word"
        named, other = (left, right) if name_first else (right, left)
        name = self._name(named)
        self._check_share(named, other)
        meets = _equals if not inside else _among if name_first else _holds
        negated = sign in ("!=", "not in")
        return lambda run: meets(run.value(name), other) != negated

    def _words(self, token: Token) -> Test:
        """words = TEXT | WORD | "-" WORD: stands somewhere in the run, or nowhere"""
        if token.kind not in ("word", "text"):
            refuse(token.at, f"{short(token.text)} alone is no test: compare it, or quote it")
        refused = token.kind == "word" and re.match("-[A-Za-z]", token.text) is not None
        wanted = token.text[refused:].lower()
        return lambda run: any(wanted in text.lower() for text in run.texts) != refused

    def _side(self, *brackets: str) -> Token:
        """side = WORD | NUMBER | TEXT | "null" | list"""
        if self._tokens.sees(*brackets):
            return self._list()
        if not self._tokens.sees("word", "number", "text", "null"):
            self._tokens.refuse_next("a name, a number or a text")
        return self._tokens.take()

    def _list(self) -> Token:
        """list = "[" [side {"," side} [","]] "]", in brackets of any kind"""
        opening = self._tokens.take()
        closing = _BRACKETS[opening.kind]
        values: list[Value] = []
        while not self._tokens.sees(closing):
            values.append(self._side().value)
            if not self._tokens.takes(","):
                break
        return Token("list", "a list", values, opening.at, self._tokens.want(closing).end)

    def _name(self, token: Token) -> str:
        if token.kind != "word":
            refuse(token.at, f"a config key or a metric must stand here, not {short(token.text)}")
        return resolve_name(token.text, self._names, where(token.at))

    def _check_share(self, named: Token, other: Token) -> None:
        """Whoever writes 97 of a share, such as an accuracy, means 97%."""
        values = other.value if other.kind == "list" else [other.value]
        large = any(isinstance(value, float) and value > 1 for value in values)
        if large and named.kind == "word" and (name := self._name(named)) in self._shares:
            refuse(
                other.at, f"{short(name)} lies between 0 and 1: 97 percent is written 97% or 0.97"
            )

    def _check_space(self) -> None:
        """``f(x)``, ``layers[0]`` and ``f'x'`` are not two tests side by side."""
        before = self._tokens.last
        touching = before.kind == "word" and before.end == self._tokens.next.at
        if touching and self._tokens.sees("(", "[", "{", "text"):
            refuse(self._tokens.next.at, f"a space or 'and' must stand after {short(before.text)}")


def _equals(value: Value, wanted: Token) -> bool:
    return (_items(value) if wanted.kind == "list" else read(value)) == wanted.value


def _among(value: Value, wanted: Token) -> bool:
    return read(value) in wanted.value


def _holds(value: Value, wanted: Token) -> bool:
    """Whether a list has the item ``wanted``, or a text that part."""
    items = _items(value)
    if items is not None:
        return wanted.value in items
    return isinstance(value, str) and value != "null" and wanted.text.lower() in value.lower()


def _items(value: Value) -> list[Value] | None:
    """The items of a list as it is typed, ``[784,128,10]``; None for anything else."""
    if not isinstance(value, str) or value[:1] + value[-1:] != "[]":
        return None
    return [read(item) for item in value[1:-1].split(",")] if value != "[]" else []
