"""From a composed or saved config to a checked one: merged onto the types of ``schema.py``."""

import copy
import re
from collections.abc import Sequence
from dataclasses import fields, make_dataclass
from difflib import get_close_matches
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mlp_scratch.config.registry import REGISTRIES, section_schema
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.errors import ConfigError


def nearest(word: str, known: Sequence[str]) -> str:
    """`` (did you mean X?)`` for the most similar of ``known``, or nothing."""
    near = get_close_matches(word, known, 1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""


def typed(config: DictConfig, seen: dict[str, Any] | None = None) -> ExperimentConfig:
    """Merge a composed or saved config onto the schema and check it. Raises ConfigError.

    seen: sections that were typed before, kept by a caller who has many configs that share most.
    """
    known = {f.name for f in fields(ExperimentConfig)}
    extra = sorted(set(map(str, config)) - known - {"hydra"})
    if extra:
        raise ConfigError(f"{extra[0]}: no such key{nearest(extra[0], sorted(known))}")
    sections: dict[str, Any] = {}
    for item in fields(ExperimentConfig):
        if item.name not in config:
            raise ConfigError(f"{item.name}: missing from the config")
        sections[item.name] = _section(item.name, item.type, config, seen)
    experiment = ExperimentConfig(**sections)
    experiment.check()
    return experiment


def _section(
    key: str, declared: Any, config: DictConfig, seen: dict[str, Any] | None = None
) -> Any:
    """One section (or top-level value) with its types enforced."""
    try:
        node = config[key]
        plain = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
        if seen is None:
            return _typed_section(key, declared, plain)
        text = f"{key}={plain!r}"
        if text not in seen:
            seen[text] = _typed_section(key, declared, plain)
        return copy.deepcopy(seen[text])
    except OmegaConfBaseException as error:
        raise ConfigError(_ill_typed(key, error)) from error


def _typed_section(key: str, declared: Any, plain: Any) -> Any:
    """The same for a plain value. Raises ConfigError, or OmegaConf's own errors."""
    if _beyond_64_bits(plain):
        raise ConfigError(f"{key}: a number there is too large")
    if key in REGISTRIES:
        if not isinstance(plain, dict) or not isinstance(plain.get("name"), str):
            raise ConfigError(f"{key}={plain}: must be a section with a name")
        declared = section_schema(key, plain["name"])
        merged = _merge(key, declared, plain)
        return OmegaConf.to_container(merged)
    if isinstance(declared, type) and hasattr(declared, "__dataclass_fields__"):
        return OmegaConf.to_object(_merge(key, declared, plain))
    return _merge("", make_dataclass("TopLevel", [(key, declared)]), {key: plain})[key]


def _beyond_64_bits(plain: Any) -> bool:
    """Whether there is a whole number so large that sooner or later something overflows."""
    if isinstance(plain, dict):
        return any(map(_beyond_64_bits, plain.values()))
    if isinstance(plain, list):
        return any(map(_beyond_64_bits, plain))
    return isinstance(plain, int) and abs(plain) >= 1 << 63


def _merge(key: str, declared: type, plain: Any) -> DictConfig:
    if not isinstance(plain, dict):
        raise ConfigError(f"{key}={plain}: must be a section, as in conf/{key}/")
    schema = OmegaConf.structured(declared)
    missing = [k for k in schema if k not in plain]
    if missing:
        raise ConfigError(f"{key}.{missing[0]}: missing; the YAML of this choice must give it")
    return OmegaConf.merge(schema, plain)  # type: ignore[return-value]


def _ill_typed(section: str, error: OmegaConfBaseException) -> str:
    """The message for ``training.epochs=ten``."""
    full_key = str(error.full_key or error.key or "")
    key = full_key if full_key.startswith(section) else f"{section}.{full_key}".strip(".")
    reason = str(error.msg or error).splitlines()[0]
    found = re.match(r"Value '(.*)' of type '.*' could not be converted to (\w+)", reason)
    if found:
        kinds = {"Integer": "a whole number", "Float": "a number", "Boolean": "true or false"}
        return f"{key}={found.group(1)}: must be {kinds.get(found.group(2), found.group(2))}"
    found = re.match(r"Invalid type assigned: .* value: (.*)", reason)
    if found:
        return f"{key}={found.group(1)}: is a section; set one of its keys, as {key}.KEY=VALUE"
    if reason.startswith("Key "):
        return f"{key}: no such key"
    return f"{key}: {reason}"
