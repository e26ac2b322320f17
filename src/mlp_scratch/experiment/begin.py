"""The first steps of whatever trains: its data is read, and its network has its first weights."""

import copy

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.structure import structure_of
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.engine.checkpoint import Checkpoint
from mlp_scratch.experiment.build import Experiment, build
from mlp_scratch.experiment.load_data import load_data, resolve_data
from mlp_scratch.experiment.settle import settle
from mlp_scratch.experiment.warm_start import (
    encoder_before,
    resolve_init_from,
    say_encoding,
    warm_start,
)
from mlp_scratch.runs.console import log
from mlp_scratch.runs.folder import RunFolder


def read_data(
    config: ExperimentConfig, run: RunFolder | None = None, *, goes_on: bool = False
) -> tuple[ExperimentConfig, Dataset]:
    """The config's data, and what is to be said of it; a copy of the config that says which data
    and which first run are meant.

    run: the one that is to begin. goes_on: it has begun before, and has said it.
    Raises MlpScratchError.
    """
    config = copy.deepcopy(config)
    if announcement := resolve_data(config):
        log.info(announcement)
    if not goes_on:
        resolve_init_from(config, run)
    dataset = load_data(config)
    for note in () if goes_on else dataset.notes:
        log.info(note)
    return config, dataset


def begin(
    config: ExperimentConfig,
    dataset: Dataset,
    checkpoint: Checkpoint | None = None,
    *,
    validate_on_test: bool = False,
) -> tuple[ExperimentConfig, Experiment]:
    """What trains, its weights new or those of ``model.init_from``, and the config that it was
    built from; see ``settle`` and ``build``.

    checkpoint: that the run goes on from, whose weights are still to come. Raises MlpScratchError.
    """
    before = encoder_before(config, checkpoint)
    settled = settle(config, dataset, before)
    experiment = build(settled, validate_on_test=validate_on_test)
    if checkpoint is None and config.model.init_from is not None:
        say_encoding(before, dataset)
        warm_start(experiment.network, config.model.init_from, structure_of(config))
    return settled.config, experiment
