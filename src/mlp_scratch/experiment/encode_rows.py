"""A table's rows as the network takes them: encoded once, before the network's sizes are known."""

from dataclasses import replace

import numpy as np

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset
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
        data, weights = config.data, dataset.weights_train
        encoder = TableEncoder.fit(
            *(columns, dataset.x_train, offset, rows, weights),
            *(data.missing, data.rare, data.max_width),
        )
    x_test = dataset.x_test
    if x_test is not None:
        x_test = encoder.encode(columns, x_test, offset, f"{where}, test rows")
    plain = dataset.feature_names is None and encoder.names == tuple(c.name for c in columns)
    features = replace(
        dataset,
        x_train=encoder.encode(columns, dataset.x_train, offset, where),
        x_test=x_test,
        feature_names=None if plain else encoder.names,
        offset=encoder.offset if encoder.offset.any() else None,
        columns=None,
    )
    return features, encoder
