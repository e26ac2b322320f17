"""The nearest known word."""

import pytest

from mlp_scratch.typos import did_you_mean, nearest

WORDS = ["adam", "adamw", "sgd", "training.epochs"]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("adm", "adam"),
        ("training.epoch", "training.epochs"),
        ("sdg", "sgd"),
        ("zzz", None),
        ("", None),
    ],
)
def test_nearest(word: str, near: str | None) -> None:
    assert nearest(word, WORDS) == near
    assert did_you_mean(word, WORDS) == (f" (did you mean {near}?)" if near else "")
    assert nearest(word, []) is None
