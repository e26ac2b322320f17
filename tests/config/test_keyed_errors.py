"""What an object refuses is told under the key that the user typed."""

import pytest

from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.range_checks import HyperparameterError, one_of, whole


def test_the_name_becomes_the_key() -> None:
    with (
        pytest.raises(ConfigError, match=r"^optim\.t=0: must be a whole number of at least 1$"),
        keyed("optim"),
    ):
        whole("t", 0, 1)


def test_a_place_in_a_list_stays_behind_the_key() -> None:
    with (
        pytest.raises(ConfigError, match=r"^model\.layers\[2\]=0: must be"),
        keyed("model", sizes="layers"),
    ):
        whole("sizes[2]", 0, 1)


def test_a_fix_is_said_in_the_words_of_a_config() -> None:
    with (
        pytest.raises(ConfigError, match=r"^model\.sizes=\[4\]: must be more; or \[null,null\]$"),
        keyed("model", {"sizes": "or [null,null]"}),
    ):
        raise HyperparameterError("sizes", "more", [4])


def test_the_nearest_choice_is_named() -> None:
    with (
        pytest.raises(ConfigError, match=r"one of fast, plain \(did you mean plain\?\)"),
        keyed("training"),
    ):
        one_of("kernels", "plian", ("fast", "plain"))
