"""A word that nobody knows, and the known one that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The most similar of ``known``, or None when none is similar."""
    return next(iter(get_close_matches(word, list(known), 1, cutoff=0.5)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` (did you mean X?)``, to stand behind the unknown word, or nothing."""
    near = nearest(word, known)
    return f" (did you mean {near}?)" if near else ""
