"""How a value is written: as it is typed on a command line, and as a person likes to read it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlp_scratch.errors import ConfigError

# What Hydra takes for text without quotes, but for the words that stand for something else
_PLAIN_TEXT = re.compile(r"(?!(null|true|false|inf|nan)$)[A-Za-z_][\w./-]*", re.IGNORECASE | re.A)


def written(value: Any) -> str:
    """A value as the right-hand side of an override, quoted so that Hydra reads the same back.

    Raises ConfigError for what no override can say.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return shown(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return value if _PLAIN_TEXT.fullmatch(value) else _quoted(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{written(k)}:{written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence | np.ndarray):
        return "[" + ",".join(map(written, value)) + "]"
    raise ConfigError(f"{value!r}: a setting must be a number, a text, a list or a mapping")


def _quoted(text: str) -> str:
    from hydra.core.override_parser.types import Quote, QuotedString  # takes a while

    return QuotedString(text, Quote.double).with_quotes()


def shown(value: Any) -> str:
    """A value for people: ``[784,128,10]``, ``0.01``, ``null``, ``true``, a text as it is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        short = f"{value:.6g}"
        return short if float(short) == value or value != value else repr(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{shown(k)}:{shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(shown, value)) + "]"
    return str(value)
