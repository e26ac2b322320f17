"""A run from a command: trained in its folder, its pictures drawn, its errors told."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlp_scratch.config.file_words import keys_of
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.cores import THREADS_ALLOWED
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.numerics import other_numerics
from mlp_scratch.errors import MlpScratchError, RunError, report_error, telling_unwritten
from mlp_scratch.experiment.gather_evidence import rows_at_hand
from mlp_scratch.experiment.run import Result, Watch, run_experiment
from mlp_scratch.experiment.stop_signals import StopSignals
from mlp_scratch.insight.seen_whole import can_be_seen, see
from mlp_scratch.runs.console import log, logging_to
from mlp_scratch.runs.folder import RunFolder, claim, command, dated, discard
from mlp_scratch.runs.own_places import refuse_told_address
from mlp_scratch.runs.resume_rules import prepare
from mlp_scratch.runs.run_state import COMPLETE
from mlp_scratch.runs.saved_run import load_config


def train(
    config: ExperimentConfig,
    folder: RunFolder,
    checkpoint: Checkpoint | None = None,
    signals: StopSignals | None = None,
    watch: Watch | None = None,
    *,
    single: bool = False,
    quiet: bool = False,
    **more: Any,
) -> int:
    """Run the experiment in a claimed and locked folder, draw its pictures; return the exit status.

    checkpoint: where to go on from, or None to start at the beginning. signals: for a caller who
    must know what came in. single: the folder was claimed for this run alone, and goes when the run
    ends before it has begun to train. quiet: only the log tells. watch, and more: see
    ``run_experiment``.
    Prints its errors.
    """
    try:
        with (
            telling_unwritten(folder.path),
            logging_to(folder.log, quiet=quiet),
            signals or StopSignals() as signals,
        ):
            return _train(config, folder, signals, checkpoint, watch, single=single, **more)
    except MlpScratchError as error:
        return report_error(error)
    finally:
        if single and not folder.summary.exists():
            discard(folder.path)


def go_on(folder: RunFolder, overrides: Sequence[str]) -> int:
    """Train on in a run's own folder; the exit status. Raises MlpScratchError."""
    with folder.locked():
        config, checkpoint, warnings = prepare(folder, overrides)
        for warning in warnings:
            print(f"warning: {warning}", file=sys.stderr)
        return train(config, folder, checkpoint)


def repeat(run: RunFolder, overrides: Sequence[str]) -> int:
    """Train anew, in a new folder, as ``run`` was; the exit status. Raises MlpScratchError."""
    config = load_config(run, overrides)
    refuse_told_address(config, keys_of(overrides), run.config)
    summary = run.read_summary()
    if warning := other_numerics(summary):
        print(f"warning: {run.path}: {warning}", file=sys.stderr)
    threads = summary.get("threads")  # what auto was there: bits depend on it
    fewest, most = THREADS_ALLOWED
    if overrides or type(threads) is not int or not fewest <= threads <= most:
        threads = None
    folder = RunFolder(claim(dated(), config.name, exact=False))
    with folder.locked():
        return train(config, folder, threads=threads, single=True, repeats=summary)


def _train(
    config: ExperimentConfig,
    folder: RunFolder,
    signals: StopSignals,
    *more: Any,
    single: bool,
    **others: Any,
) -> int:
    """``run_experiment`` and the pictures; the exit status, whatever happens."""
    go_on_with = f"go on with: {command('resume', folder.path)}"
    try:
        result = run_experiment(config, folder, signals, *more, single=single, **others)
        draw_pictures(result, folder)
    except KeyboardInterrupt:
        lost = single and not folder.summary.exists()
        log.info(f"interrupted; {'nothing had begun' if lost else go_on_with}")
        return signals.exit_status
    except (MlpScratchError, OSError) as error:
        log.error(_described(error, folder))
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        return error.exit_status if isinstance(error, MlpScratchError) else 1
    except MemoryError as error:
        log.error(f"the memory does not suffice ({error}); take a smaller network or batch")
        return 1
    except Exception:
        log.exception("the program failed")
        return 1
    if result.status == "interrupted":
        log.info(f"interrupted; {go_on_with}")
        return signals.exit_status
    if result.status == "diverged":
        log.error(f"diverged: {result.summary['message']}")
    path = folder.path
    shelf = path.parent if path.is_absolute() else Path(*path.parts[:1])
    log.info(f"run: {path}   compare: {command('compare', shelf)}")
    return 1 if result.status == "diverged" else 0


def draw_pictures(result: Result, folder: RunFolder) -> None:
    """Draw the pictures that the result allows, and show them to the tracker. Raises OSError."""
    from mlp_scratch.report.pictures.run_pictures import draw_run_pictures

    experiment = result.experiment
    rows = rows_at_hand(experiment)
    draw_run_pictures(
        folder.path,
        result.summary,
        names=experiment.task.names,
        image_shape=experiment.dataset.image_shape,
        first_weights=experiment.network.parameters.value("W0"),
        tested=result.answers,
        task=experiment.task.name,
        training_differs=experiment.training_differs,
        seen=see(rows) if can_be_seen(rows) and result.status in COMPLETE else None,
    )
    if result.draws_layers:
        _draw_layers(folder)
    pictures = {path.stem: path for path in sorted(folder.path.glob("*.png"))}
    result.tracker.end(result.summary, pictures)


def _draw_layers(folder: RunFolder) -> None:
    from mlp_scratch.report.pictures.layer_pictures import draw_layers_of

    try:
        draw_layers_of(folder)
    except RunError as error:  # somebody took the records away: the run is none the worse for it
        log.warning(str(error))


def _described(error: MlpScratchError | OSError, folder: RunFolder) -> str:
    if isinstance(error, MlpScratchError):
        return str(error)
    fault = f"{error.filename or folder.path}: {error.strerror or error}"
    if not folder.summary.exists():
        return fault
    return f"{fault}; what was saved before is whole: {command('resume', folder.path)}"
