"""Going on with a run in its own folder, as the same run.

What was trained is part of the experiment and may not change: a different learning rate halfway is
another experiment, and wants another folder. What only says how long to go on, when to save or
where the data lies may.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.engine.checkpoint import TIMINGS, Checkpoint, read_checkpoint
from mlp_scratch.engine.early_stopping import Monitor
from mlp_scratch.engine.loop import Trainer
from mlp_scratch.errors import CheckpointError, ConfigError, RunError
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.runs.console import log
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_config

MAY_CHANGE = (
    "training.epochs",
    "training.early_stopping.patience",
    "training.early_stopping.min_delta",
    "training.checkpoint_every_steps",
    "data.path",  # the contents may not: they are compared by their digest
    "data.test_path",
    "data.dir",
    "data.cache_dir",
    "data.download",
)
FOLLOWS_EPOCHS = ("cosine", "linear", "onecycle")  # schedules whose horizon is the run's end


def prepare(
    folder: RunFolder, overrides: Sequence[str] = ()
) -> tuple[ExperimentConfig, Checkpoint | None, list[str]]:
    """Config and checkpoint to go on from, and warnings about what is lost.

    The checkpoint is None when the run ended before its first one: it then starts at the beginning.
    Raises RunError, ConfigError or CheckpointError.
    """
    saved = load_config(folder)
    for word in overrides:
        key = word.partition("=")[0]
        if key not in MAY_CHANGE:
            raise ConfigError(
                f"{word}: would make this another experiment; what may change on resume is "
                f"{', '.join(MAY_CHANGE)}. For the rest: python -m mlp_scratch.rerun {folder.path}"
            )
    config = load_config(folder, overrides)
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
                f"python -m mlp_scratch.rerun {folder.path}"
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
            f"{wanted} if you may want more: python -m mlp_scratch.rerun {folder.path}"
        )
    status = folder.read_summary().get("status")
    if status == "diverged" and wanted == planned:
        raise RunError(f"{folder.path}: diverged; the same steps would diverge again")


def essence(config: ExperimentConfig) -> dict[str, Any]:
    """What makes it this experiment and no other: the config without what may change."""
    plain = asdict(config)
    del plain["name"], plain["tracking"]
    for key in MAY_CHANGE:
        *sections, last = key.split(".")
        inside = plain
        for section in sections:
            inside = inside[section]
        del inside[last]
    return plain


def restore(experiment: Experiment, checkpoint: Checkpoint, folder: RunFolder) -> None:
    """Put the run back to where the checkpoint was written. Raises CheckpointError on a misfit."""
    if checkpoint.meta["data_digest"] != experiment.dataset.digest:
        raise CheckpointError(
            f"the data has changed since the run started ({experiment.dataset.source}); "
            "put the old data back, or start a new run"
        )
    trained, now = checkpoint.meta["experiment"], essence(experiment.config)
    for key, before, after in _differences(trained, now):
        raise CheckpointError(
            f"{key}={after} in {folder.config}, but the checkpoint was trained with {before}; put "
            f"it back, or try the other value in a run of its own: python -m mlp_scratch.rerun "
            f"{folder.path} {key}={after}"
        )
    trainer = experiment.trainer
    exchanged = "the checkpoint does not fit config.yaml ({}); one of the two was exchanged"
    live_arrays, _ = trainer.state()
    for name, live in live_arrays.items():
        saved = checkpoint.arrays.get(name)
        if saved is None or saved.shape != live.shape or saved.dtype != live.dtype:
            raise CheckpointError(exchanged.format(name))
    position = checkpoint.meta["trainer"]
    steps = position["epoch"] * trainer.n_batches + position["batch"]
    if position["batch"] >= trainer.n_batches or position["step"] != steps:
        raise CheckpointError(exchanged.format("steps"))
    if checkpoint.meta["history_columns"] != [c for c in trainer.columns if c not in TIMINGS]:
        raise CheckpointError(exchanged.format("history"))
    try:
        trainer.load(checkpoint.arrays, position, checkpoint.history)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise CheckpointError(f"the checkpoint cannot be used ({type(error).__name__})") from error
    if trainer.monitor is not None:
        _check_best(trainer, trainer.monitor, folder)


def _check_best(trainer: Trainer, monitor: Monitor, folder: RunFolder) -> None:
    """Choose the best anew when ``best.npz`` is not the one that the last checkpoint knows of.

    It may be from a later epoch: then the run was killed before it wrote ``last.npz`` as well, and
    will come to the same epoch again.
    """
    if monitor.best_epoch == 0:
        return
    try:
        best = read_checkpoint(folder.best)
        if monitor.best_epoch <= best.epoch <= trainer.settings.epochs:
            return
        reason = f"{folder.best}: is of epoch {best.epoch}, not {monitor.best_epoch}"
    except CheckpointError as error:
        reason = str(error)
    monitor.forget_best()
    log.warning(f"{reason}: the best is now the best of the epochs from {trainer.epoch + 1} on")


def _differences(
    one: Mapping[str, Any], other: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """(dotted key, value in one, value in other) wherever two nested mappings differ."""
    for key in dict.fromkeys([*one, *other]):
        a, b = one.get(key), other.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            yield from _differences(a, b, f"{prefix}{key}.")
        elif a != b:
            yield f"{prefix}{key}", a, b
