"""A preset, and a group that is chosen beside it.

``experiment=keras_mlp optim=adam``: Hydra puts what the preset sets in ``optim``, meant for
RMSprop, on top of Adam. Whoever types a choice means the choice: here the preset's values of that
group are taken back, by overrides that are added to the typed ones.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from mlp_scratch.config.command_line import PRESETS, CommandLine, each_value, parsed_overrides
from mlp_scratch.config.compose import composed
from mlp_scratch.config.written_values import written
from mlp_scratch.errors import ConfigError


def with_choices_as_typed(line: CommandLine) -> CommandLine:
    """The command line with overrides that make a group what its typed choice says.

    Where several choices make a sweep, and would need different ones: raises ConfigError.
    """
    if not any(word.startswith(f"{PRESETS}=") for word in line.overrides):
        return line
    parsed = {o.key_or_group: o for o in parsed_overrides(line.overrides)}
    preset = parsed.get(PRESETS)
    chosen = [o for o in parsed.values() if o is not preset and line.is_choice(o)]
    if preset is None or preset.is_sweep_override() or not chosen:
        return line
    added: list[str] = []
    for override in chosen:
        group, typed = str(override.key_or_group), set(parsed)
        words = each_value(override)
        corrections = {tuple(_corrections(line, preset, group, word, typed)) for word in words}
        if len(corrections) > 1:
            raise ConfigError(
                f"{override.input_line}: {preset.input_line} sets keys of {group} itself; run the "
                "choices one by one, or sweep over the keys"
            )
        added += corrections.pop()
    return replace(line, overrides=[*added, *line.overrides])


def _corrections(
    line: CommandLine, preset: Override, group: str, word: str, typed: set[str]
) -> list[str]:
    """What turns the group beside the preset into the group alone; keys that were typed stay."""
    alone = _section(line, [word], group)
    beside = _section(line, [str(preset.input_line), word], group)
    return [
        f"{group}.{key}={written(alone[key])}" if key in alone else f"~{group}.{key}"
        for key in beside
        if f"{group}.{key}" not in typed and (key not in alone or alone[key] != beside[key])
    ]


def _section(line: CommandLine, words: list[str], group: str) -> Mapping[str, Any]:
    section = composed(replace(line, overrides=words))[group]
    if not isinstance(section, DictConfig):
        return {}
    plain: Any = OmegaConf.to_container(section, resolve=False)
    return plain
