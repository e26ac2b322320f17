"""The sections of a config that choose a piece of mathematics by ``name``.

Each has a registry, the plain dict that stands beside the classes or functions. The keys and types
of a choice are the keyword-only parameters of its constructor, so that a new optimizer is a class
and a YAML file and nothing else. Modules of the user's own may add to the registries; they are
imported before a name is said to be unknown (see ``own_modules.py``).
"""

import functools
import inspect
from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.data.augment.augmentations import AUGMENTATIONS
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.adversarial import ADVERSARIES
from mlp_scratch.nn.averaging import AVERAGES
from mlp_scratch.nn.kernels import PLAIN, Kernels
from mlp_scratch.nn.losses import LOSSES
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.range_checks import one_of
from mlp_scratch.nn.schedules import SCHEDULES
from mlp_scratch.own_modules import FLAG, import_own_modules
from mlp_scratch.tracking.trackers import TRACKERS


def auto() -> None:
    """The usual loss of the task."""


REGISTRIES: dict[str, Mapping[str, Any]] = {
    "loss": ChainMap(LOSSES, {"auto": auto}),
    "activation": ACTIVATIONS,
    "optim": OPTIMIZERS,
    "schedule": SCHEDULES,
    "augment": AUGMENTATIONS,
    "average": AVERAGES,
    "adversarial": ADVERSARIES,
    "tracking": TRACKERS,
}

# Keys that every choice of a section has, and that are not its constructor's.
SHARED_KEYS: dict[str, dict[str, Any]] = {section: {} for section in REGISTRIES} | {
    "optim": {"lr": float},
    "schedule": {"warmup_epochs": float, "warmup_start": float, "total_epochs": int | None},
}

# What a constructor takes beside its hyperparameters, for trying one out before there is data.
_STAND_INS: dict[str, tuple[Any, ...]] = {
    "optim": (1, 1, np.float32),
    "schedule": (0, 1, 1),
    "augment": ((28, 28),),
    "average": (1, np.float32),
}


def construct(
    section: str, values: Mapping[str, Any], *structure: Any, kernels: Kernels = PLAIN
) -> Any:
    """``REGISTRY[name](*structure, **hyperparameters)`` for a section's values.

    kernels: what they have in the place of the class is taken.
    Raises ConfigError with the dotted key when a hyperparameter is out of its range.
    """
    shared = SHARED_KEYS[section]
    keys = {k: v for k, v in values.items() if k != "name" and k not in shared}
    constructor = registered(section, values["name"])
    with keyed(section):
        return kernels.of(constructor)(*structure, **keys)


def try_constructors(section: str, values: Mapping[str, Any]) -> None:
    """Construct a section's choice for nothing, to have its values checked. Raises ConfigError."""
    is_plateau = (section, values["name"]) == ("schedule", "plateau")
    construct(section, values, *(() if is_plateau else _STAND_INS.get(section, ())))


@functools.cache
def hyperparameters(constructor: Callable) -> dict[str, Any]:
    """Name -> type of a constructor's keyword-only parameters: its keys in the YAML."""
    parameters = inspect.signature(constructor, eval_str=True).parameters.values()
    return {p.name: p.annotation for p in parameters if p.kind is p.KEYWORD_ONLY}


def section_schema(section: str, name: str) -> dict[str, Any]:
    """Key -> type for the choice ``name`` of a section, from its constructor's signature."""
    constructor = registered(section, name)
    return {"name": str, **SHARED_KEYS[section], **hyperparameters(constructor)}


def registered(section: str, name: str, key: str | None = None) -> Any:
    """What ``name`` stands for in a section. Raises ConfigError, for ``key`` if it is another."""
    registry = REGISTRIES[section]
    if name not in registry:
        import_own_modules()
    try:
        with keyed("", name=key or f"{section}.name"):
            one_of("name", name, tuple(registry))
    except ConfigError as error:
        raise ConfigError(f"{error} ({FLAG} MODULE imports one of your own)") from error
    return registry[name]
