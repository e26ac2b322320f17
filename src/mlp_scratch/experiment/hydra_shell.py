"""The shell around Hydra: what has to be arranged because ``hydra.main`` hands nothing back.

Hydra composes the command line, calls us before it writes, and runs the task, or hands the jobs of
a sweep to its launcher. What goes wrong or comes out of it does not reach whoever called it, so
three things meet here. It prints its own errors and exits unless HYDRA_FULL_ERROR=1 asks it to
raise them: the variable is set until all is composed, so that we can say in a line what is wrong.
It turns an exception in a callback into a warning and goes on: ours checks the config and claims
the run's folder, and leaves with ``SystemExit`` whatever is raised there, and a run whose folder
was not claimed does not start. And it returns nothing of what its
tasks and sweeps came to: whoever ends one notes its exit status here, and the largest one counts.
"""

import contextlib
import gc
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, read_write

from mlp_scratch.config.command_line import CommandLine
from mlp_scratch.config.compose import check_command_line
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.config.written_values import shown
from mlp_scratch.errors import ConfigError, MlpScratchError, RunError, in_one_line, report_error
from mlp_scratch.experiment.session import train
from mlp_scratch.runs.folder import RunFolder, claim
from mlp_scratch.runs.resume_rules import latest_checkpoint

_FULL_ERROR = "HYDRA_FULL_ERROR"
_CALLBACK = "hydra.callbacks"  # among them the one that claims the run's folder


@dataclass
class _Told:
    """What the callbacks, the task and the sweeps of this process have to tell."""

    exit_status: int = 0
    config: ExperimentConfig | None = None  # of the folder that was claimed, until its run begins
    asked_to_raise: bool = False  # whether the variable was set by us


_told = _Told()


def run_with_hydra(line: CommandLine) -> int:
    """Let Hydra compose and run a command line; the exit status. Raises ConfigError.

    Hydra reads ``sys.argv``, and takes flags before overrides only.
    """
    for word in line.overrides:
        if re.match(rf"[+~]*{_CALLBACK}(=|$|\.claim)", word):
            raise ConfigError(f"{word}: would let runs share a folder; add callbacks, keep ours")
    sys.argv[1:] = [*line.flags, *line.overrides]
    if line.multirun:
        gc.enable()
    command = hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")
    _told.asked_to_raise = os.environ.get(_FULL_ERROR) != "1"
    os.environ[_FULL_ERROR] = "1"
    try:
        command(_task)()
    except Exception as error:
        if _told.asked_to_raise:
            check_command_line(line)
            if isinstance(error, HydraException):
                raise ConfigError(in_one_line(error)) from error
        raise
    finally:
        _raise_no_more()
    return _told.exit_status


def note_exit_status(status: int) -> None:
    """Tell what a task or a sweep has come to."""
    _told.exit_status = max(_told.exit_status, status)


def _raise_no_more() -> None:
    """All is composed: let Hydra handle errors as usual again."""
    if _told.asked_to_raise:
        os.environ.pop(_FULL_ERROR, None)
    _told.asked_to_raise = False


def _task(config: DictConfig) -> None:
    """One run in the folder that was claimed for it, here or on a machine of a cluster."""
    gc.enable()
    own = HydraConfig.get()
    folder, single = RunFolder(own.runtime.output_dir), own.mode is RunMode.RUN
    try:
        if single and _told.config is None:
            raise RunError(f"{folder.path}: not claimed; {_CALLBACK} must stay as it is in ours")
        checked, _told.config = _told.config or typed(config), None
        with folder.locked():
            checkpoint, _ = latest_checkpoint(folder)  # of a cluster's job that came back
            note_exit_status(train(checked, folder, checkpoint, single=single))
    except MlpScratchError as error:
        note_exit_status(report_error(error))


class ClaimRunFolder(Callback):
    """Makes a new folder for the run before Hydra writes ``.hydra/`` into it.

    A config that cannot work leaves no folder behind. A sweep, whose launcher checks the configs of
    all its jobs, gets a folder for them; one that has a sweep in it already is gone on with.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        with _or_stop():
            HydraConfig.instance().set_config(config)  # for values that say ${hydra:...}
            wanted, exact = _wanted(config, "run")
            _told.config = typed(config)
            folder = claim(wanted, _told.config.name, exact=exact)
            with read_write(config.hydra.run):
                config.hydra.run.dir = str(folder)

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        with _or_stop():
            wanted, exact = _wanted(config, "sweep")
            goes_on = exact and _has_a_sweep(wanted)
            label = config.name and str(config.name)  # its type is checked with the jobs'
            folder = wanted if goes_on else claim(wanted, label, exact=exact)
            with read_write(config.hydra.sweep):
                config.hydra.sweep.dir = str(folder)


@contextlib.contextmanager
def _or_stop() -> Iterator[None]:
    """Whatever is raised while claiming ends the program: Hydra would go on without a claim."""
    _raise_no_more()
    try:
        yield
    except Exception as error:
        told = error
        if not isinstance(told, MlpScratchError):
            what = f"{type(error).__name__}: {in_one_line(error)}"
            told = RunError(f"the run's folder cannot be claimed ({what})")
        print(f"error: {told}", file=sys.stderr)
        raise SystemExit(told.exit_status) from error


def _wanted(config: DictConfig, what: str) -> tuple[Path, bool]:
    """The folder of the run or sweep; whether it was typed, and must be that one exactly.

    Raises ConfigError when it is no folder, or Hydra would write its own files outside of it.
    """
    folder, inside = config.hydra[what].dir, config.hydra.output_subdir
    if not isinstance(folder, str) or not folder.strip():
        raise ConfigError(f"hydra.{what}.dir={shown(folder)}: names no folder")
    if inside is not None and (inside == ".." or Path(inside).name != inside):
        raise ConfigError(f"hydra.output_subdir={inside}: must be a plain name, as .hydra is")
    words = [word.lstrip("+") for word in config.hydra.overrides.hydra]
    return Path(folder), any(word.startswith(f"hydra.{what}.dir=") for word in words)


def _has_a_sweep(folder: Path) -> bool:
    """Whether a sweep was begun here, if only by a process that was killed in its first moment."""
    if (folder / "sweep.yaml").is_file():
        return True
    inside = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return ".lock" in inside and all(n == ".lock" or n.startswith(".sweep.yaml.") for n in inside)
