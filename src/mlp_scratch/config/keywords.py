"""From Python keywords to config overrides: ``lr=0.01`` is ``optim.lr=0.01``.

So that a notebook needs no dotted keys: a keyword is the name of a group (its value a choice, or a
mapping with a ``name``), or the last part of a key that only one section has. Which keys there are
is asked of the schema and the constructors, so nothing has to be listed twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from mlp_scratch.config.registry import REGISTRIES, SHARED_KEYS, hyperparameters
from mlp_scratch.config.schema import (
    EarlyStoppingConfig,
    ModelConfig,
    RegularizationConfig,
    TrainingConfig,
)
from mlp_scratch.config.written_values import written
from mlp_scratch.errors import ConfigError
from mlp_scratch.typos import did_you_mean

_CHOSEN = tuple(section for section in REGISTRIES if section != "tracking")
GROUPS = ("model", "regularization", "training", "experiment", *_CHOSEN)
_TOP_LEVEL = ("seed", "name", "task")
_DECLARED = {  # sections whose keys are the same whatever is chosen
    "model": ModelConfig,
    "regularization": RegularizationConfig,
    "training": TrainingConfig,
    "training.early_stopping": EarlyStoppingConfig,
}
_NAMES: dict[str, set[str]] = {
    "data": {"normalize", "missing", "rare", "max_width"},  # what is done to rows, whoever has them
    **{section: {f.name for f in fields(kind)} for section, kind in _DECLARED.items()},
}
_NAMES["training"].remove("early_stopping")


def overrides_of(keywords: Mapping[str, Any]) -> list[str]:
    """The overrides that say the same as ``keywords``. Raises ConfigError for an unknown one."""
    choices: dict[str, str] = {}
    words: list[str] = []
    for key, value in keywords.items():
        if key in GROUPS and isinstance(value, Mapping):
            rest = dict(value)
            if "name" in rest:
                choices[key] = str(rest.pop("name"))
            words += [f"{key}.{inner}={written(v)}" for inner, v in rest.items()]
        elif key in GROUPS and value is not None:
            choices[key] = str(value)
    for key, value in keywords.items():
        if key not in GROUPS:
            words.append(f"{dotted(key, choices)}={written(value)}")
    return [f"{group}={choice}" for group, choice in choices.items()] + words


def dotted(key: str, choices: Mapping[str, str]) -> str:
    """The full key that ``key`` stands for, given the groups' choices so far."""
    if key in _TOP_LEVEL:
        return key
    for section, names in _NAMES.items():
        if key in names:
            return f"{section}.{key}"
    having = [section for section in _CHOSEN if key in _keys(section, REGISTRIES[section])]
    if len(having) > 1:
        chosen = [s for s in having if s in choices and key in _keys(s, [choices[s]])]
        having = chosen if len(chosen) == 1 else having
    if len(having) == 1:
        return f"{having[0]}.{key}"
    if having:
        both = " and ".join(f"{section}.{key}" for section in having)
        raise ConfigError(
            f"{key}: stands for {both}; say which in overrides=['{having[0]}.{key}=...']"
        )
    of_choices = (_keys(section, REGISTRIES[section]) for section in _CHOSEN)
    known = {*GROUPS, *_TOP_LEVEL}.union(*_NAMES.values(), *of_choices)
    raise ConfigError(f"{key}: no such setting{did_you_mean(key, sorted(known))}")


def _keys(section: str, choices: Iterable[str]) -> set[str]:
    """Keys of some choices of a section; of one that is not known those of all."""
    registry = REGISTRIES[section]
    constructors = [registry[name] for name in choices if name in registry]
    return set(SHARED_KEYS[section]).union(*map(hyperparameters, constructors))
