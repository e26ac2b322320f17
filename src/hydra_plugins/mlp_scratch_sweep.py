"""Sweeps as Hydra plugins: ``grid`` makes the combinations, ``sweep`` runs them.

Hydra finds plugins in the namespace package ``hydra_plugins`` alone, and imports this file whenever
a Hydra program starts in this environment: the work is in ``mlp_scratch.sweep.execute``.
"""

import contextlib
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from mlp_scratch.config.command_line import each_value, parsed_overrides
from mlp_scratch.errors import ConfigError, MlpScratchError, RunError, report_error


class SweepLauncher(Launcher):
    """Runs the jobs of a sweep. Its keys are in ``conf/hydra/launcher/sweep.yaml``."""

    def __init__(
        self,
        workers: int | None,
        retry_failed: bool,
        cluster: str | None,
        options: DictConfig | None = None,
    ) -> None:
        if workers is not None and not (isinstance(workers, int) and workers >= 1):
            fault = f"hydra.launcher.workers={workers}: must be a whole number from 1, or null"
            raise SystemExit(report_error(ConfigError(fault)))
        self._workers = workers
        self._retry_failed = retry_failed
        self._cluster = cluster
        self._options = options
        self._interrupted = False

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        self._context, self._task, self._config = hydra_context, task_function, config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Run the jobs; each returns its exit status. What failed is in the sweep's table."""
        if self._interrupted:
            return []
        from mlp_scratch.experiment.hydra_shell import note_exit_status
        from mlp_scratch.sweep.execute import Asked, run_sweep

        asked = Asked(
            path=Path(self._config.hydra.sweep.dir),
            overrides=list(self._config.hydra.overrides.task),
            launcher=_launcher_words(self._config),
            config_dir=_config_dir(self._config),
            workers=self._workers,
            retry_failed=self._retry_failed,
            cluster=self._cluster,
            options=OmegaConf.to_container(self._options) if self._options else {},
        )
        try:
            result = run_sweep(self._context, self._task, self._config, job_overrides, asked)
        except MlpScratchError as error:
            remove_if_nothing_was_begun(asked.path)
            raise SystemExit(report_error(error)) from error
        except OSError as error:
            from mlp_scratch.runs.folder import command

            fault = f"{error.filename or asked.path}: {error.strerror or error}"
            how = f"go on with: {command('resume', asked.path)}"
            raise SystemExit(report_error(RunError(f"{fault}; {how}"))) from error
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        note_exit_status(result.exit_status)
        self._interrupted = result.exit_status > 128
        return [_job_return(job.overrides, job.composed) for job in result.jobs]


class GridSweeper(Sweeper):
    """Every combination of the swept values, the last key fastest.

    params: keys swept unless the command line gives them; presets in ``conf/experiment`` use it.
    Asked for nothing in a folder that holds a sweep, or only for other places to write to, it
    repeats that sweep's jobs.
    Unlike Hydra's own sweeper this one leaves composing the jobs to the launcher.
    """

    def __init__(self, params: DictConfig | None = None) -> None:
        self._params = {str(key): value for key, value in (params or {}).items()}

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        self._path = Path(config.hydra.sweep.dir)
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Hand all combinations to the launcher at once."""
        from mlp_scratch.config.file_words import believed, keys_of
        from mlp_scratch.runs.own_places import PLACES
        from mlp_scratch.sweep.sweep_folder import SweepFolder

        folder = SweepFolder(self._path)
        words = [word for word in arguments if not word.startswith("cluster=")]
        try:
            places = keys_of(words) <= {*PLACES}
            if places and not self._params and folder.plan_file.exists():
                known = folder.read_plan().jobs
                jobs = [[*believed(e.overrides, folder.plan_file), *words] for e in known]
            else:
                jobs = combinations([*(f"{k}={v}" for k, v in self._params.items()), *words])
        except MlpScratchError as error:
            raise SystemExit(report_error(error)) from error
        return self._launcher.launch(jobs, initial_job_idx=0)


def combinations(words: Sequence[str]) -> list[list[str]]:
    """The overrides of each job; of a key given twice the last counts. Raises ConfigError."""
    choices: dict[str, list[str]] = {}
    for override in parsed_overrides(words):
        choices[override.get_key_element()] = each_value(override)
    return [list(job) for job in itertools.product(*choices.values())]


def remove_if_nothing_was_begun(path: Path) -> None:
    """Take a new sweep's folder away again when the sweep was refused, and nobody else has it."""
    from mlp_scratch.runs.folder import RunFolder, discard

    with contextlib.suppress(OSError, MlpScratchError), RunFolder(path).locked("sweep"):
        if {entry.name for entry in path.iterdir()} <= {".lock"}:
            discard(path)


def _launcher_words(config: DictConfig) -> list[str]:
    """How the jobs were to be run, for whoever goes on with them."""
    words = [*config.hydra.overrides.task, *config.hydra.overrides.hydra]
    again = "hydra.launcher.retry_failed="
    where = ("cluster=", "hydra.launcher.")
    return [word for word in words if word.startswith(where) and not word.startswith(again)]


def _config_dir(config: DictConfig) -> str | None:
    """The folder given by ``--config-dir``, if one was."""
    for source in config.hydra.runtime.config_sources:
        if source.provider == "command-line":
            return str(source.path)
    return None


def _job_return(overrides: list[str], composed: DictConfig) -> JobReturn:
    done = JobReturn(overrides=overrides, cfg=composed, status=JobStatus.COMPLETED)
    done.return_value = 0
    return done
