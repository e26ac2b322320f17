"""From a hyperparameter out of its range to the dotted key that the user typed.

A range is stated in the object that needs it, by the checks of ``nn/range_checks.py``; what is
not allowed in a config is told here, whoever has found it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from mlp_scratch.config.written_values import shown
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.range_checks import HyperparameterError
from mlp_scratch.typos import did_you_mean


@contextmanager
def keyed(
    section: str, fixes: Mapping[str, str] = MappingProxyType({}), **keys: str
) -> Iterator[None]:
    """Raise ConfigError with the key of ``section`` for a hyperparameter that is refused inside.

    keys: by the hyperparameter's name, without the place in a list (``sizes[1]``), the key where it
    is called otherwise in the config. fixes: by the same name, what else a config can say.
    """
    try:
        yield
    except HyperparameterError as error:
        name, bracket, place = error.name.partition("[")
        key = f"{section}.{keys.get(name, name)}{bracket}{place}".lstrip(".")
        near = did_you_mean(str(error.value), getattr(error, "choices", ()))
        fix = f"; {fixes[error.name]}" if error.name in fixes else ""
        raise ConfigError(f"{key}={shown(error.value)}: must be {error.rule}{fix}{near}") from error
