"""Sweeps as Hydra plugins: ``grid`` makes the combinations, ``sweep`` runs them.

Hydra finds plugins in the namespace package ``hydra_plugins`` alone, and imports this file whenever
a Hydra program starts in this environment: the work is in ``mlp_scratch.sweep``, in
``combinations.py`` and ``execute.py``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

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
        from mlp_scratch.config.keyed_errors import keyed
        from mlp_scratch.sweep.number_of_workers import check_workers

        try:
            with keyed("hydra.launcher", {"workers": "or null: as many as the cores can take"}):
                check_workers(workers)
        except ConfigError as error:
            raise SystemExit(report_error(error)) from error
        self._how: dict[str, Any] = {
            "workers": workers,
            "retry_failed": retry_failed,
            "cluster": cluster,
            "options": OmegaConf.to_container(options) if options else {},
        }
        self._interrupted = False

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        self._handed, self._config = (hydra_context, task_function, config), config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Run the jobs; each returns its exit status. What failed is in the sweep's table."""
        if self._interrupted:
            return []
        from mlp_scratch.experiment.hydra_shell import note_exit_status
        from mlp_scratch.sweep.cluster import Hydra
        from mlp_scratch.sweep.execute import Sweep
        from mlp_scratch.sweep.sweep_folder import SweepFolder

        sweep = Sweep(
            Hydra(*self._handed),
            path=Path(self._config.hydra.sweep.dir),
            overrides=list(self._config.hydra.overrides.task),
            launcher=_launcher_words(self._config),
            config_dir=_config_dir(self._config),
            **self._how,
        )
        try:
            jobs, status = sweep.run(job_overrides)
        except MlpScratchError as error:
            SweepFolder(sweep.path).discard_if_new()
            raise SystemExit(report_error(error)) from error
        except OSError as error:
            from mlp_scratch.runs.folder import command

            fault = f"{error.filename or sweep.path}: {error.strerror or error}"
            how = f"go on with: {command('resume', sweep.path)}"
            raise SystemExit(report_error(RunError(f"{fault}; {how}"))) from error
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        note_exit_status(status)
        self._interrupted = status > 128
        return [_job_return(job.overrides, job.composed) for job in jobs]


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
        from mlp_scratch.sweep.combinations import combinations_in
        from mlp_scratch.sweep.sweep_folder import SweepFolder

        words = [word for word in arguments if not word.startswith("cluster=")]
        try:
            jobs = combinations_in(SweepFolder(self._path), words, self._params)
        except MlpScratchError as error:
            raise SystemExit(report_error(error)) from error
        return self._launcher.launch(jobs, initial_job_idx=0)


def _launcher_words(config: DictConfig) -> list[str]:
    """How the jobs were to be run, for whoever goes on with them."""
    words = [*config.hydra.overrides.task, *config.hydra.overrides.hydra]
    again = "hydra.launcher.retry_failed="
    where = ("cluster=", "hydra.launcher.")
    return [word for word in words if word.startswith(where) and not word.startswith(again)]


def _config_dir(config: DictConfig) -> str | None:
    """The folder given by ``--config-dir``, if one was."""
    sources = config.hydra.runtime.config_sources
    return next((str(s.path) for s in sources if s.provider == "command-line"), None)


def _job_return(overrides: list[str], composed: DictConfig) -> JobReturn:
    done = JobReturn(overrides=overrides, cfg=composed, status=JobStatus.COMPLETED)
    done.return_value = 0
    return done
