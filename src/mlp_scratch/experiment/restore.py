"""Putting a run back to where its checkpoint was written."""

from mlp_scratch.config.written_values import written
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, training_state
from mlp_scratch.engine.early_stopping import Monitor
from mlp_scratch.engine.epoch_sums import TIMINGS
from mlp_scratch.engine.numerics import other_numerics
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.errors import CheckpointError
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.nested import flat
from mlp_scratch.runs.console import log
from mlp_scratch.runs.folder import RunFolder, command


def restore(experiment: Experiment, checkpoint: Checkpoint, folder: RunFolder) -> None:
    """Put the run back to where the checkpoint was written. Raises CheckpointError on a misfit."""
    if checkpoint.meta["data_digest"] != experiment.dataset.digest:
        raise CheckpointError(
            f"the data has changed since the run started ({experiment.dataset.source}); "
            "put the old data back, or start a new run"
        )
    trained, now = flat(checkpoint.meta["experiment"]), flat(experiment.identity["experiment"])
    for key in dict.fromkeys([*trained, *now]):
        if trained.get(key) != now.get(key):
            word, before = f"{key}={written(now.get(key))}", written(trained.get(key))
            raise CheckpointError(
                f"{word} in {folder.config}, but the checkpoint was trained with {before}; put it "
                f"back, or try the other value in a run of its own: "
                f"{command('rerun', folder.path, word)}"
            )
    if warning := other_numerics(checkpoint.meta):
        log.warning(f"{folder.path}: {warning}")
    trainer = experiment.trainer
    exchanged = "the checkpoint does not fit config.yaml ({}); one of the two was exchanged"
    for name, live in training_state.arrays_of(trainer).items():
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
        training_state.load(trainer, checkpoint.arrays, position, checkpoint.history)
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
