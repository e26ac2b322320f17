"""One run in its folder, in three steps.

    prepare    config -> data, network, trainer, and who is told of it
    train      epoch after epoch, until it is done or asked to stop
    conclude   the test rows, and the last word in the summary

What ``prepare`` makes holds all that the rest needs: the config is not asked again, and what was
asked for stands in ``config.yaml``. The pictures are drawn from the ``Result``.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import yaml

from mlp_scratch import blas
from mlp_scratch.config.registry import construct
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.cores import usable_cores
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.checkpoint.checkpointer import Checkpointer
from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Diverged, Trainer
from mlp_scratch.experiment.begin import begin, read_data
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.experiment.evaluate_checkpoints import evaluate_checkpoints
from mlp_scratch.experiment.gather_evidence import evidence_at_the_end
from mlp_scratch.experiment.onlookers import LookInside, onlookers
from mlp_scratch.experiment.restore import restore
from mlp_scratch.experiment.run_summary import RunSummary
from mlp_scratch.experiment.stop_signals import StopSignals
from mlp_scratch.files import write_text_atomically
from mlp_scratch.insight.diagnosis.diagnose import diagnose, in_lines
from mlp_scratch.nested import flat
from mlp_scratch.own_modules import import_own_modules
from mlp_scratch.runs.console import Console, log
from mlp_scratch.runs.folder import RunFolder, command
from mlp_scratch.runs.recorder import Recorder
from mlp_scratch.tracking.trackers import Careful

Watch = Callable[[Trainer], Observer]


@dataclass(frozen=True)
class Prepared:
    """What trains, who writes down how it goes, and what else is to be looked at."""

    experiment: Experiment
    recorder: Recorder
    tracker: Careful
    look_inside: LookInside


@dataclass(frozen=True)
class Result:
    """How a run ended, what its pictures are drawn from, and who wants to see them.

    answers: of the test, see ``evaluate_checkpoints``; None where there was none. draws_layers:
    whether a picture of the layers was asked for.
    """

    status: str
    experiment: Experiment
    summary: dict[str, Any]
    answers: dict[str, np.ndarray] | None
    tracker: Careful
    draws_layers: bool


def run_experiment(
    config: ExperimentConfig,
    folder: RunFolder,
    signals: StopSignals,
    checkpoint: Checkpoint | None = None,
    watch: Watch | None = None,
    threads: int | None = None,
    *,
    single: bool = False,
    repeats: Mapping[str, Any] | None = None,
) -> Result:
    """Train as ``config`` says in ``folder``, from ``checkpoint`` on if there is one.

    watch: makes one more observer, for a search that wants to look on.
    threads: instead of what ``training.threads`` comes to on this machine.
    single: the folder is the run's alone, not a job's: nothing is kept unless training begins.
    repeats: the summary of the run that this one is to be like.
    Raises MlpScratchError for what the user can mend; ``summary.json`` then says ``failed``.
    The caller holds the folder's lock and has set up logging.
    """
    goes_on = checkpoint is not None
    summary = RunSummary(
        folder, config.name, config.seed, goes_on=goes_on, single=single, repeats=repeats
    )
    with summary.telling_failures():
        import_own_modules()
        prepared = prepare(config, folder, summary, checkpoint, threads)
        experiment, recorder, tracker = prepared.experiment, prepared.recorder, prepared.tracker
        summary.begin()
        recorder.companions = onlookers(prepared.look_inside, experiment, folder)
        others = [tracker] if watch is None else [tracker, watch(experiment.trainer)]
        started = time.perf_counter()
        status, message = train(experiment, recorder, others, signals)
        seconds = time.perf_counter() - started
        summary.trained(experiment.trainer, seconds, recorder.checkpoint_seconds)
        summary.contents |= {"status": status, "message": message}
        answers = conclude(experiment, folder, summary)
    draws_layers = prepared.look_inside.record_layers is True
    return Result(status, experiment, summary.contents, answers, tracker, draws_layers)


def prepare(
    config: ExperimentConfig,
    folder: RunFolder,
    summary: RunSummary,
    checkpoint: Checkpoint | None,
    threads: int | None,
) -> Prepared:
    """What trains, put back to the checkpoint if there is one, and who writes down how it goes.

    Writes ``config.yaml``, then the head of ``metrics.csv``: from the first on the run can be
    resumed. Raises MlpScratchError or OSError.
    """
    config, dataset = read_data(config, folder, goes_on=checkpoint is not None)
    config, experiment = begin(config, dataset, checkpoint)
    if experiment.encoder is not None and checkpoint is None:
        for note in experiment.encoder.notes:
            log.info(note)
    trainer, setting = experiment.trainer, threads or config.training.threads
    if checkpoint is not None:  # a resumed run keeps the thread count that it started with
        setting = int(checkpoint.meta["threads"])
    trainer.share(setting)
    if (threads := trainer.threads) > usable_cores():
        log.warning(f"training.threads={threads} will be slow: cores to run on: {usable_cores()}")
    if checkpoint is not None:
        restore(experiment, checkpoint, folder)
    _introduce(config, experiment, folder)
    if checkpoint is not None:
        log.info(f"resumed after epoch {trainer.epoch}, step {trainer.step}")
    write_text_atomically(folder.config, config_yaml(config))
    said = experiment.identity | {"threads": threads}
    recorder = Recorder(folder, Checkpointer(trainer, said, experiment.constants))
    experiment.time_limit.spend(recorder.training_seconds)
    tracker = Careful(construct("tracking", config.tracking), config.tracking["name"])
    tracker.begin(folder.path, flat(asdict(config)), trainer.step)
    summary.prepared(experiment, threads, blas.describe())
    look_inside = LookInside(config.training.record_layers, config.training.snapshots)
    return Prepared(experiment, recorder, tracker, look_inside)


def _introduce(config: ExperimentConfig, experiment: Experiment, folder: RunFolder) -> None:
    """Tell the person at the terminal what is going to be trained, and on what."""
    network, trainer = experiment.network, experiment.trainer
    log.info(f"run: {folder.path}")
    log.info(
        f"data: {experiment.dataset.name}, {len(trainer.train):,} rows to train on, "
        f"{len(trainer.validation or ()):,} to validate, {len(experiment.test or ()):,} to test"
    )
    batch = trainer.settings.batch_size
    activations = config.model.activations or [config.activation["name"]]
    log.info(
        f"network: {'-'.join(map(str, network.sizes))} {', '.join(activations)}, "
        f"{network.parameters.size:,} parameters; {task_in_words(config)}"
        f"{config.optim['name']}, lr {config.optim['lr']:g}, "
        f"{'full batch' if batch is None else f'batch {batch}'}"
    )
    if n := config.model.freeze:
        whose = "as they were drawn" if config.model.init_from is None else "as they were there"
        log.info(f"model.freeze={n}: the first {n} of {len(network.blocks)} layers stay {whose}")
    start, epochs = config.average.get("start_epoch", 0), config.training.epochs
    if start > epochs:
        log.warning(f"average.start_epoch={start}: with {epochs} epochs nothing is averaged")


def task_in_words(config: ExperimentConfig) -> str:
    """Nothing of what is usual, classes and cross-entropy."""
    if config.loss["name"] == "cross_entropy":
        return ""
    return f"{config.task}, loss {config.loss['name']}; "


def config_yaml(config: ExperimentConfig) -> str:
    """The resolved config as YAML."""
    return yaml.safe_dump(asdict(config), sort_keys=False, allow_unicode=True)


def train(
    experiment: Experiment, recorder: Recorder, others: Sequence[Observer], signals: StopSignals
) -> tuple[str, str | None]:
    """Train to the end, or until a signal comes or the loss runs away; the last state is saved.
    Returns the run's status, and why it is that one, where that is not plain.

    Of every epoch the onlookers are told first, then the recorder, so that what they keep is no
    older than a checkpoint; then the console and the others. Raises OSError when the disk fails.
    """
    trainer, limit = experiment.trainer, experiment.time_limit
    console, message = Console(trainer.settings.epochs), None
    signals.trainer = trainer
    try:
        status = trainer.run([*recorder.companions, recorder, console, limit, *others])
        recorder.finish()
        trainer.kept.adopt()
        if status == "stopped_early" and limit.reached:
            said = f"reached after epoch {trainer.epoch} ({limit.seconds:.3g} s)"
            message = f"training.max_seconds={limit.limit:g}: {said}"
            log.info(f"stopped early: {message}")
    except Diverged as error:
        recorder.save_best()
        status = "diverged"
        message = f"{error}; try a smaller optim.lr, training.clip_norm=1, or data.normalize"
    finally:
        trainer.close()
        console.close()
        signals.trainer = None
    return status, message


def conclude(
    experiment: Experiment, folder: RunFolder, summary: RunSummary
) -> dict[str, np.ndarray] | None:
    """Test what came to its end, say what went wrong, and write the summary for the last time.

    Returns the answers to draw pictures from, or None where nothing was tested. Raises OSError.
    """
    answers, status = None, summary.contents["status"]
    if status in ("finished", "stopped_early") and experiment.test is not None:
        best_epoch = int(summary.contents["best"].get("epoch", experiment.trainer.epoch))
        metrics, answers = evaluate_checkpoints(experiment, folder, best_epoch)
        summary.contents["test"] = metrics
    if experiment.trainer.step and status != "interrupted":
        _say_what_went_wrong(experiment, folder, summary.contents)
    summary.write()
    return answers


def _say_what_went_wrong(
    experiment: Experiment, folder: RunFolder, summary: dict[str, Any]
) -> None:
    """A fault of the diagnosis itself is told, and costs the run nothing else."""
    try:
        found = diagnose(evidence_at_the_end(experiment, folder, summary))
    except Exception as error:
        log.warning(f"the diagnosis failed, and nothing else ({type(error).__name__}: {error})")
        return
    summary["diagnosis"] = [finding.record for finding in found]
    for line in in_lines(found, command("inspect", folder.path)):
        log.info(line)
