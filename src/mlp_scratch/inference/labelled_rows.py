"""Labelled rows that came after the training, in a place of their own, as a network takes them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlp_scratch.config.data_config import DataConfig
from mlp_scratch.data.array_formats.npy import read_labelled_npy
from mlp_scratch.data.array_formats.npz import read_labelled_npz
from mlp_scratch.data.dataset import check_weights
from mlp_scratch.data.fetch.sources import SOURCES
from mlp_scratch.data.tables.column_roles import Label, Roles, places_of
from mlp_scratch.data.tables.columns import Column, Table
from mlp_scratch.data.tables.formats.any_table import form_of, read_table
from mlp_scratch.data.tables.text.text_table import layout_with_names, table_laid_out
from mlp_scratch.data.targets import later_targets
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import DataError
from mlp_scratch.inference.labelled_pictures import labelled_pictures
from mlp_scratch.inference.new_rows import known_columns
from mlp_scratch.inference.run_data import saved_config
from mlp_scratch.inference.trained_features import array_features, features_of
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork
from mlp_scratch.streams import escaped, note


def labelled_rows(
    folder: RunFolder, trained: TrainedNetwork, file: Path, overrides: Sequence[str]
) -> Rows:
    """The rows of ``file``, encoded, normalized and scaled as the network was trained.

    .npz and .npy are read as files of test rows; folders, and tables of a run that was trained on
    the pictures of a folder, as pictures; everything else as a table, as the run's config with
    ``overrides`` of its ``data`` says. Labels are the run's classes, of which some may be absent.
    Raises MlpScratchError, also for a label that is none of them.
    """
    config, where = saved_config(folder, overrides), str(file)
    if not file.exists():
        raise DataError(f"{file}: no such file")
    x: np.ndarray
    labels: np.ndarray | None
    weights: np.ndarray | None = None
    if file.suffix.lower() in (".npz", ".npy"):
        x, labels = _of_arrays(trained, file, config.data)
    elif file.is_dir() or trained.reader is not None:
        label = _label(trained, config.data, named=True)
        x, labels = labelled_pictures(trained, file, label, config.data.reading())
    else:
        x, labels, weights = _of_a_table(trained, file, config.data)
    task = trained.task
    if task.reconstructs or labels is None:
        y = np.zeros(len(x), np.intp)
    else:
        if (count := len(np.atleast_1d(labels))) != len(x):
            raise DataError(f"{where}: {len(x)} rows but {count} labels")
        fixed = trained.data_name in SOURCES
        y = later_targets(labels, where, task.name, task.names, numbered=fixed)
    if weights is not None:
        check_weights(weights, len(x), where)
    targets = task.targets(y, trained.network.dtype)
    return Rows(x, targets, trained.normalizer, all_weights=weights)


def _of_arrays(
    trained: TrainedNetwork, file: Path, data: DataConfig
) -> tuple[np.ndarray, np.ndarray | None]:
    if file.suffix.lower() == ".npz":
        x, labels = read_labelled_npz(file)
    elif data.label is None or isinstance(data.label, str | int):
        x, labels = read_labelled_npy(file, data.label)
    else:
        raise DataError(f"{file}: data.label must be one file or one column")
    return array_features(trained, x), labels


def _of_a_table(
    trained: TrainedNetwork, file: Path, data: DataConfig
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Features, labels and weights. The columns of features are looked up as `read_new_rows` does
    it, that of the label by the name that it had; other columns do not matter."""
    table = _of_text(trained, file, data) if form_of(file) == "text" else None
    if table is None:  # its columns have names
        known, offset = known_columns(trained)
        roles = Roles(label=_label(trained, data, named=True), weight=data.weight)
        if known is None:
            raise DataError(f"{file}: the network was trained on features without names")
        table = read_table(file, data.reading(), roles, known, offset)
    if trained.encoder is not None:
        for line in trained.encoder.surprises(table.columns, table.x):
            note(f"{file}: {line}")
    x = features_of(trained, table.x, table.columns, table.offset, str(file))
    return x, table.apart.get("label"), table.apart.get("weight")


def _label(trained: TrainedNetwork, data: DataConfig, named: bool) -> Label:
    """named: whether the file's columns have names."""
    if trained.task.reconstructs:
        return ()
    if data.label is None and named and trained.target_names not in ((), ("y",)):
        return trained.target_names
    return data.label


def _of_text(trained: TrainedNetwork, file: Path, data: DataConfig) -> Table:
    reading, (known, offset) = data.reading(), known_columns(trained)
    layout = layout_with_names(file, reading, [column.name for column in known or ()])
    label = _label(trained, data, layout.header)
    dropped = () if layout.header or data.drop is None else tuple(data.drop)  # counted along
    whole = data.missing == "error"
    roles = Roles(label=label, weight=data.weight, drop=dropped, whole=whole)
    places = places_of(str(file), layout.names, roles, layout.index)
    if known is None:
        rest = [i for i in range(layout.columns) if i not in places.no_features]
        if len(rest) != (taken := trained.network.sizes[0]):
            raise DataError(f"{file}: {len(rest)} features, but the network takes {taken}")
        known = tuple(Column(layout.names[i]) for i in rest)
    table = table_laid_out(file, layout, reading, roles, known, offset)
    if places.guessed:
        name = escaped(layout.names[places.labels[0]][:40])
        note(f"{file}: label: {name!r}, the first column; data.label=COLUMN overrules this")
    for line in table.notes:
        note(f"{file}: {line}")
    return table
