"""Range checks: is a hyperparameter what it may be?

A constructor that is handed a learning constant outside its range says at once which one, which
rule it breaks and what it received. A silent ``beta1=9`` would cost its owner an afternoon.
"""

import functools
import math
import numbers
from collections.abc import Collection


class HyperparameterError(ValueError):
    """A hyperparameter that breaks its rule.

    ``str(error)`` reads ``beta1 must be in [0, 1), got 1.5``; the parts are in ``name``, ``rule``,
    ``value`` and, where only some words are allowed, ``choices``.
    """

    def __init__(self, name: str, rule: str, value: object, choices: Collection[str] = ()):
        super().__init__(f"{name} must be {rule}, got {value!r}")
        self.name = name
        self.rule = rule
        self.value = value
        self.choices = choices


def in_interval(name: str, value: float, interval: str) -> float:
    """Return ``value`` as a float if it lies in ``interval``, written as in mathematics: "[0, 1)".

    Infinite ends are ``inf`` and ``-inf``, always open. NaN, infinities, booleans and strings are
    refused.
    """
    low, low_open, high, high_open, rule = _parse(interval)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise HyperparameterError(name, f"a number {rule}", value)
    x = float(value)
    below = x <= low if low_open else x < low
    above = x >= high if high_open else x > high
    if below or above or math.isnan(x):
        raise HyperparameterError(name, rule, value)
    return x


def whole(name: str, value: int, minimum: int, maximum: int | None = None) -> int:
    """Return ``value`` as an int if it is a whole number from ``minimum`` to ``maximum``."""
    whole_number = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole_number or value < minimum or (maximum is not None and value > maximum):
        allowed = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum:,}"
        raise HyperparameterError(name, f"a whole number {allowed}", value)
    return int(value)


def flag(name: str, value: bool) -> bool:
    """Return ``value`` if it is a bool."""
    if not isinstance(value, bool):
        raise HyperparameterError(name, "true or false", value)
    return value


def one_of(name: str, value: str, choices: Collection[str]) -> str:
    """Return ``value`` if it is one of ``choices``."""
    if value not in choices:
        raise HyperparameterError(name, "one of " + ", ".join(choices), value, choices)
    return value


@functools.cache
def _parse(interval: str) -> tuple[float, bool, float, bool, str]:
    low, high = (float(end) for end in interval[1:-1].split(","))
    low_open, high_open = interval[0] == "(", interval[-1] == ")"
    rule = f"in {interval}"
    if high == math.inf and math.isfinite(low):
        rule = f"greater than {low:g}" if low_open else f"at least {low:g}"
    return low, low_open, high, high_open, rule
