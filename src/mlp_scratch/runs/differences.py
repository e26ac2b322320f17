"""What tells runs apart: which config keys vary, and a short name for each run made of them.

A key that only exists because another one was chosen (``optim.beta1`` came along with
``optim=adam``) does not count as a difference of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mlp_scratch.config.key_roles import is_hyperparameter
from mlp_scratch.config.written_values import shown
from mlp_scratch.runs.config_file import Config
from mlp_scratch.runs.find import natural_order

MISSING = "–"


def canonical(value: Any) -> str:
    """Equal for values that mean the same: 1 and 1.0, lists and tuples."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, default=str, ensure_ascii=False)


def differing_keys(configs: Sequence[Config]) -> list[str]:
    """The keys that do not have one value in all of ``configs``, in the order of the configs."""
    return [key for key, values in _values(configs).items() if len(set(values)) > 1]


def varying_keys(configs: Sequence[Config]) -> list[str]:
    """The hyperparameters that differ between ``configs``, in the order of the configs.

    Left out: keys that are no hyperparameters (names, where data lies, threads, ...), and those
    that are implied by the choice of their group (present in some runs only, and constant wherever
    ``group.name`` is).
    """
    values = _values(configs)
    return [
        key
        for key, its in values.items()
        if len(set(its)) > 1 and is_hyperparameter(key) and not _implied(key, values)
    ]


def _values(configs: Sequence[Config]) -> dict[str, list[str | None]]:
    order = dict.fromkeys(key for config in configs for key in config)
    return {
        key: [canonical(config[key]) if key in config else None for config in configs]
        for key in order
    }


def _implied(key: str, values: dict[str, list[str | None]]) -> bool:
    choice = key.partition(".")[0] + ".name"
    if None not in values[key] or key == choice or choice not in values:
        return False
    seen: dict[str | None, str | None] = {}
    return all(
        seen.setdefault(name, value) == value
        for name, value in zip(values[choice], values[key], strict=True)
    )


def short_key(key: str) -> str:
    """The key as it is typed on the command line: ``optim`` for ``optim.name``."""
    return key.removesuffix(".name") if key.count(".") == 1 else key


def sort_value(value: Any) -> tuple[int, float, list[tuple[int, int, str]]]:
    """Numbers before texts, texts in natural order, nothing last."""
    if value is None or value == MISSING:
        return (2, 0.0, [])
    if isinstance(value, int | float):
        return (0, float(value), [])
    return (1, 0.0, natural_order(shown(value)))


def describe(config: Config, keys: Sequence[str]) -> str:
    """``config`` in the terms of ``keys``: "adam, lr 0.01, seed 3"; "" when there are none.

    Names speak for themselves, but for "none"; everything else is named by the last part of its
    key, or by the whole key where two of them end alike.
    """
    last = [key.rpartition(".")[2] for key in keys]
    parts = []
    for key, tail in zip(keys, last, strict=True):
        if key not in config or config[key] is None:
            continue
        value = shown(config[key])
        if key == "name" or (tail == "name" and key.count(".") == 1):
            parts.append(f"{short_key(key)} none" if value == "none" else value)
        else:
            parts.append(f"{tail if last.count(tail) == 1 else key} {value}")
    return ", ".join(parts)


def differences(first: Config, second: Config) -> list[tuple[str, str, str]]:
    """(key, value in the first, value in the second) wherever two configs differ."""
    rows = []
    for key in dict.fromkeys([*first, *second]):
        a, b = first.get(key, MISSING), second.get(key, MISSING)
        if (key in first) != (key in second) or canonical(a) != canonical(b):
            rows.append((key, shown(a), shown(b)))
    return rows
