"""Runs one experiment in its folder, from the config to the summary.

    data -> split -> normalization -> network -> training -> test

Everything that explains the run is written as it becomes known; the pictures are drawn by
``report`` from what ``Result`` holds.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import yaml

from mlp_scratch.config.registry import construct
from mlp_scratch.config.schema import FROM_FILE, ExperimentConfig
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset, resolve_auto
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.loop import Diverged, Trainer
from mlp_scratch.experiment.build import Experiment, build
from mlp_scratch.experiment.final_test import test_checkpoints
from mlp_scratch.experiment.restore import restore
from mlp_scratch.experiment.stop_signals import StopSignals
from mlp_scratch.experiment.threads import Blas, thread_count, usable_cores
from mlp_scratch.experiment.warm_start import resolve_init_from, warm_start
from mlp_scratch.files import write_text_atomically
from mlp_scratch.nested import flat
from mlp_scratch.runs.console import Console, log
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.provenance import GitState, host, versions
from mlp_scratch.runs.recorder import Recorder
from mlp_scratch.runs.resuming import essence
from mlp_scratch.tracking.trackers import Careful, Tracked

TEST_SEED = 0  # of the test rows held out: never the run's, or a sweep over seeds would move them


@dataclass(frozen=True)
class Result:
    """How a run ended, and what its pictures are drawn from (None where it was not reached)."""

    status: str
    folder: RunFolder
    experiment: Experiment | None = None
    summary: dict[str, Any] | None = None
    mistakes: dict[str, np.ndarray] | None = None
    tracker: Careful | None = None  # to be told of the end, and shown the pictures


def resolve_data(config: ExperimentConfig) -> str | None:
    """Replace ``data=auto`` by what lies there; return the line that says so, if it was auto."""
    if config.data.name != "auto":
        return None
    config.data.name, announcement = resolve_auto(config.data.dir)
    return announcement


def load_data(config: ExperimentConfig) -> Dataset:
    """The config's data set. Raises DataError or ConfigError."""
    data = config.data
    return load_dataset(
        data.name,
        dir=data.dir,
        cache_dir=data.cache_dir,
        path=data.path,
        test_path=data.test_path,
        label=data.label,
        test_fraction=data.test_fraction if data.name in FROM_FILE else 0.0,
        seed=TEST_SEED,
        download=data.download,
    )


def run_experiment(
    config: ExperimentConfig,
    folder: RunFolder,
    signals: StopSignals,
    checkpoint: Checkpoint | None = None,
    watch: Callable[[Trainer], None] | None = None,
    threads: int | None = None,
) -> Result:
    """Train as ``config`` says in ``folder``, from ``checkpoint`` on if there is one.

    watch: called with the trainer before its first step, by a search that wants to look on.
    threads: instead of what ``training.threads`` comes to on this machine.
    Raises MlpScratchError for what the user can mend; ``summary.json`` then says ``failed``.
    The caller holds the folder's lock and has set up logging.
    """
    session = _Session(config, folder, checkpoint, threads)
    try:
        return session.run(signals, watch)
    except KeyboardInterrupt:
        session.try_write("interrupted", message=f"stopped {session.stage}")
        raise
    except Exception as error:
        session.try_write("failed", message=str(error) or type(error).__name__)
        raise


class _Session:
    """One stretch of work on a run: its clock and its summary."""

    def __init__(
        self,
        config: ExperimentConfig,
        folder: RunFolder,
        checkpoint: Checkpoint | None,
        threads: int | None,
    ) -> None:
        self._started = time.perf_counter()
        self._git = GitState()
        self._config = config
        self._folder = folder
        self._checkpoint = checkpoint
        self._asked_threads = threads
        before = folder.read_summary() if checkpoint is not None else {}
        self._earlier = before.get("timings", {})
        self.stage = "before the first step"
        self._begun = False
        self.summary: dict[str, Any] = {
            "status": "running",
            "name": config.name,
            "run": folder.path.name,
            "seed": config.seed,
            "host": host(),
            "versions": versions(),
            "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        }

    def run(self, signals: StopSignals, watch: Callable[[Trainer], None] | None) -> Result:
        config, folder = self._config, self._folder
        announcement = resolve_data(config)
        if announcement:
            log.info(announcement)
        dataset = load_data(config)
        experiment = build(config, dataset)
        if config.model.init_from is not None and self._checkpoint is None:
            resolve_init_from(config, folder)
            warm_start(experiment.network, config.model.init_from)
        trainer = experiment.trainer
        threads = self._threads(trainer)
        blas = Blas()
        blas.use(trainer.share(threads, blas.small_product))
        if threads > usable_cores():
            log.warning(
                f"training.threads={threads} will be slow: cores to run on: {usable_cores()}"
            )
        if self._checkpoint is not None:
            restore(experiment, self._checkpoint, folder)
        self._describe(experiment, blas, threads)
        write_text_atomically(folder.config, config_text(config))
        self._begun = True
        self.write("running")
        console = Console(config.training.epochs)
        recorder = Recorder(
            folder, trainer, console, identity(experiment, threads), experiment.normalizer.arrays()
        )
        tracker = Careful(construct("tracking", config.tracking), config.tracking["name"])
        tracker.begin(folder.path, flat(asdict(config)), trainer.step)
        if watch is not None:
            watch(trainer)
        signals.trainer = trainer
        training_started = time.perf_counter()
        message = None
        try:
            status = trainer.run([Tracked(recorder, tracker)])
            recorder.finish()
            trainer.adopt_average()
        except Diverged as error:
            recorder.save_best()
            status = "diverged"
            message = f"{error}; try a smaller optim.lr, training.clip_norm=1, or data.normalize"
        finally:
            trainer.close()
            console.close()
            signals.trainer = None
            self.stage = "after the last step"
        training_seconds = time.perf_counter() - training_started
        self._record_training(experiment, training_seconds, recorder.checkpoint_seconds)
        mistakes = None
        if status in ("finished", "stopped_early") and experiment.test is not None:
            best_epoch = int(self.summary["best"].get("epoch", trainer.epoch))
            self.summary["test"], mistakes = test_checkpoints(experiment, folder, best_epoch)
        self.write(status, message=message)
        return Result(status, folder, experiment, self.summary, mistakes, tracker)

    def _threads(self, trainer: Trainer) -> int:
        """The thread count: a resumed run keeps the one that it started with."""
        if self._checkpoint is not None:
            return int(self._checkpoint.meta["threads"])
        setting = self._asked_threads or self._config.training.threads
        network, size = trainer.network, trainer.network.parameters.size
        return thread_count(setting, trainer.batch_size, size, network.separable)

    def _describe(self, experiment: Experiment, blas: Blas, threads: int) -> None:
        config, dataset, trainer = self._config, experiment.dataset, experiment.trainer
        n_validation = 0 if trainer.validation is None else len(trainer.validation)
        n_test = 0 if experiment.test is None else len(experiment.test)
        parameters = experiment.network.parameters.size
        self.summary |= {
            "layers": list(experiment.network.sizes),
            "parameters": parameters,
            "threads": threads,
            "monitor": trainer.monitor.metric if trainer.monitor else None,
            "data": {
                "name": dataset.name,
                "digest": dataset.digest,
                "source": dataset.source,
                "n_train": len(trainer.train),
                "n_validation": n_validation,
                "n_test": n_test,
                "features": dataset.n_features,
                "image_shape": dataset.image_shape and list(dataset.image_shape),
                "classes": list(dataset.class_names),
            },
            "blas": blas.describe(),
        }
        sizes = "-".join(map(str, experiment.network.sizes))
        log.info(f"run: {self._folder.path}")
        log.info(
            f"data: {dataset.name}, {len(trainer.train):,} rows to train on, "
            f"{n_validation:,} to validate, {n_test:,} to test"
        )
        batch = config.training.batch_size
        log.info(
            f"network: {sizes} {config.activation['name']}, {parameters:,} parameters; "
            f"{config.optim['name']}, lr {config.optim['lr']:g}, "
            f"{'full batch' if batch == 'full' else f'batch {batch}'}"
        )
        start, epochs = config.average.get("start_epoch", 0), config.training.epochs
        if start > epochs:
            log.warning(f"average.start_epoch={start}: with {epochs} epochs nothing is averaged")
        if self._checkpoint is not None:
            log.info(f"resumed after epoch {trainer.epoch}, step {trainer.step}")

    def _record_training(
        self, experiment: Experiment, seconds: float, checkpoint_seconds: float
    ) -> None:
        trainer = experiment.trainer
        history, monitor = trainer.history, trainer.monitor
        self.summary |= {"epochs_done": trainer.epoch, "steps_done": trainer.step}
        self.summary["final"] = _finite(history[-1]) if history else {}
        best_epoch = trainer.epoch if monitor is None else monitor.best_epoch
        rows = [row for row in history if row["epoch"] == best_epoch]
        self.summary["best"] = _finite(rows[0]) if rows else {}
        epochs = [row["seconds"] for row in history if "seconds" in row]
        self.summary["timings"] = {
            "training_seconds": seconds + self._earlier.get("training_seconds", 0.0),
            "checkpoint_seconds": checkpoint_seconds + self._earlier.get("checkpoint_seconds", 0.0),
            "seconds_per_epoch": sum(epochs) / len(epochs) if epochs else None,
        }

    def write(self, status: str, message: str | None = None) -> None:
        """Write ``summary.json``. Raises OSError."""
        self.summary["status"] = status
        self.summary["message"] = message
        self.summary["resume"] = f"python -m mlp_scratch.resume {self._folder.path}"
        self.summary["git"] = self._git.result()
        timings = self.summary.setdefault("timings", {})
        elapsed = time.perf_counter() - self._started
        timings["total_seconds"] = elapsed + self._earlier.get("total_seconds", 0.0)
        self._folder.write_summary(self.summary)

    def try_write(self, status: str, message: str) -> None:
        """``write`` when something has already gone wrong; a second failure changes nothing.

        A run that could not be resumed is what it was before: its summary keeps its results.
        """
        if self._checkpoint is not None and not self._begun:
            return
        try:
            self.write(status, message)
        except OSError as error:
            log.warning(f"{self._folder.summary} cannot be written ({error.strerror})")


def config_text(config: ExperimentConfig) -> str:
    """The resolved config as YAML."""
    return yaml.safe_dump(asdict(config), sort_keys=False, allow_unicode=True)


def identity(experiment: Experiment, threads: int) -> dict[str, Any]:
    """What a checkpoint says beside the trainer's state."""
    return {
        "sizes": list(experiment.network.sizes),
        "activation": experiment.config.activation,
        "batch_norm": {
            "on": experiment.config.model.batch_norm,
            "eps": experiment.config.model.bn_eps,
            "momentum": experiment.config.model.bn_momentum,
        },
        "class_names": list(experiment.dataset.class_names),
        "image_shape": experiment.dataset.image_shape and list(experiment.dataset.image_shape),
        "feature_names": experiment.dataset.feature_names,
        "normalize": experiment.normalizer.kind,
        "data_name": experiment.dataset.name,
        "data_digest": experiment.dataset.digest,
        "threads": threads,
        "experiment": essence(experiment.config),
    }


def _finite(row: dict[str, float]) -> dict[str, float]:
    """A row without the columns that were not looked at."""
    return {key: value for key, value in row.items() if value == value}
