"""What was typed after ``python -m mlp_scratch.train``: Hydra's flags, and overrides."""

import argparse
import functools
import itertools
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, Override
from hydra.errors import OverrideParseException

from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.written_values import written
from mlp_scratch.errors import ConfigError
from mlp_scratch.own_modules import add_import_flag, without_import_flag
from mlp_scratch.typos import nearest

PRESETS = "experiment"
_SWITCHES = (
    *(("-h", "--help"), ("--hydra-help",), ("--version",), ("-sc", "--shell-completion")),
    *(("-r", "--run"), ("-m", "--multirun"), ("--resolve",)),
)


@dataclass(frozen=True)
class CommandLine:
    """The words taken apart; ``flags`` is all that is no override and is Hydra's."""

    overrides: list[str]
    multirun: bool = False
    config_dir: str | None = None  # a folder of the user's own, searched after ours
    config_path: str = str(conf_dir())  # the folder of the primary config
    config_name: str = "config"
    flags: tuple[str, ...] = ()

    @property
    def folders(self) -> list[Path]:
        """Those that configs are looked up in."""
        return [Path(folder) for folder in (self.config_path, self.config_dir) if folder]

    def is_choice(self, override: Override) -> bool:
        """Whether it chooses from a group."""
        key = override.key_or_group
        return "." not in key and any((folder / key).is_dir() for folder in self.folders)


def parse_command_line(argv: Sequence[str]) -> CommandLine:
    """Split Hydra's flags from the overrides, as Hydra itself will do a moment later."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("overrides", nargs="*")
    for flags in _SWITCHES:
        parser.add_argument(*flags, action="store_true")
    for flags in [("-c", "--cfg"), ("-p", "--package"), ("-cd", "--config-dir")]:
        parser.add_argument(*flags)
    parser.add_argument("--config-path", "-cp", default=str(conf_dir()))
    parser.add_argument("--config-name", "-cn", default="config")
    parser.add_argument("--info", "-i", nargs="?", const="all")
    parser.add_argument("--experimental-rerun")
    add_import_flag(parser)
    args, unknown = parser.parse_known_intermixed_args(argv)
    for word in unknown:
        if word.startswith("-"):
            raise ConfigError(_no_such_flag(word, argv[list(argv).index(word) + 1 :]))
    if args.experimental_rerun:
        raise ConfigError(
            "--experimental-rerun reads a pickle, which can execute anything; "
            "use python -m mlp_scratch.rerun RUN"
        )
    if args.config_dir is not None:
        _refuse_names_of_ours(Path(args.config_dir), Path(args.config_path))
    rest = without_import_flag(argv)
    for word in args.overrides:
        rest.remove(word)
    line = CommandLine(
        args.overrides,
        multirun=args.multirun or "hydra.mode=MULTIRUN" in args.overrides,
        config_dir=args.config_dir,
        config_path=args.config_path,
        config_name=args.config_name,
        flags=tuple(rest),
    )
    return as_typed(line)


def _refuse_names_of_ours(theirs: Path, ours: Path) -> None:
    """Hydra searches our folder first: a user's file of the same name would never be read."""
    for file in sorted([*theirs.glob("*.yaml"), *theirs.glob("*/*.yaml")]):
        name = file.relative_to(theirs)
        if (ours / name).exists():
            fix = "" if name.parent.name else ", and say it with --config-name"
            raise ConfigError(
                f"{file}: {name.as_posix()} is one of ours; give yours another name{fix}"
            )


def _no_such_flag(flag: str, following: Sequence[str]) -> str:
    """What is said of ``--epochs 3``: the key that was meant, with its value."""
    from mlp_scratch.config.schema import every_key

    name, equals, _ = flag.lstrip("-").replace("-", "_").partition("=")
    kinds = dict(every_key())
    leaves = {key.rpartition(".")[2]: key for key in reversed(kinds)}
    leaves |= {word: word for key in kinds for word in (key, key.partition(".")[0])}
    if (known := nearest(name, leaves)) is None:
        return f"{flag}: no such flag; --help lists the overrides and flags"
    plain = itertools.takewhile(lambda word: "=" not in word and word[0:1] != "-", following)
    values = [flag.partition("=")[2]] if equals else list(plain)
    key, shown = leaves[known], ",".join(values) or "VALUE"
    if _is_list(kinds.get(key)) and not shown.startswith("["):
        shown = f"[{shown}]"
    return f"{flag}: no such flag; a setting is written as key=value: {key}={shown}"


def as_typed(line: CommandLine) -> CommandLine:
    """With overrides in which Hydra reads what was typed: of a text the very letters.

    Raises ConfigError where Hydra would read something else altogether.
    """
    from mlp_scratch.config.schema import every_key

    overrides, kinds = parsed_overrides(line.overrides), dict(every_key())
    for override in overrides:
        key = str(override.key_or_group)
        if key == PRESETS:
            _refuse_odd_presets(override, line.folders)
        elif line.is_choice(override):
            _refuse_list_of_choices(override)
        elif _is_list(kinds.get(key)):
            _refuse_values_without_brackets(override)
    texts = {key for key, kind in kinds.items() if _is_text(kind)}
    words = [_quoted_text(o) if o.key_or_group in texts else str(o.input_line) for o in overrides]
    return replace(line, overrides=words)


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list


def _values(override: Override) -> list[Any]:
    """The values between the commas."""
    value = override.value()
    return value.list if isinstance(value, ChoiceSweep) else [value]


def _is_text(kind: Any) -> bool:
    """Whether a value of this type that is not a list is a text."""
    kinds = set(get_args(kind)) if isinstance(kind, UnionType) else {kind}
    return str in kinds and not kinds & {bool, int, float}


def _quoted_text(override: Override) -> str:
    """``name=7`` as ``name="7"``, for Hydra to read what was typed and no number."""
    word, values = str(override.input_line), _values(override)
    key, _, typed = word.partition("=")
    texts = typed.split(",")
    if len(texts) != len(values) or not any(type(v) in (bool, int, float) for v in values):
        return word
    return f"{key}=" + ",".join(
        written(text.strip()) if type(value) in (bool, int, float) else text
        for text, value in zip(texts, values, strict=True)
    )


def _refuse_list_of_choices(override: Override) -> None:
    """Hydra merges the choices of a list, and the last one wins."""
    for value in _values(override):
        if isinstance(value, list):
            key, choices = override.get_key_element(), ",".join(map(str, value))
            raise ConfigError(
                f"{override.input_line}: is one choice, not a list; to try each of them: "
                f"-m {key}={choices}"
            )


def _refuse_values_without_brackets(override: Override) -> None:
    """A sweep over numbers, where one value is a list of them."""
    if isinstance(override.value(), ChoiceSweep) and not any(
        isinstance(value, list) for value in _values(override)
    ):
        key, _, typed = str(override.input_line).partition("=")
        raise ConfigError(f"{override.input_line}: the value is one list; write '{key}=[{typed}]'")


def _refuse_odd_presets(override: Override, folders: Sequence[Path]) -> None:
    """Without its first line a preset sets nothing: Hydra puts it into a section of its own.
    Raises ConfigError, also for other presets that Hydra would read in a way of its own."""
    for name in map(str, _values(override)):
        for file in (folder / PRESETS / f"{name}.yaml" for folder in folders):
            if not file.is_file():
                continue
            text = file.read_text("utf-8", errors="replace")
            if text.startswith("\ufeff"):
                raise ConfigError(f"{file}: begins with a byte order mark; save it as plain UTF-8")
            if not re.search(r"^\s*#\s*@package\s+_global_\s*$", text, re.MULTILINE):
                raise ConfigError(f"{file}: its first line must be '# @package _global_'")
            _refuse_several_choices(file, text)


def _refuse_several_choices(file: Path, text: str) -> None:
    """Of several choices of a group in a preset's defaults list Hydra takes one, silently."""
    try:
        defaults = yaml.safe_load(text)["defaults"]
    except (yaml.YAMLError, LookupError, TypeError):  # Hydra says what is wrong
        return
    named: set[str] = set()
    for entry in defaults if isinstance(defaults, list) else []:
        for key, choice in entry.items() if isinstance(entry, dict) else []:
            group = str(key).split()[-1].lstrip("/")
            if group != PRESETS and (isinstance(choice, list) or group in named):
                raise ConfigError(f"{file}: its defaults name several choices of {group}; name one")
            named.add(group)


def parsed_overrides(words: Sequence[str]) -> list[Override]:
    """The overrides as Hydra understands them. Raises ConfigError."""
    try:
        return list(_parser().parse_overrides(list(words)))
    except OverrideParseException as error:
        if "=" not in error.override:
            fault = "not an override; write key=value (--help lists the keys)"
        else:
            key, _, value = error.override.partition("=")
            quoted = shlex.quote(f"{key}={written(value)}")
            fault = f"cannot be read ({error.message.splitlines()[0]}); quote the value"
            fault += "" if re.search(r"[\[\]{}$,\"']", value) else f": {quoted}"
        raise ConfigError(f"{error.override}: {fault}") from error


_parser = functools.cache(OverridesParser.create)


def each_value(override: Override) -> list[str]:
    """The override as it is, or one for each of its values when it has several.

    Raises ConfigError for a sweep that is no list of values.
    """
    if not override.is_sweep_override():
        return [str(override.input_line)]
    key = override.get_key_element()
    pattern: Any = override.value()
    if isinstance(pattern, Glob):
        choices = sorted(path.stem for path in (conf_dir() / key).glob("*.yaml"))
        named = ",".join(pattern.filter(choices)) or "A,B,C"
        raise ConfigError(f"{override.input_line}: name the choices: {key}={named}")
    if not override.is_discrete_sweep():
        raise ConfigError(f"{override.input_line}: not a list of values; write {key}=0.1,0.2,0.3")
    words = [f"{key}={value}" for value in override.sweep_string_iterator()]
    if not words:
        raise ConfigError(f"{override.input_line}: an empty sweep, nothing to run")
    return words
