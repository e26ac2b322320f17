"""Cross-validation on the command line: ``training.folds=5`` is a sweep over ``training.fold``."""

from dataclasses import replace
from typing import Any

from mlp_scratch.config.command_line import CommandLine, each_value, parsed_overrides
from mlp_scratch.config.ranges import check_range
from mlp_scratch.errors import ConfigError

FOLDS, FOLD = "training.folds", "training.fold"
_ONLY_SHOWN = ("--cfg", "-c", "--info", "-i")  # Hydra shows the config, and runs nothing


def with_folds(line: CommandLine) -> CommandLine:
    """The command line with a job for each fold, where folds are asked for and none is named.

    Raises ConfigError for what is no number of folds.
    """
    overrides = {o.key_or_group: o for o in parsed_overrides(line.overrides)}
    if FOLDS not in overrides or FOLD in overrides:
        return line
    if any(flag.partition("=")[0] in _ONLY_SHOWN for flag in line.flags):
        return line
    word, values = str(overrides[FOLDS].input_line), each_value(overrides[FOLDS])
    if len(values) > 1:
        raise ConfigError(f"{word}: one number of folds at a time; {FOLDS}=5")
    k: Any = overrides[FOLDS].value()
    check_range(FOLDS, k)
    if k is None:
        return line
    if "hydra.run.dir" in overrides and not line.multirun:
        raise ConfigError(f"{word}: makes a sweep, whose folder is hydra.sweep.dir")
    folds = f"{FOLD}={','.join(map(str, range(k)))}"
    flags = line.flags if line.multirun else (*line.flags, "--multirun")
    return replace(line, overrides=[*line.overrides, folds], multirun=True, flags=flags)


def check_folds(folds: int | None, fold: int | None) -> None:
    """Raise ConfigError unless it is one of the folds that a config trains with."""
    if folds is None:
        return
    if fold is None:
        raise ConfigError(
            f"{FOLDS}={folds}: is one network for each fold; train, on the command line, makes a "
            f"sweep of it, {FOLD}=0 is one of them; in Python use scikit-learn's cross_val_score"
        )
    if fold >= folds:
        raise ConfigError(f"{FOLD}={fold}: there are {FOLDS}={folds}, numbered from 0")
