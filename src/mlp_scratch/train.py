"""Train a network: ``python -m mlp_scratch.train model.layers=[784,128,64,10] optim=adam``.

``-m`` makes a sweep of it; ``--help`` lists the groups and the overrides used most.
"""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from mlp_scratch.config.compose import hydra_explained, parse_command_line
from mlp_scratch.config.help_text import help_text
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.engine.loop import Trainer
from mlp_scratch.errors import ConfigError, MlpScratchError, RunError
from mlp_scratch.experiment.experiment import Result, run_experiment
from mlp_scratch.experiment.stop_signals import StopSignals
from mlp_scratch.runs.console import log, logging_to
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resuming import latest_checkpoint
from mlp_scratch.sweep.folder import SweepFolder

EXIT_STATUS = {"finished": 0, "stopped_early": 0, "diverged": 1, "failed": 1}


def train(
    config: ExperimentConfig,
    folder: RunFolder,
    checkpoint: Checkpoint | None = None,
    signals: StopSignals | None = None,
    watch: Callable[[Trainer], None] | None = None,
    *,
    threads: int | None = None,
    quiet: bool = False,
) -> int:
    """Run the experiment in a claimed and locked folder, draw its pictures; return the exit status.

    checkpoint: where to go on from, or None to start at the beginning. signals: for a caller who
    must know what came in. watch, threads: see ``run_experiment``. quiet: only the log tells.
    Prints its errors.
    """
    try:
        with logging_to(folder.log, quiet=quiet), signals or StopSignals() as signals:
            return _train(config, folder, checkpoint, signals, watch, threads)
    except MlpScratchError as error:
        return report_error(error)
    except OSError as error:
        return report_error(RunError(f"{folder.path}: cannot be written ({error.strerror})"))


def _train(
    config: ExperimentConfig,
    folder: RunFolder,
    checkpoint: Checkpoint | None,
    signals: StopSignals,
    watch: Callable[[Trainer], None] | None,
    threads: int | None,
) -> int:
    try:
        result = run_experiment(config, folder, signals, checkpoint, watch, threads)
        draw_pictures(result)
    except KeyboardInterrupt:
        log.info(f"interrupted; go on with: python -m mlp_scratch.resume {folder.path}")
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
        log.exception("the program failed; the run's folder says so too")
        return 1
    if result.status == "interrupted":
        log.info(f"interrupted; go on with: python -m mlp_scratch.resume {folder.path}")
        return signals.exit_status
    if result.status == "diverged":
        assert result.summary is not None
        log.error(f"diverged: {result.summary['message']}")
    path = folder.path
    shelf = path.parent if path.is_absolute() else path.parts[0]
    log.info(f"run: {path}   compare: python -m mlp_scratch.compare {shelf}")
    return EXIT_STATUS[result.status]


def draw_pictures(result: Result) -> None:
    """Draw the pictures that the result allows, and show them to the tracker. Raises OSError."""
    from mlp_scratch.report.pictures.run_pictures import draw_run_pictures

    experiment, summary = result.experiment, result.summary
    assert experiment is not None
    assert summary is not None
    draw_run_pictures(
        result.folder.path,
        summary,
        class_names=experiment.dataset.class_names,
        image_shape=experiment.dataset.image_shape,
        first_weights=experiment.network.parameters.value("W0"),
        mistakes=result.mistakes,
        label_smoothing=experiment.config.regularization.label_smoothing,
    )
    if result.tracker is not None:
        pictures = {path.stem: path for path in sorted(result.folder.path.glob("*.png"))}
        result.tracker.end(summary, pictures)


def draw_sweep_picture(sweep: Path) -> int:
    """Draw the curves of a sweep's jobs over one another into its folder; 0 if there is a picture.

    Prints why it could not be drawn.
    """
    from mlp_scratch.report.pictures.sweeps import draw_sweep

    try:
        return 0 if draw_sweep([sweep], SweepFolder(sweep).picture) else 1
    except (MlpScratchError, OSError) as error:
        print(f"warning: the sweep's picture was not drawn ({error})", file=sys.stderr)
        return 1


def _described(error: MlpScratchError | OSError, folder: RunFolder) -> str:
    if isinstance(error, MlpScratchError):
        return str(error)
    return (
        f"{error.filename or folder.path}: {error.strerror or error}; what was saved before is "
        f"whole: python -m mlp_scratch.resume {folder.path}"
    )


def report_error(error: MlpScratchError) -> int:
    """Print an error in one or two lines; return the exit status."""
    if os.environ.get("HYDRA_FULL_ERROR") == "1":
        raise error
    print(f"error: {error}", file=sys.stderr)
    return error.exit_status


def main() -> None:
    """The command."""
    gc.disable()  # until the run starts: a seventh of the start, and composing leaves no garbage
    atexit.register(gc.freeze)  # nor is there any to look for at the end: a tenth of a second
    try:
        line = parse_command_line(sys.argv[1:])
        if {"-h", "--help"} & set(sys.argv[1:]) and line.config_path == str(conf_dir()):
            print(help_text(line.config_dir))
            return
        line = with_choices_as_typed(line)
    except MlpScratchError as error:
        sys.exit(report_error(error))
    sys.argv[1:] = [*line.flags, *line.overrides]  # Hydra takes flags before overrides only
    if line.multirun:
        gc.enable()
    status = 0

    def task(config: DictConfig) -> None:
        nonlocal status
        gc.enable()
        folder = RunFolder(HydraConfig.get().runtime.output_dir)
        try:
            with folder.locked():
                checkpoint, _ = latest_checkpoint(folder)  # of a cluster's job that came back
                status = max(status, train(typed(config), folder, checkpoint))
        except MlpScratchError as error:
            status = report_error(error)

    command = hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")
    try:
        with hydra_explained(line):
            command(task)()
    except ConfigError as error:
        sys.exit(report_error(error))
    except KeyboardInterrupt:  # while composing: a run answers for itself
        sys.exit(128 + signal.SIGINT)
    sweeps = sys.modules.get("mlp_scratch.sweep.execute")  # imported when there was a sweep
    for sweep in sweeps.OUTCOMES if sweeps else []:  # Hydra hands nothing back
        status = max(status, sweep.exit_status)
    sys.exit(status)


if __name__ == "__main__":
    main()
