"""A table's rows as the network takes them: encoded once, before the network's sizes are known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import PARTS, Dataset
from mlp_scratch.data.tables.encoder.encoder import TableEncoder, has_gaps


def encode_rows(
    config: ExperimentConfig,
    dataset: Dataset,
    rows: np.ndarray | None,
    encoder: TableEncoder | None = None,
) -> tuple[Dataset, TableEncoder | None]:
    """The data set with features in the place of a table's columns, and what made them.

    rows: the training rows, None: all; the encoder is fitted on them, unless one is given. What is
    no table, and what is a table of pictures' pixels, is features already. Raises DataError.
    """
    columns, offset, where = dataset.columns, dataset.offset, dataset.source
    if columns is None or dataset.image_shape is not None:
        return dataset, None
    if encoder is None:
        encoder = _fitted(config, dataset, rows)
    x: dict[str, Any] = {"x_train": encoder.encode(columns, dataset.x_train, offset, where)}
    for part in ("val", "test"):
        if (others := getattr(dataset, f"x_{part}")) is not None:
            said = f"{where}, {PARTS[part]} rows"
            x[f"x_{part}"] = encoder.encode(columns, others, offset, said)
    plain = dataset.feature_names is None and encoder.names == tuple(c.name for c in columns)
    features = replace(
        dataset,
        **x,
        feature_names=None if plain else encoder.names,
        offset=encoder.offset if encoder.offset.any() else None,
        columns=None,
    )
    return features, encoder


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
    encoder = encoder or _fitted(config, dataset, rows)
    empty = replace(dataset, x_train=dataset.x_train[:0], x_val=None, x_test=None)
    return encode_rows(config, empty, None, encoder)[0]


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
