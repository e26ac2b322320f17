"""``--filter "optim.name == 'adam' and optim.lr < 0.01"``: a small language of comparisons.

The text is parsed by Python's own parser and then walked node by node; only what is listed here
is understood. Nothing is ever evaluated as code: no calls, no attributes of objects, no indexing.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection
from typing import Any

from mlp_scratch.errors import ConfigError
from mlp_scratch.typos import nearest

Test = Callable[[Callable[[str], Any]], bool]
LONGEST = 2_000  # characters

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: b is not None and a in b,
    ast.NotIn: lambda a, b: b is None or a not in b,
    ast.Is: operator.eq,  # `x is None`, as people write it
    ast.IsNot: operator.ne,
}
_WORDS = {"true": True, "false": False, "null": None}  # as YAML and the command line spell them


def compile_filter(text: str, names: Collection[str]) -> Test:
    """The test that ``text`` describes; call it with a function from a name to its value.

    ``names`` are those that may be used. ``optim`` stands for ``optim.name``, and the end of a
    name (``lr``) for the whole where only one fits. A comparison with a value that a run does not
    have, or that cannot be compared, is false. Raises ConfigError (one line) for anything else.
    """
    if len(text) > LONGEST:
        raise ConfigError(f"--filter: {len(text)} characters, at most {LONGEST} are read")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _Compiler(text, names).truth(tree.body)
    except SyntaxError as error:
        raise ConfigError(
            f"--filter: cannot read {text!r} ({error.msg}); "
            "write it like \"optim.name == 'adam' and optim.lr < 0.01\""
        ) from None
    except (RecursionError, MemoryError, ValueError) as error:
        raise ConfigError(f"--filter: cannot read it ({error})") from None


class _Compiler:
    def __init__(self, text: str, names: Collection[str]) -> None:
        self._text, self._names = text, names

    def truth(self, node: ast.expr) -> Test:
        """A node that answers yes or no."""
        if isinstance(node, ast.BoolOp):
            parts = [self.truth(part) for part in node.values]
            every = isinstance(node.op, ast.And)
            return lambda get: (all if every else any)(part(get) for part in parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.truth(node.operand)
            return lambda get: not inner(get)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        value = self.value(node)
        return lambda get: bool(value(get))

    def _comparison(self, node: ast.Compare) -> Test:
        sides = [self.value(side) for side in (node.left, *node.comparators)]
        steps = [_COMPARISONS[type(op)] for op in node.ops]

        def compare(get: Callable[[str], Any]) -> bool:
            values = [_plain(side(get)) for side in sides]
            try:
                return all(
                    step(a, b) for step, a, b in zip(steps, values, values[1:], strict=False)
                )
            except TypeError:  # None < 3, 'adam' < 3: not true of this run
                return False

        return compare

    def value(self, node: ast.expr) -> Callable[[Callable[[str], Any]], Any]:
        """A node that stands for a value."""
        if isinstance(node, ast.Constant) and isinstance(
            node.value, str | int | float | bool | None
        ):
            constant = node.value
            return lambda get: constant
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            number = node.operand
            if isinstance(number, ast.Constant) and type(number.value) in (int, float):
                signed = -number.value if isinstance(node.op, ast.USub) else number.value  # type: ignore[operator]
                return lambda get: signed
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            items = [self.value(item) for item in node.elts]
            return lambda get: [item(get) for item in items]
        if isinstance(node, ast.Name | ast.Attribute):
            dotted = self._dotted(node)
            if dotted in _WORDS:
                return lambda get: _WORDS[dotted]
            name = resolve_name(dotted, self._names, "--filter")
            return lambda get: get(name)
        if isinstance(node, ast.BoolOp | ast.Compare):
            return self.truth(node)
        raise ConfigError(
            f"--filter: {ast.get_source_segment(self._text.strip(), node)!r} is not understood; "
            "names, numbers, strings, lists, comparisons, and, or, not, in are"
        )

    def _dotted(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            return f"{self._dotted(node.value)}.{node.attr}"
        raise ConfigError(f"--filter: only a name can stand before .{getattr(node, 'attr', '')}")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def resolve_name(text: str, names: Collection[str], where: str) -> str:
    """The one of ``names`` that ``text`` means: itself, ``text.name``, or the only ``*.text``."""
    if text in names:
        return text
    if f"{text}.name" in names:
        return f"{text}.name"
    ends = [name for name in names if name.endswith(f".{text}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise ConfigError(f"{where}: {text!r} may be {', '.join(sorted(ends)[:4])}; write which")
    near = nearest(text, names)
    hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(names)[:8])}"
    raise ConfigError(f"{where}: no run has {text!r}; {hint}")
