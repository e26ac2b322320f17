"""Sweeps beyond this machine, through launchers that others wrote: submitit (Slurm) and Ray."""

from typing import Any

from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from mlp_scratch.errors import ConfigError


def check_cluster(name: str | None) -> None:
    if name is not None:
        raise ConfigError(f"cluster={name}: not yet")


def run_on_cluster(
    context: HydraContext, task: TaskFunction, master: DictConfig, *rest: Any
) -> None:
    raise NotImplementedError
