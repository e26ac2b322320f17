"""Reading a run's ``config.yaml`` fast and without trust: nested, or flat, ``{"optim.lr": 0.1}``.

Only plain values are understood. Tags could build objects and aliases let a small file stand for an
endless one: they are errors, as is a file that is too large. What looks like a date is text.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

from mlp_scratch.bounded_reads import LONGEST_NUMBER, read_plain_file
from mlp_scratch.nested import flat

Config = dict[str, Any]

LARGEST = 1 << 17  # bytes of a config; ours have two thousand
MOST_PIECES = 200_000  # what may become a value; a sweep of 10,000 jobs has as many

_SECTION = re.compile(r"^(?=[A-Za-z_][\w.-]*:(?:\s|$))", re.MULTILINE)
_PLAIN = ("null", "bool", "int", "float", "str", "seq", "map")
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML's safe loader for plain values: reads exactly what its safe dumper writes."""

    yaml_constructors = {  # noqa: RUF012  (the names are PyYAML's; fresh tables, not theirs)
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.rpartition(":")[2] in _PLAIN
    }
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in table if not tag.endswith(":timestamp")]
        for first, table in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        if node in self.constructed_objects:  # met before: an alias leads to it
            raise yaml.constructor.ConstructorError(
                None, None, "aliases have no place here", node.start_mark
            )
        return super().construct_object(node, deep)

    def construct_number(self, node: Any) -> Any:
        """A number of a length that a person would write; ``1:30`` is a time, and so text."""
        if ":" in node.value:
            return node.value
        if len(node.value) > LONGEST_NUMBER:
            raise ValueError(f"a number of {len(node.value)} digits")
        kind = yaml.SafeLoader.yaml_constructors[node.tag]
        value = kind(self, node)
        if isinstance(value, int):
            float(value)  # OverflowError: written in hexadecimal, it is no shorter than it was
        return value

    def flatten_mapping(self, node: Any) -> None:
        """Leave ``<<`` as it is: merging is another way to let a small file unfold."""


def plain_yaml(text: str) -> Any:
    """The plain values that ``text`` holds. Raises ValueError, in one line, for anything else."""
    if sum(map(text.count, "\n,[{-")) > MOST_PIECES:
        raise ValueError("too many values")
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = f"line {mark.line + 1}: " if mark is not None else ""
        raise ValueError(f"{line}{what}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (LookupError, TypeError, AttributeError, OverflowError) as error:  # !!bool x, !!int ""
        raise ValueError(f"not a plain value ({error})") from None


for _kind in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Loader.construct_number)


def config_path(folder: Path) -> Path | None:
    """The config that counts in a run's folder, or else the one that Hydra composed; or None."""
    for name in ("config.yaml", ".hydra/config.yaml"):
        if os.path.isfile(path := folder / name):
            return path
    return None


def read_config(path: Path) -> Config:
    """The config at ``path``, nested. Raises OSError, or ValueError (one line) for no config."""
    return _mapping(_text(path))


def read_flat_config(path: Path, memory: dict[str, Config] | None = None) -> Config:
    """The config as ``{dotted key: value}``; lists stay lists, an empty section disappears.

    A sweep writes the same sections over and over: ``memory`` carries those that were parsed from
    one file to the next. ``1e-3`` is a number, as Hydra reads it. Raises as ``read_config``.
    """
    text = _text(path)
    memory = {} if memory is None else memory
    whole: Config = {}
    try:
        for section in _SECTION.split(text):
            if section not in memory:
                memory[section] = _flat_numbers(_mapping(section))
            whole |= memory[section]
    except ValueError:  # say where in the whole file; or a value goes on at the margin
        return _flat_numbers(_mapping(text))
    return whole


def _text(path: Path) -> str:
    return read_plain_file(path, LARGEST).decode("utf-8")


def _mapping(text: str) -> Config:
    content = plain_yaml(text)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ValueError(f"a config has keys and values, this is a {type(content).__name__}")
    return content


def _is_deep(value: Any, room: int = 30) -> bool:
    """Whether it is nested deeper than any config of ours, or than others care to follow."""
    inside = value.values() if isinstance(value, dict) else value
    nested = isinstance(value, dict | list)
    return not room or (nested and any(_is_deep(v, room - 1) for v in inside))


def _flat_numbers(content: Config) -> Config:
    if _is_deep(content):
        raise ValueError("nested too deeply")
    return {
        key: float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value
        for key, value in flat(content).items()
    }
