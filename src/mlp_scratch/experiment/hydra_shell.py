"""The shell around Hydra: what has to be arranged because ``hydra.main`` hands nothing back.

Hydra composes the command line, calls us before it writes, and runs the task, or hands the jobs of
a sweep to its launcher. What goes wrong or comes out of it does not reach whoever called it, so
three things meet here. It prints its own errors and exits unless HYDRA_FULL_ERROR=1 asks it to
raise them: the variable is set until all is composed, so that we can say in a line what is wrong.
It turns an exception in a callback into a warning and goes on: ours checks the config and claims
the run's folder, and leaves with ``SystemExit`` when it cannot. And it returns nothing of what its
tasks and sweeps came to: whoever ends one notes its exit status here, and the largest one counts.
"""

import gc
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, read_write

from mlp_scratch.config.command_line import CommandLine
from mlp_scratch.config.compose import check_command_line
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.errors import ConfigError, MlpScratchError, report_error
from mlp_scratch.experiment.session import train
from mlp_scratch.runs.folder import RunFolder, claim
from mlp_scratch.runs.resuming import latest_checkpoint

_FULL_ERROR = "HYDRA_FULL_ERROR"


@dataclass
class _Told:
    """What the callbacks, the task and the sweeps of this process have to tell."""

    exit_status: int = 0
    config: ExperimentConfig | None = None  # of the run whose folder was claimed
    asked_to_raise: bool = False  # whether the variable was set by us


_told = _Told()


def run_with_hydra(line: CommandLine) -> int:
    """Let Hydra compose and run a command line; the exit status. Raises ConfigError.

    Hydra reads ``sys.argv``, and takes flags before overrides only.
    """
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
                raise ConfigError(" ".join(str(error).split())) from error
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
    folder = RunFolder(HydraConfig.get().runtime.output_dir)
    try:
        with folder.locked():
            checkpoint, _ = latest_checkpoint(folder)  # of a cluster's job that came back
            note_exit_status(train(_told.config or typed(config), folder, checkpoint))
    except MlpScratchError as error:
        note_exit_status(report_error(error))


class ClaimRunFolder(Callback):
    """Makes a new folder for the run before Hydra writes ``.hydra/`` into it.

    A config that cannot work leaves no folder behind. A sweep, whose launcher checks the configs of
    all its jobs, gets a folder for them; one that has a sweep in it already is gone on with.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        _raise_no_more()
        HydraConfig.instance().set_config(config)  # for values that say ${hydra:...}
        try:
            _told.config = typed(config)
            folder = claim(Path(config.hydra.run.dir), config.name, exact=_is_typed(config, "run"))
        except MlpScratchError as error:
            _leave(error)
        with read_write(config.hydra.run):
            config.hydra.run.dir = str(folder)

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        _raise_no_more()
        exact, wanted = _is_typed(config, "sweep"), Path(config.hydra.sweep.dir)
        try:
            goes_on = exact and _has_a_sweep(wanted)
            folder = wanted if goes_on else claim(wanted, config.name, exact=exact)
        except MlpScratchError as error:
            _leave(error)
        with read_write(config.hydra.sweep):
            config.hydra.sweep.dir = str(folder)


def _is_typed(config: DictConfig, what: str) -> bool:
    """Whether the folder was typed, and must be that one exactly."""
    return any(word.startswith(f"hydra.{what}.dir=") for word in config.hydra.overrides.hydra)


def _leave(error: MlpScratchError) -> NoReturn:
    print(f"error: {error}", file=sys.stderr)
    raise SystemExit(error.exit_status) from error


def _has_a_sweep(folder: Path) -> bool:
    """Whether a sweep was begun here, if only by a process that was killed in its first moment."""
    if (folder / "sweep.yaml").is_file():
        return True
    inside = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return ".lock" in inside and all(n == ".lock" or n.startswith(".sweep.yaml.") for n in inside)
