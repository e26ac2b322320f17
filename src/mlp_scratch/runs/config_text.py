"""Reading a run's ``config.yaml`` fast and without trust, as a flat ``{"optim.lr": 0.01}``.

A sweep writes the same sections over and over; each distinct section of text is parsed once. Only
plain YAML is understood: tags that would build objects are errors, and text that unfolds into
very many values through aliases is refused.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

Config = dict[str, Any]

LARGEST = 1_000_000  # characters
MOST_VALUES = 20_000

_SECTION = re.compile(r"^(?=[A-Za-z_][\w.-]*:(?:\s|$))", re.MULTILINE)
_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?[eE][-+]?[0-9]+$")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML's safe loader, but ``1e-3`` is a number and ``2024-01-01`` is text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (the name is PyYAML's; a fresh table, not theirs)
        first: [(tag, pattern) for tag, pattern in table if not tag.endswith(":timestamp")]
        for first, table in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789"))


def read_config(path: str | os.PathLike[str], memory: dict[str, Config] | None = None) -> Config:
    """The config as ``{dotted key: value}``; lists stay lists, an empty section disappears.

    ``memory`` carries parsed sections from one file to the next. Raises OSError when the file
    cannot be read, ValueError (one line) when it is not a config.
    """
    text = Path(path).read_text(encoding="utf-8")
    if len(text) > LARGEST:
        raise ValueError(f"{len(text):,} characters are too many for a config")
    memory = {} if memory is None else memory
    try:
        flat: Config = {}
        for section in _SECTION.split(text):
            if section not in memory:
                memory[section] = _parse(section)
            flat |= memory[section]
        return flat
    except yaml.YAMLError:
        return _parse_or_explain(text)  # perhaps aliases reach from one section into another
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _parse_or_explain(text: str) -> Config:
    try:
        return _parse(text)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = f"line {where.line + 1}: " if where is not None else ""
        raise ValueError(f"{line}{what}") from None


def _parse(text: str) -> Config:
    content = yaml.load(text, Loader=_Loader)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ValueError(f"a config has keys and values, this is a {type(content).__name__}")
    flat: Config = {}
    budget = [MOST_VALUES]
    _flatten(content, "", flat, budget)
    return flat


def _flatten(node: dict[Any, Any], prefix: str, flat: Config, budget: list[int]) -> None:
    for key, value in node.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            _spend(budget)
            _flatten(value, name + ".", flat, budget)
        else:
            _count(value, budget)
            flat[name] = value


def _count(value: Any, budget: list[int]) -> None:
    _spend(budget)
    if isinstance(value, list | tuple | set):
        for item in value:
            _count(item, budget)
    elif isinstance(value, dict):
        for key, item in value.items():
            _count(key, budget)
            _count(item, budget)


def _spend(budget: list[int]) -> None:
    budget[0] -= 1
    if budget[0] < 0:
        raise ValueError(f"more than {MOST_VALUES:,} values")
