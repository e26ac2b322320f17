"""What a search may try: the ranges and choices of ``search.space``, and overrides made of them."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from mlp_scratch.config.written_values import written
from mlp_scratch.errors import ConfigError, in_one_line

Space = dict[str, BaseDistribution]
MOST_CHOICES, MOST_POINTS = 1000, 100_000  # of a key; of a grid, which lies in memory as a whole


def read_space(plain: Mapping[str, Any]) -> Space:
    """The distributions of ``search.space``. Raises ConfigError."""
    space = {key: _distribution(key, entry) for key, entry in _flat(plain, "")}
    if not space:
        raise ConfigError("search.space: empty, nothing to search; give a key a range or choices")
    return space


def _flat(entry: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Dotted key and range of each key; ``optim: {lr: {low: ...}}`` is ``optim.lr``."""
    for name, value in entry.items():
        key = f"{prefix}{name}"
        if not isinstance(value, Mapping):
            yield key, value
            continue
        inner = {k: v for k, v in value.items() if isinstance(v, Mapping)}
        own = {k: v for k, v in value.items() if k not in inner}
        if own and not any(k in _KEYS for k in own) and inner:
            inner, own = dict(value), {}
        if own:
            yield key, own
        yield from _flat(inner, f"{key}.")


_KEYS = ("low", "high", "log", "step", "choices")


def _distribution(key: str, entry: Any) -> BaseDistribution:
    where = f"search.space.{key}"
    form = "write {low: 0.001, high: 0.1, log: true} or {choices: [1, 2]}"
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{where}={entry}: not a range; {form}")
    unknown = sorted(set(map(str, entry)) - set(_KEYS))
    if unknown:
        raise ConfigError(f"{where}.{unknown[0]}: no such key; {form}")
    if "choices" in entry:
        choices = entry["choices"]
        if not isinstance(choices, list) or not choices or len(entry) > 1:
            raise ConfigError(f"{where}={dict(entry)}: choices must be a list, alone; {form}")
        if len(choices) > MOST_CHOICES:
            raise ConfigError(f"{where}: {len(choices):,} choices; give {MOST_CHOICES:,} at most")
        return CategoricalDistribution([_word(choice) for choice in choices])
    low: Any = entry.get("low")
    high: Any = entry.get("high")
    step: Any = entry.get("step")
    log = bool(entry.get("log", False))
    numbers = [low, high] if step is None else [low, high, step]
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        raise ConfigError(f"{where}={dict(entry)}: low, high and step must be numbers; {form}")
    try:
        if all(isinstance(n, int) for n in numbers):
            return IntDistribution(int(low), int(high), log=log, step=int(step or 1))
        return FloatDistribution(float(low), float(high), log=log, step=step)
    except (ValueError, ArithmeticError) as error:
        raise ConfigError(f"{where}={dict(entry)}: {in_one_line(error)}") from error


def _word(choice: Any) -> str:
    """A choice as it is typed on the command line; a text is taken for that already."""
    return choice if isinstance(choice, str) else written(choice)


def overrides_of(params: Mapping[str, Any]) -> list[str]:
    """The overrides that a trial's parameters are."""
    return [f"{key}={_word(value)}" for key, value in params.items()]


def label_of(params: Mapping[str, Any]) -> list[str]:
    """The same, rounded, for the name of a folder."""
    return [
        f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value}"
        for key, value in params.items()
    ]


def corners(space: Space) -> list[dict[str, Any]]:
    """Parameters that between them hold every choice and both ends of every range."""
    values = {key: _ends(distribution) for key, distribution in space.items()}
    longest = max(map(len, values.values()))
    return [{key: v[min(i, len(v) - 1)] for key, v in values.items()} for i in range(longest)]


def _ends(distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return [distribution.low, distribution.high]


def grid_of(space: Space) -> dict[str, list[Any]]:
    """Every value of each key, for sampler=grid. Raises ConfigError if there is no end of them."""
    grid = {key: _points(key, distribution) for key, distribution in space.items()}
    if (points := math.prod(map(len, grid.values()))) > MOST_POINTS:
        raise ConfigError(f"search.sampler=grid: {points:,} points; use tpe or random")
    return grid


def _points(key: str, d: BaseDistribution) -> list[Any]:
    if isinstance(d, CategoricalDistribution):
        return list(d.choices)
    assert isinstance(d, IntDistribution | FloatDistribution)
    if d.log or d.step is None:
        raise ConfigError(f"search.space.{key}: sampler=grid needs choices, or a range with a step")
    if (d.high - d.low) / d.step > MOST_POINTS:
        raise ConfigError(f"search.space.{key}.step={d.step}: too small for sampler=grid")
    return [d.low + i * d.step for i in range(round((d.high - d.low) / d.step) + 1)]


def grid_size(space: Space) -> int:
    """How many trials a whole grid takes."""
    return math.prod(map(len, grid_of(space).values()))
