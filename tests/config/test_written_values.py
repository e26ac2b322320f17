"""How values are written: Hydra reads back what was meant, and people get what they would type."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp_scratch.config.command_line import parsed_overrides
from mlp_scratch.config.written_values import shown, written
from mlp_scratch.errors import ConfigError

WORDS = ["null", "TRUE", "False", "inf", "NaN", "-inf", "1", "1e3", "0x1", "a b", "", " a", "a,b"]
WORDS += ["[1]", "{a:1}", "a=b", "it's", 'say "x"', "\\", "a\\", "\\'", '\\"', "${seed}", "größe"]
WORDS += ["a/b.c-d", "_x", "a:b", "choice(1,2)", "*", "a\nb", "\t"]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(WORDS)
keys = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True).filter(
    lambda key: key.lower() not in ("null", "true", "false", "inf", "nan")
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def same(a: Any, b: Any) -> bool:
    """Equal in type and value, NaN to itself."""
    if isinstance(a, list):
        return type(b) is list and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(b) is dict and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    both_nan = isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)
    return both_nan or (type(a) is type(b) and a == b)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(values)
def test_hydra_reads_back_what_was_written(value: Any) -> None:
    (override,) = parsed_overrides([f"key={written(value)}"])
    assert same(override.value(), value), written(value)


@pytest.mark.parametrize("word", WORDS)
def test_words_that_need_quotes(word: str) -> None:
    (override,) = parsed_overrides([f"key={written([word])}"])
    assert override.value() == [word]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(0.5), "0.5"),
        (np.int32(3), "3"),
        (np.bool_(True), "true"),
        ((1, None), "[1,null]"),
        (np.arange(3), "[0,1,2]"),
        ("relu", "relu"),
        (1e-5, "1e-05"),
    ],
)
def test_what_python_has_beside(value: Any, text: str) -> None:
    assert written(value) == text


def test_what_no_override_can_say() -> None:
    with pytest.raises(ConfigError, match="must be a number, a text"):
        written(object())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (0.01, "0.01"),
        (1.0, "1"),
        (1e-4, "0.0001"),
        (0.1 + 0.2, "0.30000000000000004"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        ([784, 128, None], "[784,128,null]"),
        ((0.5, "a b"), "[0.5,a b]"),
        ({"a": {"b": None}}, "{a:{b:null}}"),
        ("first try", "first try"),
    ],
)
def test_values_for_people(value: Any, text: str) -> None:
    assert shown(value) == text
