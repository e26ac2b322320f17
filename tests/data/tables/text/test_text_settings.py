"""How a text is to be read, as its user says it."""

import pytest

from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.nn.range_checks import HyperparameterError


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("delimiter", v) for v in ("ab", "a", '"', "\n", ".", "")),
        *(("decimal", v) for v in (";", "")),
        *(("quote", v) for v in ("x", "triple")),
        *(("encoding", v) for v in ("zip", "klingon", "a\0b", "undefined", "rot13")),
        *(("comment", v) for v in ("123456789", "\n")),
        ("header", "maybe"),
    ],
)
def test_a_reading_that_cannot_be(key: str, value: str) -> None:
    with pytest.raises(HyperparameterError, match=key):
        Reading(**{key: value})
    with pytest.raises(HyperparameterError, match="delimiter"):
        Reading(delimiter="comma", decimal="comma")
