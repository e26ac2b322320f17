"""The words of the filter language."""

import time

import pytest

from mlp_scratch.errors import ConfigError
from mlp_scratch.report.filter_tokens import LONGEST
from mlp_scratch.report.filters import Seen, compile_filter

VALUES = {"optim.name": "adam", "seed": "3", "val_accuracy": 0.97}
RUN = Seen(VALUES.get, ["adam", "finished"])


def verdict(text):
    """True, False, or what is wrong with ``text``."""
    try:
        return compile_filter(text, VALUES, {"val_accuracy"})(RUN)
    except ConfigError as error:
        return str(error)


@pytest.mark.parametrize(
    "piece",
    ["(", "not ", "[", "'", "' ", " ", "\t\u00a0", "1", "1.", "seed ", "seed,", "seed<", "seed==1 ",
     "-", "%", "1 % ", "a.", "é", "(seed)", "seed in [1] or ", "[1,", "\x00"],
)  # fmt: skip
def test_no_text_takes_long(piece):
    """The longest that is read takes a moment, and what is longer is not looked at."""
    for length in (LONGEST, 5_000_000):
        text = (piece * (length // len(piece) + 1))[:length]
        begin = time.process_time()
        said = verdict(text)
        assert time.process_time() - begin < 2  # what grows as the square of it takes hours
        assert isinstance(said, bool) or len(said) < 300
