"""From a hyperparameter out of its range to the dotted key that the user typed.

A range is stated in the object that needs it, by the checks of ``nn/range_checks.py``; what is
not allowed in a config is told here, whoever has found it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mlp_scratch.config.written_values import shown
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.range_checks import HyperparameterError
from mlp_scratch.typos import did_you_mean


@contextmanager
def keyed(section: str, **keys: str) -> Iterator[None]:
    """Raise ConfigError with the key of ``section`` for a hyperparameter that is refused inside.

    keys: by the hyperparameter's name, the key where it is called otherwise in the config.
    """
    try:
        yield
    except HyperparameterError as error:
        key = f"{section}.{keys.get(error.name, error.name)}".lstrip(".")
        near = did_you_mean(str(error.value), getattr(error, "choices", ()))
        raise ConfigError(f"{key}={shown(error.value)}: must be {error.rule}{near}") from error
