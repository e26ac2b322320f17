"""From overrides to a checked config, with errors that a person can act on.

Hydra composes the YAML, ``typed.py`` checks the result, before any folder is made. A typo is
answered with one or two lines naming the nearest real key instead of a traceback.
"""

import argparse
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf

from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.registry import REGISTRIES, hyperparameters
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import nearest, typed
from mlp_scratch.errors import ConfigError

FULL_ERROR = "HYDRA_FULL_ERROR"  # the environment variable that makes Hydra raise its errors

_COMPOSING = threading.Lock()  # Hydra composes in a global: one thread at a time
_raising = False  # whether FULL_ERROR was set by us


@dataclass(frozen=True)
class CommandLine:
    """What was typed after ``python -m mlp_scratch.train``, taken apart; ``flags`` is all else."""

    overrides: list[str]
    multirun: bool
    config_dir: str | None  # a folder of the user's own, searched after ours
    config_path: str  # the folder of the primary config
    config_name: str
    flags: tuple[str, ...] = ()


def parse_command_line(argv: Sequence[str]) -> CommandLine:
    """Split Hydra's flags from the overrides, as Hydra itself will do a moment later."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("overrides", nargs="*")
    for short, long in [("-h", "--help"), ("-sc", "--shell-completion")]:
        parser.add_argument(short, long, action="store_true")
    for flag in ["--hydra-help", "--version", "--resolve"]:
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--run", "-r", action="store_true")
    parser.add_argument("--multirun", "-m", action="store_true")
    for short, long in [("-c", "--cfg"), ("-p", "--package"), ("-cd", "--config-dir")]:
        parser.add_argument(short, long)
    parser.add_argument("--config-path", "-cp", default=str(conf_dir()))
    parser.add_argument("--config-name", "-cn", default="config")
    parser.add_argument("--info", "-i", nargs="?", const="all")
    parser.add_argument("--experimental-rerun")
    args, unknown = parser.parse_known_intermixed_args(argv)
    flags = [word for word in unknown if word.startswith("-")]
    if flags:
        raise ConfigError(f"{flags[0]}: no such flag; --help lists the overrides and flags")
    if args.experimental_rerun:
        raise ConfigError(
            "--experimental-rerun reads a pickle, which can execute anything; "
            "use python -m mlp_scratch.rerun RUN"
        )
    if args.config_dir is not None:
        _refuse_names_of_ours(Path(args.config_dir), Path(args.config_path))
    rest = list(argv)
    for word in args.overrides:
        rest.remove(word)
    return CommandLine(
        overrides=args.overrides,
        multirun=args.multirun or "hydra.mode=MULTIRUN" in args.overrides,
        config_dir=args.config_dir,
        config_path=args.config_path,
        config_name=args.config_name,
        flags=tuple(rest),
    )


def _refuse_names_of_ours(theirs: Path, ours: Path) -> None:
    """Hydra searches our folder first: a user's file of the same name would never be read."""
    for file in sorted(theirs.glob("*/*.yaml")):
        name = file.relative_to(theirs)
        if (ours / name).exists():
            raise ConfigError(f"{file}: {name.as_posix()} is one of ours; give yours another name")


def compose_config(overrides: Sequence[str] = ()) -> ExperimentConfig:
    """Compose ``conf/`` with ``overrides`` into a checked config.

    Raises ConfigError. This is what the commands do; it serves notebooks and tests as well.
    """
    line = CommandLine(list(overrides), False, None, str(conf_dir()), "config")
    return typed(composed(line))


def composed(line: CommandLine) -> DictConfig:
    """What Hydra makes of a command line, not yet checked. Raises ConfigError."""
    with _COMPOSING, _hydra(line):
        return _compose(line, line.overrides)


def composed_section(group: str, choice: str) -> DictConfig:
    """What ``group=choice`` puts into the config, not yet checked. Raises ConfigError."""
    word = f"{group}={choice}"
    return composed(CommandLine([word], False, None, str(conf_dir()), "config"))[group]


@contextmanager
def hydra_explained(line: CommandLine) -> Iterator[None]:
    """Around ``hydra.main``: raise ConfigError when Hydra cannot compose the command line.

    Hydra prints its own errors unless HYDRA_FULL_ERROR=1 asks it to raise them. So it does until
    ``hydra_composed`` is called; whatever comes later is none of our business.
    """
    global _raising
    _raising = os.environ.get(FULL_ERROR) != "1"
    os.environ[FULL_ERROR] = "1"
    try:
        yield
    except Exception as error:
        if _raising:
            check_command_line(line)
            if isinstance(error, HydraException):
                raise ConfigError(" ".join(str(error).split())) from error
        raise
    finally:
        hydra_composed()


def hydra_composed() -> None:
    """Hydra has composed: let it handle errors as usual again."""
    global _raising
    if _raising:
        os.environ.pop(FULL_ERROR, None)
    _raising = False


def check_command_line(line: CommandLine) -> None:
    """Raise ConfigError when some value of the command line cannot work.

    Of a sweep the first combination is checked here; the launcher checks all of them before the
    first job starts.
    """
    try:
        parsed = OverridesParser.create().parse_overrides(line.overrides)
    except OverrideParseException as error:
        raise ConfigError(_unreadable(error)) from error
    sweeps = [o for o in parsed if o.is_sweep_override()]
    if sweeps and not line.multirun:
        key = sweeps[0].get_key_element()
        raise ConfigError(
            f"{sweeps[0].input_line}: several values for {key} make a sweep; add -m to run it"
        )
    with _hydra(line):
        typed(_compose(line, [_first(override) for override in parsed]))


def _first(override: Override) -> str:
    """The override, or the first of its values when it has several."""
    if not override.is_sweep_override():
        return str(override.input_line)
    key = override.get_key_element()
    if not override.is_discrete_sweep():
        raise ConfigError(f"{override.input_line}: not a list of values; write {key}=0.1,0.2,0.3")
    for value in override.sweep_string_iterator():
        return f"{key}={value}"
    raise ConfigError(f"{override.input_line}: an empty sweep, nothing to run")


@contextmanager
def _hydra(line: CommandLine) -> Iterator[None]:
    """Hydra set up to compose from the command line's folders; nothing of it remains after."""
    folder = Path(line.config_path).absolute()
    if not folder.is_dir():
        raise ConfigError(f"--config-path={line.config_path}: no such folder")
    GlobalHydra.instance().clear()
    with initialize_config_dir(config_dir=str(folder), version_base="1.3", job_name="train"):
        yield


def _compose(line: CommandLine, overrides: list[str]) -> DictConfig:
    words = list(overrides)
    if line.config_dir is not None:
        folder = Path(line.config_dir).absolute()
        if not folder.is_dir():
            raise ConfigError(f"--config-dir={line.config_dir}: no such folder")
        words.append(f"hydra.searchpath=[file://{folder.as_posix()}]")
    with explained(words, line.config_name):
        return compose(line.config_name, words)


@contextmanager
def explained(words: list[str], config_name: str = "config") -> Iterator[None]:
    """Turn what Hydra raises while it composes ``words`` into a ConfigError for people."""
    try:
        yield
    except MissingConfigException as error:
        raise ConfigError(_missing(error, words)) from error
    except OverrideParseException as error:
        raise ConfigError(_unreadable(error)) from error
    except HydraException as error:
        raise ConfigError(_unknown_key(error, words, compose(config_name))) from error
    except ValueError as error:  # Hydra's, for optim=null
        raise ConfigError(f"{' '.join(words)}: cannot be composed ({error})") from error
    except yaml.YAMLError as error:
        raise ConfigError(
            f"a config file is not valid YAML: {' '.join(str(error).split())}"
        ) from error


def _unreadable(error: OverrideParseException) -> str:
    if "=" not in error.override:
        return f"{error.override}: not an override; write key=value (--help lists the keys)"
    return f"{error.override}: cannot be read ({error.message.splitlines()[0]}); quote the value"


def _missing(error: MissingConfigException, words: list[str]) -> str:
    """The message for ``optim=adm``: which choice does not exist, and the nearest that does."""
    missing, options = str(error.missing_cfg_file), [str(o) for o in error.options or []]
    group, _, choice = missing.rpartition("/")
    if not options:
        return f"{missing}: no such config file (given by {' '.join(words) or 'the defaults'})"
    return f"{group}={choice}: no such choice{nearest(choice, options)}; {group} is one of " + (
        ", ".join(sorted(options))
    )


def _unknown_key(error: HydraException, words: list[str], defaults: DictConfig) -> str:
    """The message for ``optim.betta=1`` or ``optm=adam``: the nearest real key or group."""
    first = str(error).splitlines()[0]
    named = re.search(r"Could not override '([^']+)'", first)
    if named is None:
        return " ".join(str(error).split())
    key = named.group(1).split("@")[0]
    word = next((w for w in words if w.lstrip("+~").startswith(key)), key)
    section, _, leaf = key.rpartition(".")
    parts = REGISTRIES.get(section, {}).items()
    owners = [name for name, part in parts if leaf in hyperparameters(part)]
    if owners:
        return f"{word}: a key of {section}={', '.join(owners)}, but not of this choice"
    known = [k for k in _dotted(_sections(words, defaults)) if k.rpartition(".")[0] == section]
    known = known or list(_dotted(defaults))
    inside = [k for k in _dotted(defaults) if k.rpartition(".")[2] == leaf]
    if not section and inside:
        return f"{word}: no such key (did you mean {' or '.join(inside)}?)"
    rest = f"; {section} has " + ", ".join(known) if section and len(known) < 15 else ""
    return f"{word}: no such key{nearest(key, known)}{rest}"


def _sections(words: list[str], defaults: DictConfig) -> DictConfig:
    """The defaults with the group choices among ``words``, so that their keys can be named."""
    choices = [w for w in words if re.fullmatch(r"[a-z_]+=[\w-]+", w)]
    try:
        return compose("config", choices)
    except HydraException:
        return defaults


def _dotted(config: Any, prefix: str = "") -> Iterator[str]:
    """The dotted keys of a nested mapping, sections and leaves."""
    for key in config:
        yield prefix + str(key)
        if OmegaConf.is_dict(config) and OmegaConf.is_dict(config._get_node(key)):
            yield from _dotted(config[key], f"{prefix}{key}.")
