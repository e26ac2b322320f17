"""Nested mappings by dotted key: ``{"optim": {"lr": 0.1}}`` is ``optim.lr``: 0.1."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any


def walk(nested: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of all that is in there, each mapping before what it holds."""
    for key, value in nested.items():
        yield f"{prefix}{key}", value
        if isinstance(value, Mapping):
            yield from walk(value, f"{prefix}{key}.")


def without(
    nested: Mapping[str, Any], named: Callable[[str, Any], bool], prefix: str = ""
) -> dict[str, Any]:
    """A copy without the values and mappings of which ``named(dotted key, value)`` is true."""
    return {
        key: without(value, named, f"{prefix}{key}.") if isinstance(value, Mapping) else value
        for key, value in nested.items()
        if not named(f"{prefix}{key}", value)
    }


def texts(nested: Any) -> Iterator[str]:
    """Every text in nested mappings and lists, keys too."""
    if isinstance(nested, str):
        yield str(nested)
    elif isinstance(nested, Mapping | list):
        inside = nested.items() if isinstance(nested, Mapping) else [nested]
        for value in itertools.chain.from_iterable(inside):
            yield from texts(value)


def entry(nested: Any, *keys: str) -> Any:
    """What lies there, a key a level; None where there is no such thing."""
    for key in keys:
        nested = nested.get(key) if isinstance(nested, Mapping) else None
    return nested


def flat(nested: Mapping[Any, Any]) -> dict[str, Any]:
    """The values that are no mappings, by dotted key; an empty mapping leaves nothing."""
    return {key: value for key, value in walk(nested) if not isinstance(value, Mapping)}
