"""From overrides to a checked config, with errors that a person can act on.

Hydra composes the YAML, ``typed.py`` checks the result, before any folder is made. A typo is
answered with one or two lines naming the nearest real key instead of a traceback.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf

from mlp_scratch.config.command_line import CommandLine, as_typed, each_value, parsed_overrides
from mlp_scratch.config.registry import REGISTRIES, hyperparameters
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.errors import ConfigError, in_one_line
from mlp_scratch.nested import walk
from mlp_scratch.typos import did_you_mean

_COMPOSING = threading.Lock()  # Hydra composes in a global: one thread at a time


def compose_config(overrides: Sequence[str] = ()) -> ExperimentConfig:
    """Compose ``conf/`` with ``overrides`` into a checked config.

    Raises ConfigError. This is what the commands do; it serves notebooks and tests as well.
    """
    return typed(composed(as_typed(CommandLine(list(overrides)))))


def composed(line: CommandLine) -> DictConfig:
    """What Hydra makes of a command line, not yet checked. Raises ConfigError."""
    words = list(line.overrides)
    with _COMPOSING, _hydra(line):
        if line.config_dir is not None:
            folder = Path(line.config_dir).absolute()
            if not folder.is_dir():
                raise ConfigError(f"--config-dir={line.config_dir}: no such folder")
            words.append(f"hydra.searchpath=[file://{folder.as_posix()}]")
        with explained(words, line.config_name):
            return compose(line.config_name, words)


def composed_section(group: str, choice: str) -> DictConfig:
    """What ``group=choice`` puts into the config, not yet checked. Raises ConfigError."""
    return composed(CommandLine([f"{group}={choice}"]))[group]


_COLUMNS = ("data.label", "data.drop", "data.keep", "data.categorical")


def check_command_line(line: CommandLine) -> None:
    """Raise ConfigError when some value of the command line cannot work.

    Of a sweep the first combination is checked here; the launcher checks all of them before the
    first job starts.
    """
    overrides = parsed_overrides(line.overrides)
    sweeps = [o for o in overrides if o.is_sweep_override()]
    if sweeps and not line.multirun:
        word, key = str(sweeps[0].input_line), sweeps[0].get_key_element()
        columns = f"; several columns: {key}=[{word.partition('=')[2]}]" * (key in _COLUMNS)
        raise ConfigError(
            f"{word}: several values for {key} make a sweep; add -m to run it{columns}"
        )
    first = [each_value(override)[0] for override in overrides]
    typed(composed(replace(line, overrides=first)))


@contextmanager
def _hydra(line: CommandLine) -> Iterator[None]:
    """Hydra set up to compose from the command line's folders; nothing of it remains after."""
    folder = Path(line.config_path).absolute()
    if not folder.is_dir():
        raise ConfigError(f"--config-path={line.config_path}: no such folder")
    GlobalHydra.instance().clear()
    with initialize_config_dir(config_dir=str(folder), version_base="1.3", job_name="train"):
        yield


@contextmanager
def explained(words: list[str], config_name: str = "config") -> Iterator[None]:
    """Turn what Hydra raises while it composes ``words`` into a ConfigError for people."""
    try:
        yield
    except MissingConfigException as error:
        raise ConfigError(_missing(error, words)) from error
    except HydraException as error:
        message = _misplaced(words, config_name) or in_one_line(error)
        raise ConfigError(message) from error
    except ValueError as error:  # Hydra's, for optim=null
        raise ConfigError(f"{' '.join(words)}: cannot be composed ({error})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"a config file is not valid YAML: {in_one_line(error)}") from error


def _missing(error: MissingConfigException, words: list[str]) -> str:
    """The message for ``optim=adm``: which choice does not exist, and the nearest that does."""
    missing, options = str(error.missing_cfg_file), [str(o) for o in error.options or []]
    group, _, choice = missing.rpartition("/")
    if not options:
        return f"{missing}: no such config file (given by {' '.join(words) or 'the defaults'})"
    near, known = did_you_mean(choice, options), ", ".join(sorted(options))
    return f"{group}={choice}: no such choice{near}; {group} is one of {known}"


def _misplaced(words: list[str], config_name: str) -> str | None:
    """The message for ``optim.betta=1`` or ``optm=adam``: the nearest real key or group.

    Which word it was is found out by composing: without the others its key is not there either.
    None when it is something else that is wrong. Raises ConfigError for a word that is unreadable.
    """
    overrides = parsed_overrides(words)
    choices = [word for word in words if re.fullmatch(r"[a-z_]+=[\w-]+", word)]
    defaults = compose(config_name)
    chosen = _composes(config_name, choices)
    if chosen is None:
        chosen, choices = defaults, []
    keys = _keys(chosen)
    for override in overrides:
        key, word = str(override.key_or_group), str(override.input_line)
        if key not in keys and _composes(config_name, [*choices, word]) is None:
            return f"{word}: {_nearest_key(key, keys, _keys(defaults))}"
    return None


def _composes(config_name: str, words: list[str]) -> DictConfig | None:
    try:
        return compose(config_name, words)
    except HydraException:
        return None


def _keys(config: DictConfig) -> list[str]:
    """The dotted keys of a config, sections and leaves."""
    plain: Any = OmegaConf.to_container(config, resolve=False)
    return [key for key, _ in walk(plain)]


def _nearest_key(key: str, keys: list[str], defaults: list[str]) -> str:
    """What is said of a key that is not among ``keys``."""
    section, _, leaf = key.rpartition(".")
    parts = REGISTRIES.get(section, {}).items()
    owners = [name for name, part in parts if leaf in hyperparameters(part)]
    if owners:
        return f"a key of {section}={', '.join(owners)}, but not of this choice"
    inside = [k for k in defaults if k.rpartition(".")[2] == leaf]
    if not section and inside:
        return f"no such key (did you mean {' or '.join(inside)}?)"
    beside = [k for k in keys if k.rpartition(".")[0] == section]
    rest = f"; {section} has {', '.join(beside)}" if section and 0 < len(beside) < 15 else ""
    return f"no such key{did_you_mean(key, beside or defaults)}{rest}"
