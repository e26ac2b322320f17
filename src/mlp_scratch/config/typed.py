"""From a composed or saved config to a checked one, its values of the types of ``schema.py``.

What YAML leaves open is settled here: ``1`` is a number with a point where one is wanted. Where a
text is wanted it must be one: YAML reads ``on``, ``1e3`` and ``007`` as something else, and what
stood there is lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mlp_scratch.config.absent_keys import ABSENT_MEANS
from mlp_scratch.config.registry import REGISTRIES, section_schema
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.written_values import shown
from mlp_scratch.errors import ConfigError
from mlp_scratch.typos import did_you_mean

_LARGEST = 1 << 63  # of whole numbers: sooner or later something overflows


def typed(config: DictConfig | Mapping[str, Any]) -> ExperimentConfig:
    """The config of a composed or saved one, checked. Raises ConfigError."""
    plain = {str(key): resolved(config, key) for key in config if key != "hydra"}
    try:
        experiment: ExperimentConfig = typed_as(ExperimentConfig, plain)
        experiment.check()
    except RecursionError:
        raise ConfigError("the config is nested too deeply") from None
    return experiment


def typed_as(kind: type, plain: Any, key: str = "") -> Any:
    """An object of the dataclass ``kind`` with the values of a mapping. Raises ConfigError.

    key: the section's, for messages.
    """
    return kind(**_section(key, plain, {f.name: f.type for f in fields(kind)}))


def resolved(config: DictConfig | Mapping[str, Any], key: Any) -> Any:
    """A section, or a value at the top, as plain values, its interpolations resolved."""
    try:
        node = config[key]
        return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    except OmegaConfBaseException as error:
        where, reason = error.full_key or key, str(error.msg or error).splitlines()[0]
        raise ConfigError(f"{where}: {reason}") from error


def _section(key: str, plain: Any, kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a section by name, each of its kind, in the order of ``kinds``."""
    if not isinstance(plain, dict):
        raise ConfigError(f"{key}={shown(plain)}: is a section; set one of its keys: {key}.KEY=...")
    values = {}
    for name in map(str, plain):
        if name not in kinds:
            raise ConfigError(f"{_inside(key, name)}: no such key{did_you_mean(name, kinds)}")
    for name, kind in kinds.items():
        inner = _inside(key, name)
        value = plain[name] if name in plain else ABSENT_MEANS.get(inner, "???")
        if value == "???":  # Hydra's sign for it
            raise ConfigError(f"{inner}: missing from the config; its YAML must give it")
        values[name] = _converted(inner, value, kind)
    return values


def _inside(section: str, name: str) -> str:
    return f"{section}.{name}" if section else name


def _converted(key: str, value: Any, kind: Any) -> Any:
    """``value`` as what ``kind`` says, a type as it stands in an annotation."""
    if key in REGISTRIES:
        if not isinstance(value, dict) or not isinstance(value.get("name"), str):
            raise ConfigError(f"{key}={shown(value)}: must be a section with a name")
        return _section(key, value, section_schema(key, value["name"]))
    if isinstance(kind, type) and is_dataclass(kind):
        return typed_as(kind, value, key)
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    if value is None and NoneType in kinds:
        return None
    for one in kinds:
        origin = get_origin(one) or one
        if origin is list and isinstance(value, list):
            (item,) = get_args(one)
            return [_converted(f"{key}[{i}]", v, item) for i, v in enumerate(value)]
        if origin not in _KINDS or (origin is dict and isinstance(value, dict)):
            return value
        converted = _scalar(value, one) if one in _SCALARS else None
        if converted is not None:
            return converted
    if str in kinds and type(value) in (bool, int, float):
        quoted = f"{key.rpartition('.')[2]}: '{'on' if value is True else shown(value)}'"
        fix = f"must be a text, which YAML reads here only in quotes, as in {quoted}"
        raise ConfigError(f"{key}={shown(value)}: {fix}")
    origins = [get_origin(one) or one for one in kinds]
    names = " or ".join(_KINDS[one] for one in origins)
    plain = list in origins and type(value) in (str, int, float)
    example = f", as in {key}=[{shown(value)}]" if plain else ""
    raise ConfigError(f"{key}={shown(value)}: must be {names}{example}")


def _flag(value: bool | int | str) -> bool:
    words = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
    return words[value.lower()] if isinstance(value, str) else bool(value)


# By type: the YAML values that can stand for it, and how it is made of them
_SCALARS: dict[Any, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    bool: ((bool, int, str), _flag),
    int: ((int, str), int),
    float: ((float, int, str), float),
    str: ((str,), str),
}
_KINDS: dict[Any, str] = {  # and what each type is called
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a section",
    NoneType: "null",
}


def _scalar(value: Any, kind: type) -> Any:
    """``value`` as a ``kind``, or None when it is nothing of the kind."""
    stands_for_it, convert = _SCALARS[kind]
    if type(value) not in stands_for_it or (type(value) is int and abs(value) >= _LARGEST):
        return None
    try:
        made = convert(value)
    except (ValueError, KeyError):
        return None
    return None if kind is int and abs(made) >= _LARGEST else made
