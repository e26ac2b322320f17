"""A table's rows as the network takes them: encoded once, before the network's sizes are known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import PARTS, Dataset
from mlp_scratch.data.load import TABLES
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.encoder.encoder import TableEncoder, has_gaps
from mlp_scratch.data.tables.encoder.fit_cache import FitCache
from mlp_scratch.data.tables.table_rows import LARGE
from mlp_scratch.experiment.load_data import parsed_folder


def encode_rows(
    config: ExperimentConfig,
    dataset: Dataset,
    rows: np.ndarray | None,
    encoder: TableEncoder | None = None,
) -> tuple[Dataset, TableEncoder | None, Normalizer]:
    """The data set with features in the place of a table's columns, what made them, and what scales
    them.

    rows: the training rows, None: all; the encoder is fitted on them, unless one is given, and the
    normalizer. What is no table, and what is a table of pictures' pixels, is features already.
    Raises DataError.
    """
    normalizer = Normalizer(config.data.normalize)
    if dataset.columns is None or dataset.image_shape is not None:
        normalizer.fit(dataset.x_train, rows, dataset.weights_train)
        encoder = None
    else:
        kept = None if encoder is not None else _kept(config, dataset, rows)
        fit = None if kept is None else kept.load()
        if fit is None:
            encoder = encoder or _fitted(config, dataset, rows)
            dataset = _encoded(dataset, encoder)
            normalizer.fit(dataset.x_train, rows, dataset.weights_train, encoder.flags)
            if kept is not None:
                kept.store(encoder, normalizer.arrays())
        else:
            encoder, statistics = fit
            dataset = _encoded(dataset, encoder)
            normalizer = Normalizer.from_arrays(config.data.normalize, statistics)
    if dataset.offset is not None:
        normalizer.offset = dataset.offset
    return dataset, encoder, normalizer


def _encoded(dataset: Dataset, encoder: TableEncoder) -> Dataset:
    """Its rows as features. Raises DataError."""
    columns, offset, where = dataset.columns, dataset.offset, dataset.source
    assert columns is not None
    x: dict[str, Any] = {"x_train": encoder.features(columns, dataset.x_train, offset, where)}
    for part in ("val", "test"):
        if (others := getattr(dataset, f"x_{part}")) is not None:
            said = f"{where}, {PARTS[part]} rows"
            x[f"x_{part}"] = encoder.features(columns, others, offset, said)
    plain = dataset.feature_names is None and encoder.names == tuple(c.name for c in columns)
    return replace(
        dataset,
        **x,
        feature_names=None if plain else encoder.names,
        offset=encoder.offset if encoder.offset.any() else None,
        columns=None,
    )


def _kept(config: ExperimentConfig, dataset: Dataset, rows: np.ndarray | None) -> FitCache | None:
    """Where the fit of a large file's rows is kept; None of others, which take no time."""
    data = config.data
    if dataset.columns is None or data.name not in TABLES or dataset.x_train.nbytes <= LARGE:
        return None
    options = (data.missing, data.rare, data.max_width, data.normalize)
    return FitCache(parsed_folder(config), dataset.digest, dataset.columns, rows, options)


def without_rows(
    config: ExperimentConfig,
    dataset: Dataset,
    rows: np.ndarray | None,
    encoder: TableEncoder | None = None,
) -> Dataset:
    """The data set with the features that its training rows make of it, and none of its rows: what
    a network's sizes are made of. encoder: as for `encode_rows`. Raises DataError."""
    if dataset.columns is None or dataset.image_shape is not None:
        return dataset
    empty = replace(dataset, x_train=dataset.x_train[:0], x_val=None, x_test=None)
    return _encoded(empty, encoder or _fitted(config, dataset, rows))


def layers_to_keep(
    config: ExperimentConfig, dataset: Dataset, sizes: Sequence[int]
) -> list[int | None]:
    """``model.layers`` as a run's config has it: ``sizes``, but what was asked for, mostly null,
    where the number of features depends on which rows are trained on. So another seed or fold is
    the same setting. dataset: as it was read."""
    columns, asked = dataset.columns, config.model.layers
    if columns is None or dataset.image_shape is not None:
        return [*sizes]
    if all(column.kind == "number" for column in columns) and not has_gaps(dataset.x_train):
        return [*sizes]
    last = asked[-1] if dataset.task == "autoencoder" else sizes[-1]
    return [asked[0], *sizes[1:-1], last]


def _fitted(config: ExperimentConfig, dataset: Dataset, rows: np.ndarray | None) -> TableEncoder:
    assert dataset.columns is not None
    data = config.data
    return TableEncoder.fit(
        *(dataset.columns, dataset.x_train, dataset.offset, rows, dataset.weights_train),
        *(data.missing, data.rare, data.max_width),
    )
