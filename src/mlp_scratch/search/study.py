"""The study behind a search: Optuna's sampler, pruner and storage, opened with care.

Optuna runs in the search's own process: it asks for parameters, sends trials to worker processes
and is told every epoch how they do.
"""

import platform
import re
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.exceptions import DuplicatedStudyError, StorageInternalError
from sqlalchemy.exc import DBAPIError

from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.engine.metrics import lower_is_better, watchable
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.range_checks import one_of, whole
from mlp_scratch.search.space import Space, grid_of
from mlp_scratch.search.study_file import NAME, check_study_file
from mlp_scratch.sweep.number_of_workers import check_workers

SAMPLERS = ("tpe", "random", "grid")
PRUNERS = ("median", "hyperband", "none")
METRIC = "metric"  # the attribute of a study that says what its trials are judged by


@dataclass
class SearchConfig:
    """The keys of ``conf/search/``."""

    trials: int
    workers: int
    sampler: str
    pruner: str
    startup_trials: int
    warmup_epochs: int
    metric: str | None
    seed: int
    dir: str | None
    storage: str | None
    study: str | None
    space: dict[str, Any]

    def check(self) -> None:
        """Raise ConfigError for a value out of its range."""
        with keyed("search"):
            whole("trials", self.trials, 1)
            check_workers(self.workers)
            whole("startup_trials", self.startup_trials, 0)
            whole("warmup_epochs", self.warmup_epochs, 0)
            one_of("sampler", self.sampler, SAMPLERS)
            one_of("pruner", self.pruner, PRUNERS)
            if self.metric is not None:
                one_of("metric", self.metric, watchable())


def open_study(
    config: SearchConfig, folder: Path, space: Space, epochs: int, metric: str
) -> optuna.Study:
    """The study of trials that are judged by ``metric``, new or as it was left.

    Raises ConfigError when its storage cannot be reached or its trials were judged by another
    metric, RunError when its file is not what a search writes.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    check_study_file(folder)
    url = config.storage or f"sqlite:///{(folder / NAME).as_posix()}"
    name = config.study or folder.name
    pruner = _pruner(config, epochs)
    wanted: Literal["minimize", "maximize"] = "minimize" if lower_is_better(metric) else "maximize"

    def create() -> optuna.Study:
        return optuna.create_study(
            storage=url, study_name=name, pruner=pruner, direction=wanted, load_if_exists=True
        )

    try:
        try:
            study = create()
        except (DBAPIError, DuplicatedStudyError, StorageInternalError):
            time.sleep(2)  # perhaps another machine was making the same tables
            study = create()
        judged_by = str(study.user_attrs.get(METRIC, metric))  # absent: from before it was noted
        same = study.direction.name.lower() == wanted and judged_by == metric
        if same and METRIC not in study.user_attrs:
            study.set_user_attr(METRIC, metric)
        trials = len(study.get_trials(deepcopy=False))
    except Exception as error:  # every storage has exceptions of its own
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ConfigError(
            f"search.storage={without_password(url)}: cannot be reached "
            f"({without_password(lines[0])[:200]}); leave it out for a file in the study's folder"
        ) from error
    if not same:
        raise ConfigError(
            f"search.study={name}: began with another training.early_stopping.metric, which cannot "
            "be compared; choose another search.study or search.dir"
        )
    study.sampler = _sampler(config, space, _draws(config, folder, trials))
    return study


def _draws(config: SearchConfig, folder: Path, trials: int) -> int:
    """The sampler's seed: a study that goes on, or another machine, must draw something new."""
    place = "" if config.storage is None else f"{platform.node()}:{folder.absolute()}"
    if not trials and not place:
        return config.seed
    return zlib.crc32(f"{config.seed} {trials} {place}".encode())


def _sampler(config: SearchConfig, space: Space, seed: int) -> optuna.samplers.BaseSampler:
    if config.sampler == "grid":
        return _Grid(grid_of(space), seed=config.seed)
    if config.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(n_startup_trials=config.startup_trials, seed=seed)


def _pruner(config: SearchConfig, epochs: int) -> optuna.pruners.BasePruner:
    if config.pruner == "median":
        return optuna.pruners.MedianPruner(
            n_startup_trials=config.startup_trials, n_warmup_steps=config.warmup_epochs
        )
    if config.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(
            min_resource=max(config.warmup_epochs, 1), max_resource=max(epochs, 1)
        )
    return optuna.pruners.NopPruner()


def without_password(url: str) -> str:
    """The address of a database as it may be shown."""
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", url)


class _Grid(optuna.samplers.GridSampler):
    """Optuna's grid; at its end it would stop ``study.optimize``, which is not in use here."""

    def after_trial(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the search knows how many points the grid has."""
