"""Sweeps beyond this machine, through launchers that others wrote: submitit (Slurm) and Ray.

Such a launcher takes all jobs at once and comes back when they are over. Meanwhile the jobs' own
folders tell how they do, on a file system that all machines share.
"""

import contextlib
import copy
import os
import platform
import shutil
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, NamedTuple

from hydra.core.plugins import Plugins
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, flag_override

from mlp_scratch.config.written_values import written
from mlp_scratch.errors import ConfigError, in_one_line, missing_extra
from mlp_scratch.runs.folder import inside
from mlp_scratch.runs.run_state import ENDED, state_of
from mlp_scratch.sweep.job_process import write_failure
from mlp_scratch.sweep.plan import Job
from mlp_scratch.sweep.pool import SweepSignals
from mlp_scratch.sweep.sweep_folder import Entry, SweepFolder

POLL_SECONDS = 1.0
STOP_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Cluster:
    """target: Hydra's launcher. module, extra: what must be installed for it, and how."""

    target: str
    module: str
    extra: str


_SUBMITIT = "hydra_plugins.hydra_submitit_launcher"
_RAY = "hydra_plugins.hydra_ray_launcher"
CLUSTERS = {
    "slurm": Cluster(f"{_SUBMITIT}.submitit_launcher.SlurmLauncher", _SUBMITIT, "slurm"),
    "local": Cluster(f"{_SUBMITIT}.submitit_launcher.LocalLauncher", _SUBMITIT, "slurm"),
    "ray": Cluster(f"{_RAY}.ray_launcher.RayLauncher", _RAY, "ray"),
}


def check_cluster(name: str | None) -> None:
    """Raise ConfigError when the cluster is unknown or its launcher is not installed."""
    if name is None:
        return
    if name not in CLUSTERS:
        raise ConfigError(f"cluster={name}: not one of {', '.join(CLUSTERS)}")
    cluster = CLUSTERS[name]
    if find_spec(cluster.module) is None:
        package = cluster.module.rpartition(".")[2].replace("_", "-")
        raise missing_extra(f"cluster={name}:", package, cluster.extra)
    if name == "slurm" and shutil.which("sbatch") is None:
        raise ConfigError(
            "cluster=slurm: there is no sbatch here; start the sweep on a machine of the cluster, "
            "or try it with cluster=local"
        )


class Hydra(NamedTuple):
    """What Hydra hands to a launcher. master: the config of the sweep itself."""

    context: HydraContext
    task: TaskFunction
    master: DictConfig


def run_on_cluster(
    hydra: Hydra,
    name: str,
    options: dict[str, Any],
    folder: SweepFolder,
    todo: Sequence[tuple[Job, Entry]],
    signals: SweepSignals,
    *,
    ended: Callable[[Entry], None],
    tick: Callable[[int], None],
) -> None:
    """Run jobs through the launcher of ``name``, until they are over or a signal comes."""
    inside(folder.path, folder.path / ".submitit")
    config = copy.deepcopy(hydra.master)
    with flag_override(config, ["struct", "readonly"], [False, False]):
        config.hydra.launcher = {"_target_": CLUSTERS[name].target, **options}
    launcher = Plugins.instance().instantiate_launcher(hydra.context, hydra.task, config)
    where = [word for word in config.hydra.overrides.task if word.startswith("cluster=")]
    overrides = [[*where, *_overrides(folder, job, entry)] for job, entry in todo]
    crashes: list[BaseException] = []

    def launch() -> None:
        try:
            launcher.launch(overrides, initial_job_idx=0)
        except BaseException as error:  # a job that was killed; the others may still run
            crashes.append(error)

    before = {entry.folder: _written(folder, entry) for _, entry in todo}
    thread = threading.Thread(target=launch, daemon=True)
    thread.start()
    waiting = [entry for _, entry in todo]
    while waiting and signals.received is None:
        over = not thread.is_alive()
        for entry in list(waiting):
            if _has_ended(folder, entry, before[entry.folder]):
                waiting.remove(entry)
                ended(entry)
        running = sum(bool(folder.run(entry).is_locked()) for entry in waiting)
        tick(running)
        if over and not running:
            break
        time.sleep(POLL_SECONDS if waiting else 0)
    if signals.received is not None:
        _stop(folder, waiting, name)
    reason = in_one_line(crashes[0])[:300] if crashes else "ended without a word"
    for entry in waiting:
        run = folder.run(entry)
        if signals.received is None and state_of(run).status != "interrupted":
            run.path.mkdir(exist_ok=True)
            write_failure(run, f"{reason}; logs are in {folder.path / '.submitit'}")
        ended(entry)


def _overrides(folder: SweepFolder, job: Job, entry: Entry) -> list[str]:
    """What composes the job elsewhere as it was planned here."""
    data = job.config.data
    return [
        *job.overrides,
        f"data.name={data.name}",
        f"data.dir={written(data.dir)}",
        f"data.cache_dir={written(data.cache_dir)}",
        f"training.threads={job.config.training.threads}",
        f"hydra.sweep.dir='{folder.path.absolute()}'",
        f"hydra.sweep.subdir='{entry.folder}'",
    ]


def _has_ended(folder: SweepFolder, entry: Entry, before: int | None) -> bool:
    """Whether the job came to an end; its last summary ``before`` does not count."""
    run = folder.run(entry)
    if _written(folder, entry) == before or run.is_locked():
        return False
    return state_of(run).status in ENDED


def _written(folder: SweepFolder, entry: Entry) -> int | None:
    try:
        return folder.run(entry).summary.stat().st_mtime_ns
    except OSError:
        return None


def _stop(folder: SweepFolder, waiting: Sequence[Entry], name: str) -> None:
    """Pass a stop on to jobs on this machine; those of a real cluster are its own."""
    if name == "slurm":
        print("jobs in Slurm's queue stay there (squeue, scancel); repeat the sweep to go on")
        return
    for entry in waiting:
        host = folder.run(entry).read_summary().get("host", {})
        pid, here = host.get("pid"), host.get("name") == platform.node()
        if here and folder.run(entry).is_locked() and isinstance(pid, int) and pid > 1:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_PATIENCE_SECONDS
    while any(folder.run(entry).is_locked() for entry in waiting) and time.monotonic() < end:
        time.sleep(0.1)
