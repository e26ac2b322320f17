"""How a network is put together, beyond its sizes: from a config, and in a checkpoint.

A checkpoint says it in ``structure``, JSON that needs no YAML to be read; one from before there was
anything to say has none.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.registry import construct, hyperparameters, registered, section_schema
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.kernels import Kernels
from mlp_scratch.nn.parametrization import MaximalUpdate


def structure_of(config: ExperimentConfig) -> dict[str, Any]:
    """What a checkpoint says. Raises ConfigError."""
    model, mup = config.model, None
    if model.parametrization == "mup":
        scale_free = registered("optim", config.optim["name"]).scale_free
        mup = {"base_width": model.base_width, "scale_free": scale_free}
    names = model.activations
    return {
        "activations": names and [_section(config, i, name) for i, name in enumerate(names)],
        "layer_norm": model.layer_norm,
        "ln_eps": model.ln_eps,
        "residual": model.residual,
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
    """``Network``'s keyword arguments for what a checkpoint says; {} is a network from before.

    activation: the section that holds where no list of activations does. Raises ConfigError.
    """
    sections = structure.get("activations") or [activation]
    for section in sections:
        section_schema("activation", section["name"])
    objects = [construct("activation", section, kernels=kernels) for section in sections]
    mup = structure.get("mup")
    return {
        "activation": objects if structure.get("activations") else objects[0],
        "layer_norm": structure.get("layer_norm", False),
        "ln_eps": structure.get("ln_eps", 1e-5),
        "residual": structure.get("residual", "none"),
        "mup": mup and MaximalUpdate(**mup),
    }


def config_keys(structure: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of ``model`` that say the same, but for the hyperparameters of activations."""
    activations, mup = structure.get("activations"), structure.get("mup")
    return {
        "activations": activations and [section["name"] for section in activations],
        "layer_norm": structure.get("layer_norm", False),
        "ln_eps": structure.get("ln_eps", 1e-5),
        "residual": structure.get("residual", "none"),
        "parametrization": "mup" if mup else "standard",
        "base_width": mup["base_width"] if mup else 64,
    }
