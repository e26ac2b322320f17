"""What a config leaves to its data, settled before anything is built: task, loss, layers.

The config that was asked for stays as it is. The copy made here is the one that counts: it is
written down, and built from.
"""

from dataclasses import dataclass, replace

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.written_values import shown
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.errors import ConfigError
from mlp_scratch.experiment.encode_rows import layers_to_keep
from mlp_scratch.experiment.resolve_task import resolve_task, task_of
from mlp_scratch.experiment.split_rows import SplitRows, sized, split_rows

WHAT = {
    "classification": "classes",
    "regression": "numbers to predict",
    "multilabel": "labels",
    "autoencoder": "features",
}


@dataclass(frozen=True)
class Settled:
    """All that ``build`` makes objects of.

    config: a copy with nothing left open. read: the data set as it was read; rows: what became of
    it. sizes: the units of each layer.
    """

    config: ExperimentConfig
    read: Dataset
    rows: SplitRows
    sizes: list[int]


def settle(
    config: ExperimentConfig, dataset: Dataset, encoder: TableEncoder | None = None
) -> Settled:
    """The config and the data set made to fit each other.

    encoder: of a table, where it is not to be fitted on these training rows.
    Raises ConfigError or DataError when they do not.
    """
    config = resolve_task(config, dataset)
    rows = split_rows(config, dataset, encoder)
    sizes = layer_sizes(config, rows.dataset)
    return Settled(_with_layers(config, dataset, sizes), dataset, rows, sizes)


def settled_config(config: ExperimentConfig, dataset: Dataset) -> ExperimentConfig:
    """The config of ``settle``, without its rows where they would have to be encoded for that."""
    config = resolve_task(config, dataset)
    return _with_layers(config, dataset, layer_sizes(config, sized(config, dataset)))


def layer_sizes(config: ExperimentConfig, dataset: Dataset) -> list[int]:
    """``model.layers`` with the data's sizes for null. Raises ConfigError when they do not fit."""
    layers = list(config.model.layers)
    for place, have, what in [
        (0, dataset.n_features, "features"),
        (-1, task_of(config, dataset).outputs, WHAT[dataset.task]),
    ]:
        if layers[place] is None:
            layers[place] = have
        elif layers[place] != have:
            fixed, open_ended = [*layers], [*layers]
            fixed[place], open_ended[place] = have, None
            needs = f"has {have} {what}"
            if what == WHAT["regression"]:  # a loss may want several outputs for each
                needs = f"needs {have} outputs for loss={config.loss['name']}"
            raise ConfigError(
                f"model.layers[{place}]={layers[place]} but data '{dataset.name}' {needs}: use "
                f"model.layers={shown(fixed)} or {shown(open_ended)}"
            )
    return [int(units) for units in layers if units is not None]


def _with_layers(config: ExperimentConfig, dataset: Dataset, sizes: list[int]) -> ExperimentConfig:
    layers = layers_to_keep(config, dataset, sizes)
    return replace(config, model=replace(config.model, layers=layers))
