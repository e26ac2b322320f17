"""Going on with a run in its own folder, as the same run.

What was trained is part of the experiment and may not change: a different learning rate halfway is
another experiment, and wants another folder. What only says how long to go on, when to save or
where the data lies may.
"""

from collections.abc import Sequence
from typing import Any

from mlp_scratch.config.file_words import key_of, keys_of
from mlp_scratch.config.key_roles import MAY_CHANGE, NOT_ESSENTIAL, essentials
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint
from mlp_scratch.errors import CheckpointError, ConfigError, RunError
from mlp_scratch.runs.folder import RunFolder, command
from mlp_scratch.runs.own_places import refuse_told_address
from mlp_scratch.runs.run_state import state_of
from mlp_scratch.runs.saved_run import load_config

FOLLOWS_EPOCHS = ("cosine", "linear", "onecycle")  # schedules whose horizon is the run's end


def prepare(
    folder: RunFolder, overrides: Sequence[str] = ()
) -> tuple[ExperimentConfig, Checkpoint | None, list[str]]:
    """Config and checkpoint to go on from, and warnings about what is lost.

    The checkpoint is None when the run ended before its first one: it then starts at the beginning.
    Raises RunError, ConfigError or CheckpointError.
    """
    config = load_config(folder, overrides)
    saved = load_config(folder) if overrides else config
    for word in overrides:
        if key_of(word) not in MAY_CHANGE:
            raise ConfigError(
                f"{word}: would make this another experiment; what may change on resume is "
                f"{', '.join(MAY_CHANGE)}. For the rest: {command('rerun', folder.path)}"
            )
    refuse_told_address(config, keys_of(overrides), folder.config)
    checkpoint, warnings = latest_checkpoint(folder)
    _check_epochs(saved, config, folder, checkpoint)
    return config, checkpoint, warnings


def latest_checkpoint(folder: RunFolder) -> tuple[Checkpoint | None, list[str]]:
    """``last.npz``, or ``best.npz`` when the last is damaged, with a warning that says so.

    Raises CheckpointError when there are checkpoints but none can be used.
    """
    if not folder.last.exists():
        if folder.best.exists():
            best = read_checkpoint(folder.best)
            return best, [f"{folder.last} is missing: going back to the best, epoch {best.epoch}"]
        return None, []
    try:
        return read_checkpoint(folder.last), []
    except CheckpointError as error:
        try:
            best = read_checkpoint(folder.best)
        except CheckpointError:
            raise CheckpointError(
                f"{error}; best.npz cannot be used either, so the training is lost: "
                f"{command('rerun', folder.path)}"
            ) from error
        return best, [f"{error}: going back to best.npz, the state after epoch {best.epoch}"]


def _check_epochs(
    saved: ExperimentConfig,
    config: ExperimentConfig,
    folder: RunFolder,
    checkpoint: Checkpoint | None,
) -> None:
    wanted, planned = config.training.epochs, saved.training.epochs
    done = 0 if checkpoint is None else checkpoint.epoch
    if wanted < done:
        raise ConfigError(f"training.epochs={wanted}: {done} epochs are already done")
    if wanted == done and checkpoint is not None and checkpoint.meta["trainer"]["batch"]:
        raise ConfigError(f"training.epochs={wanted}: epoch {done + 1} is already under way")
    schedule = config.schedule
    horizon_moves = schedule["name"] in FOLLOWS_EPOCHS and schedule["total_epochs"] is None
    if wanted != planned and horizon_moves and checkpoint is not None:
        raise ConfigError(
            f"training.epochs={wanted}: schedule={schedule['name']} was planned for {planned} "
            f"epochs, and another number changes every rate; start with schedule.total_epochs="
            f"{wanted} if you may want more: {command('rerun', folder.path)}"
        )
    if state_of(folder).status == "diverged" and wanted == planned:
        raise RunError(f"{folder.path}: diverged; the same steps would diverge again")


def essence(config: ExperimentConfig) -> dict[str, Any]:
    """What makes it this experiment and no other: the config without what may change."""
    return essentials(config, besides=NOT_ESSENTIAL)
