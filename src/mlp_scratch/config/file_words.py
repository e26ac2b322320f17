"""Overrides that were read from a file, which somebody else may have written.

They say what an experiment is: values of its keys, and choices by their plain names. They have no
say over Hydra, which can be told to run code, over where files are looked up, or over a variable
of the environment. The reader of a run's config asks for as little; see ``runs/own_places.py`` for
the keys that say where something is written.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from mlp_scratch.config.command_line import parsed_overrides
from mlp_scratch.errors import ConfigError, RunError
from mlp_scratch.nested import texts

_KEY = re.compile(r"(?!hydra\b)[A-Za-z]\w*(\.[A-Za-z]\w*)*")
_CHOICE = re.compile(r"\w[\w.-]*")  # of a group: a name, never a path
LONGEST_WORD = 4_000  # characters: Hydra takes minutes for a list of thousands
_VALUES = ("name", "seed")  # the keys at the top that are no groups


def key_of(word: str) -> str:
    """The key that an override sets, adds or removes."""
    return word.partition("=")[0].lstrip("+~")


def keys_of(words: Iterable[str]) -> set[str]:
    """The keys that overrides are about."""
    return set(map(key_of, words))


def believed(words: Sequence[str], origin: object) -> list[str]:
    """The words, when they are what a file may say. Raises RunError, which names ``origin``."""
    for word in words:
        if not _is_harmless(word):
            raise RunError(
                f"{origin}: {word[:200]!r} is more than a value of an experiment; a file has no "
                "say over that, only your own command line"
            )
    return list(words)


@functools.cache  # the jobs of a sweep say the same over and over
def _is_harmless(word: str) -> bool:
    if len(word) > LONGEST_WORD or not word.isprintable():
        return False
    try:
        (override,) = parsed_overrides([word])
        value: Any = override.value()
    except (ConfigError, ValueError, RecursionError):
        return False
    key = str(override.key_or_group)
    if override.package or override.is_sweep_override() or not _KEY.fullmatch(key):
        return False
    words = list(texts(value))
    if any("${" in word or word == "_target_" for word in words):
        return False
    if "." in key or key in _VALUES:
        return True
    return isinstance(value, str | None) and all(map(_CHOICE.fullmatch, words))
