"""Nested mappings by dotted key: ``{"optim": {"lr": 0.1}}`` is ``optim.lr``: 0.1."""

from collections.abc import Iterator, Mapping
from typing import Any


def walk(nested: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of all that is in there, each mapping before what it holds."""
    for key, value in nested.items():
        yield f"{prefix}{key}", value
        if isinstance(value, Mapping):
            yield from walk(value, f"{prefix}{key}.")


def flat(nested: Mapping[Any, Any]) -> dict[str, Any]:
    """The values that are no mappings, by dotted key; an empty mapping leaves nothing."""
    return {key: value for key, value in walk(nested) if not isinstance(value, Mapping)}
