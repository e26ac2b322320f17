"""Modules of the user's own, which add a loss, a metric, an optimizer, an activation to ours.

They are code, so nothing but the user says which: the flag ``--import`` of the commands, or the
environment variable MLP_SCRATCH_IMPORT; never a config, never a run's folder. What the flag names
is imported at once, and is added to the variable, for the processes that a command starts. What the
variable alone names is imported before anything trains, and before a name is said to be unknown.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from mlp_scratch.errors import ConfigError, in_one_line

FLAG, VARIABLE = "--import", "MLP_SCRATCH_IMPORT"


def add_import_flag(parser: argparse.ArgumentParser) -> None:
    """Let a command take ``--import MODULE[,MODULE]``, once or several times."""
    parser.add_argument(
        FLAG,
        type=_imported,
        metavar="MODULE",
        help="import a module of your own that adds to ours, such as an activation or a metric",
    )


def without_import_flag(words: Sequence[str]) -> list[str]:
    """The words of a command line that belong to others."""
    kept = [word for word in words if not word.startswith(f"{FLAG}=")]
    while FLAG in kept:
        at = kept.index(FLAG)
        del kept[at : at + 2]
    return kept


def import_own_modules() -> None:
    """Import what the environment names, unless it is here already. Raises ConfigError."""
    _import(os.environ.get(VARIABLE, ""), f"{VARIABLE}=")


def _imported(modules: str) -> str:
    """Import the modules while the command line is read. Raises ConfigError."""
    if not modules.strip(" ,"):
        raise ConfigError(f"{FLAG} {modules}: names no module")
    _import(modules, f"{FLAG} ")
    os.environ[VARIABLE] = ",".join(filter(None, [os.environ.get(VARIABLE), modules]))
    return modules


def _import(modules: str, said: str) -> None:
    names = [name for name in map(str.strip, modules.split(",")) if name]
    if names and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # where ``python -m`` looks and an installed command does not
    for name in names:
        stem = name.removesuffix(".py")
        if stem != name or not all(map(str.isidentifier, name.split("."))):
            fix = stem if stem.isidentifier() else "my_parts, for my_parts.py in this folder"
            raise ConfigError(f"{said}{name}: is no module's name; write {said}{fix}")
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:
            fault = f"cannot be imported ({in_one_line(error)})"
            raise ConfigError(f"{said}{name}: {fault}") from error
