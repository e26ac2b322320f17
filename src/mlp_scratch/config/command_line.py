"""What was typed after ``python -m mlp_scratch.train``: Hydra's flags, and overrides."""

import argparse
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import OverrideParseException

from mlp_scratch.config.paths import conf_dir
from mlp_scratch.errors import ConfigError


@dataclass(frozen=True)
class CommandLine:
    """The words taken apart; ``flags`` is all that is no override."""

    overrides: list[str]
    multirun: bool = False
    config_dir: str | None = None  # a folder of the user's own, searched after ours
    config_path: str = str(conf_dir())  # the folder of the primary config
    config_name: str = "config"
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


def parsed_overrides(words: Sequence[str]) -> list[Override]:
    """The overrides as Hydra understands them. Raises ConfigError."""
    try:
        return list(_parser().parse_overrides(list(words)))
    except OverrideParseException as error:
        if "=" not in error.override:
            fault = "not an override; write key=value (--help lists the keys)"
        else:
            fault = f"cannot be read ({error.message.splitlines()[0]}); quote the value"
        raise ConfigError(f"{error.override}: {fault}") from error


_parser = functools.cache(OverridesParser.create)


def each_value(override: Override) -> list[str]:
    """The override as it is, or one for each of its values when it has several.

    Raises ConfigError for a sweep that is no list of values.
    """
    if not override.is_sweep_override():
        return [str(override.input_line)]
    key = override.get_key_element()
    if not override.is_discrete_sweep():
        raise ConfigError(f"{override.input_line}: not a list of values; write {key}=0.1,0.2,0.3")
    words = [f"{key}={value}" for value in override.sweep_string_iterator()]
    if not words:
        raise ConfigError(f"{override.input_line}: an empty sweep, nothing to run")
    return words
