"""The data set that a config names."""

import os
from dataclasses import replace
from pathlib import Path

from mlp_scratch.config.data_config import FROM_FILE
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.builtin.worlds import WORLDS
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset, resolve_auto
from mlp_scratch.data.lookup.user_cache import PARSED, made_user_cache, user_cache
from mlp_scratch.experiment.resolve_task import asked_task
from mlp_scratch.runs.own_places import own_data

_AS_IT_IS = (  # keys of the config that `load_dataset` and its `Request` call alike
    *("path", "test_path", "val_path", "label", "weight", "split", "group", "drop", "keep"),
    *("categorical", "pictures", "missing", "download", "shuffle", "limit", "n", "noise"),
)
TEST_SEED = 0  # of the test rows held out, and of data.limit: not the run's, which a sweep varies


def resolve_data(config: ExperimentConfig) -> str | None:
    """Replace ``data=auto`` by what lies there; return the line that says so, if it was auto."""
    if config.data.name != "auto":
        return None
    config.data.name, announcement = resolve_auto(config.data.dir, user_cache())
    return announcement


def parsed_folder(config: ExperimentConfig) -> Path:
    """Where parsed data is kept."""
    asked = config.data.cache_dir
    return made_user_cache() / PARSED if asked is None else Path(os.path.expanduser(asked))


def load_data(config: ExperimentConfig) -> Dataset:
    """The config's data set, its target read as the task wants it.

    Downloads go to the user's cache, unless ``data.dir`` is another than ``conf/`` has.
    Raises DataError or ConfigError.
    """
    data, task = config.data, asked_task(config)
    shared = made_user_cache()
    dataset = load_dataset(
        data.name,
        dir=data.dir,
        cache_dir=parsed_folder(config),
        reading=data.reading(),
        task=task,
        test_fraction=data.test_fraction if data.name in (*FROM_FILE, *WORLDS) else 0.0,
        seed=TEST_SEED,
        shared=shared,
        download_dir=shared if data.dir == own_data()["dir"] else None,
        **{key: getattr(data, key) for key in _AS_IT_IS},
    )
    if task == config.task:
        return dataset
    decided = f"task: {task}, which loss={config.loss['name']} is for"
    return replace(dataset, notes=(decided, *dataset.notes))
