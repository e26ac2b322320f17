"""How a network is put together, beyond its sizes: from a config, and in a checkpoint.

A checkpoint says it in ``structure``, JSON that needs no YAML to be read.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.registry import construct, hyperparameters, registered
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.kernels import Kernels
from mlp_scratch.nn.parametrization import MaximalUpdate

_ALIKE = ("layer_norm", "ln_eps", "residual")  # called and said the same everywhere


def structure_of(config: ExperimentConfig) -> dict[str, Any]:
    """What a checkpoint says. Raises ConfigError."""
    model, mup = config.model, None
    if model.parametrization == "mup":
        scale_free = registered("optim", config.optim["name"]).scale_free
        mup = {"base_width": model.base_width, "scale_free": scale_free}
    names = model.activations
    return {
        "activations": names and [_section(config, i, name) for i, name in enumerate(names)],
        **{key: getattr(model, key) for key in _ALIKE},
        "mup": mup,
    }


def _section(config: ExperimentConfig, i: int, name: str) -> dict[str, Any]:
    """An activation of the list, as a section: the config's own, or that of its YAML."""
    if name == config.activation["name"]:
        return dict(config.activation)
    path = conf_dir() / "activation" / f"{name}.yaml"
    if not hyperparameters(registered("activation", name)):
        return {"name": name}
    if not path.is_file():
        raise ConfigError(
            f"model.activations[{i}]={name}: has hyperparameters, and no YAML in {path.parent}; "
            f"give them with activation={name}"
        )
    section: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return section


def network_arguments(
    structure: Mapping[str, Any], activation: Mapping[str, Any], kernels: Kernels
) -> dict[str, Any]:
    """``Network``'s keyword arguments for what a checkpoint says.

    activation: the section that holds where no list of activations does. Raises ConfigError.
    """
    several, mup = structure["activations"], structure["mup"]
    objects = [construct("activation", one, kernels=kernels) for one in several or [activation]]
    return {
        "activation": objects if several else objects[0],
        **{key: structure[key] for key in _ALIKE},
        "mup": mup and MaximalUpdate(**mup),
    }


def config_keys(structure: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of ``model`` that say the same, but for the hyperparameters of activations."""
    activations, mup = structure["activations"], structure["mup"]
    return {
        "activations": activations and [section["name"] for section in activations],
        **{key: structure[key] for key in _ALIKE},
        "parametrization": "mup" if mup else "standard",
        "base_width": mup["base_width"] if mup else 64,
    }
