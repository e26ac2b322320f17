"""A table's rows as the network takes them: encoded once, before the network's sizes are known."""

from dataclasses import replace
from typing import Any

import numpy as np

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import PARTS, Dataset
from mlp_scratch.data.tables.encoder import TableEncoder


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


def without_rows(config: ExperimentConfig, dataset: Dataset, rows: np.ndarray | None) -> Dataset:
    """The data set with the features that its training rows make of it, and none of its rows: what
    a network's sizes are made of. Raises DataError."""
    if dataset.columns is None or dataset.image_shape is not None:
        return dataset
    encoder = _fitted(config, dataset, rows)
    empty = replace(dataset, x_train=dataset.x_train[:0], x_val=None, x_test=None)
    return encode_rows(config, empty, None, encoder)[0]


def _fitted(config: ExperimentConfig, dataset: Dataset, rows: np.ndarray | None) -> TableEncoder:
    assert dataset.columns is not None
    data = config.data
    return TableEncoder.fit(
        *(dataset.columns, dataset.x_train, dataset.offset, rows, dataset.weights_train),
        *(data.missing, data.rare, data.max_width),
    )
