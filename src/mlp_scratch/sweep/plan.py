"""From the overrides of a sweep to its jobs: composed, checked, told apart and named.

Everything that can be wrong is found here, before the first job starts. Hydra composes once for
each combination of group choices (a tenth of a second); jobs that differ in plain values share it.
"""

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override, OverrideType
from omegaconf import DictConfig, OmegaConf, flag_override

from mlp_scratch.config.command_line import parsed_overrides
from mlp_scratch.config.compose import explained
from mlp_scratch.config.file_words import keys_of
from mlp_scratch.config.key_roles import NOT_IDENTIFYING, essentials
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.errors import ConfigError
from mlp_scratch.experiment.build import build_augmentation
from mlp_scratch.experiment.load_data import load_data, resolve_data
from mlp_scratch.experiment.resolve_task import asked_task
from mlp_scratch.experiment.settle import settled_config
from mlp_scratch.experiment.warm_start import resolve_init_from
from mlp_scratch.runs.own_places import PLACES, refuse_told_address, use_own_places

LONGEST_NAME = 100  # characters of a job's folder


@dataclass
class Job:
    """One experiment of a sweep.

    overrides: as they would be typed for it alone. composed: what Hydra made of them; hydra: its
    own section, shared with other jobs. config: checked, with data, threads and layer sizes
    resolved. identity: names the config, see below.
    """

    overrides: list[str]
    composed: DictConfig
    hydra: DictConfig
    config: ExperimentConfig
    identity: str


def plan_jobs(
    loader: ConfigLoader, master: DictConfig, combinations: Iterable[Sequence[str]]
) -> tuple[list[Job], list[str]]:
    """The jobs of a sweep in the order asked for, and announcements for the person who asked.

    Raises ConfigError for a value that cannot work and for two jobs that are the same, DataError
    when a data set cannot be had.
    """
    said = master.hydra.overrides.task
    typed_keys = keys_of(said) | {str(key) for key in master.hydra.sweeper.get("params") or ()}
    where = [word for word in said if word.startswith("cluster=")]
    composer = Composer(lambda words: loader.load_sweep_config(master, [*words, *where]), master)
    resolver = _Resolver()
    jobs: list[Job] = []
    for words in combinations:
        composed, own = composer.compose(words)
        assert own is not None
        config = typed(composed)
        if from_a_file := keys_of(words) & {*PLACES} - typed_keys:
            use_own_places(config, {*PLACES} - from_a_file)
            refuse_told_address(config, {*PLACES} - from_a_file, "the sweep's plan")
        config = resolver.resolve(config)
        jobs.append(Job(list(words), composed, own, config, identity(config)))
    _refuse_duplicates(jobs)
    return jobs, resolver.announcements


def identity(config: ExperimentConfig) -> str:
    """The name of an experiment: a hash of its resolved config.

    Left out are where its data lies and who is told of it, which have no effect on a result, and
    keys that older jobs do not have, where they say what was so before.
    """
    text = json.dumps(essentials(config, besides=NOT_IDENTIFYING), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def folder_name(overrides: Sequence[str], keys: Sequence[str], code: str) -> str:
    """A readable name that every file system takes: what of the overrides varies."""
    chosen = [word for word in overrides if word.partition("=")[0] in keys]
    name = ",".join(_plain_name(word) for word in chosen or overrides) or "job"
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 9]}-{code[:8]}"
    return name


def _plain_name(word: str) -> str:
    key, equals, value = word.partition("=")
    value = re.sub(r"[^\w.+-]+", "-", value).strip("-") if value != "-" else value
    return re.sub(r"[^\w.+@-]+", "-", key).strip("-.+") + equals + (value.rstrip(".") or "empty")


class Composer:
    """Composes jobs, Hydra's way but once for each combination of group choices.

    whole: composes from the files. example: any such config; what is a plain value at its top is
    taken for one in all. Files that change in the meantime do not matter to what was composed.
    """

    def __init__(self, whole: Callable[[list[str]], DictConfig], example: DictConfig) -> None:
        self._whole = whole
        self._example = example
        self._bases: dict[tuple[str, ...], tuple[DictConfig, DictConfig | None]] = {}

    def compose(self, overrides: Sequence[str]) -> tuple[DictConfig, DictConfig | None]:
        """The job's config, and Hydra's own section if there is one. Raises ConfigError."""
        words = list(overrides)
        with explained(words):
            parsed = parsed_overrides(words)
            plain = [override for override in parsed if self._is_plain(override)]
            key = tuple(str(o.input_line) for o in parsed if o not in plain)
            key += tuple(str(o.key_or_group) for o in plain)
            if key not in self._bases:
                self._bases[key] = self._split(self._whole(words))
            base, own = self._bases[key]
            task = copy.deepcopy(base)
            for override in plain:
                OmegaConf.update(task, str(override.key_or_group), override.value(), merge=True)
        return task, own

    def _split(self, whole: DictConfig) -> tuple[DictConfig, DictConfig | None]:
        if "hydra" not in whole:
            return whole, None
        HydraConfig.instance().set_config(whole)  # for values that say ${hydra:...}
        own = whole.hydra
        with flag_override(whole, ["struct", "readonly"], [False, False]):
            del whole["hydra"]
        return whole, own

    def _is_plain(self, override: Override) -> bool:
        """Whether it sets a value, rather than choosing from a group or adding a key."""
        key = override.key_or_group
        if override.type is not OverrideType.CHANGE or override.package or "/" in key:
            return False
        if key.startswith("hydra."):
            return False
        in_example = OmegaConf.select(self._example, key, default=self._example)
        return "." in key or not isinstance(in_example, DictConfig)


class _Resolver:
    """Fills in what a config leaves to the moment: the data set, the threads, the layer sizes."""

    def __init__(self) -> None:
        self.announcements: list[str] = []
        self._auto: dict[str, str] = {}
        self._datasets: dict[str, Dataset] = {}

    def resolve(self, config: ExperimentConfig) -> ExperimentConfig:
        """The config as the job is given it.

        Raises DataError or ConfigError when the config's data cannot be had or do not fit.

        Loading the data set here fills its cache once for all workers.
        """
        data, training = config.data, config.training
        if data.name == "auto" and data.dir in self._auto:
            data.name = self._auto[data.dir]
        elif announcement := resolve_data(config):
            self._auto[data.dir] = data.name
            self.announcements.append(announcement)
        resolve_init_from(config)
        if training.threads == "auto":
            training.threads = 1  # the cores are busy with other jobs; bits depend on it
        key = json.dumps([asdict(data), asked_task(config)], sort_keys=True)
        if key not in self._datasets:
            self._datasets[key] = load_data(config)
            self.announcements += self._datasets[key].notes
        dataset = self._datasets[key]
        config = settled_config(config, dataset)
        build_augmentation(config, dataset)  # whether it can be had
        return config


def _refuse_duplicates(jobs: Sequence[Job]) -> None:
    seen: dict[str, Job] = {}
    for job in jobs:
        first = seen.setdefault(job.identity, job)
        if first is not job:
            pair = [" ".join(j.overrides) or "(the defaults)" for j in (first, job)]
            raise ConfigError(
                f"duplicate job: {pair[1]} is the same experiment as {pair[0]}; take one of the "
                "two values out"
            )
