"""The row that somebody wants explained: of the test rows, or out of a file."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.tables.cells import number_text
from mlp_scratch.data.tables.encoder.column_codes import CategoryCode, NumberCode
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.inference.new_rows import read_new_rows
from mlp_scratch.inference.predict_pictures import read_picture, reads_ink
from mlp_scratch.inference.run_data import check_fits, saved_config, test_rows
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork

_ROW = re.compile(r"[0-9]{1,18}")
_ROW_OF = re.compile(rf"(.+):({_ROW.pattern})")  # rows.csv:17


class AskedRow(NamedTuple):
    """name: for people. x: (features,) as stored. truth: of a test row, as the loss takes it."""

    name: str
    x: np.ndarray
    truth: np.ndarray | None = None


def data_of(folder: RunFolder, trained: TrainedNetwork, overrides: Sequence[str]) -> Dataset:
    """The run's data as it is now. Raises MlpScratchError: it is not there, or does not fit."""
    dataset = load_data(saved_config(folder, overrides))
    check_fits(dataset, folder, trained)
    return dataset


def asked_row(
    folder: RunFolder, trained: TrainedNetwork, word: str, overrides: Sequence[str]
) -> AskedRow:
    """``17``: the test row of this number, from 1; ``rows.csv`` or ``rows.csv:17``: the first or
    the 17th row of a table; ``seven.png``. Raises MlpScratchError."""
    if _ROW.fullmatch(word):
        return _test_row(data_of(folder, trained, overrides), trained, int(word))
    # os.path.exists, unlike Path.exists, takes a name that is too long for one that is not there
    match, file, number = _ROW_OF.fullmatch(word), Path(word), 1
    if match and not os.path.exists(file):
        file, number = Path(match[1]), int(match[2])
    if not os.path.exists(file):
        raise ConfigError(f"explain {word[:300]}: neither the number of a test row nor a file")
    if trained.image_shape is not None and file.is_file():
        return AskedRow(str(file), _picture(trained, file))
    rows = read_new_rows(trained, file, saved_config(folder, overrides).data.reading())
    if not 1 <= number <= len(rows.x):
        raise ConfigError(f"explain {word}: {file} has {len(rows.x):,} rows, counted from 1")
    return AskedRow(f"row {number:,} of {file}", np.asarray(rows.x[number - 1]))


def _test_row(dataset: Dataset, trained: TrainedNetwork, number: int) -> AskedRow:
    if dataset.x_test is None:
        raise DataError(f"{dataset.source}: has no test rows; name a file")
    rows = test_rows(dataset, trained)
    if not 1 <= number <= len(rows):
        raise ConfigError(f"explain {number}: there are {len(rows):,} test rows, counted from 1")
    place = np.array([number - 1])
    return AskedRow(f"test row {number:,}", np.asarray(rows.fetch(place))[0], rows.labels[place][0])


def _picture(trained: TrainedNetwork, file: Path) -> np.ndarray:
    """As ``predict`` reads it."""
    rows = read_picture(trained, file, reads_ink(trained, "auto")[0]).rows
    if not len(rows):
        raise DataError(f"{file}: nothing found")
    return rows[0]


def parts_of(trained: TrainedNetwork) -> tuple[list[str], list[np.ndarray]]:
    """Names of what a row is made of, as its owner sees it, and which features each became: the
    columns of a table, pixels with all their colours, or the features themselves."""
    n, shape = trained.network.sizes[0], trained.image_shape
    if shape is not None:
        pixels = np.arange(n).reshape(shape[0] * shape[1], -1)
        return [f"pixel {i}" for i in range(len(pixels))], [*pixels]
    if trained.encoder is None:
        names = trained.feature_names or tuple(f"x{i + 1}" for i in range(n))
        return [*names], [np.array([i]) for i in range(n)]
    columns = [np.arange(n)[part] for part in trained.encoder.slices]
    return [column.name for column in trained.encoder.columns], columns


def values_of(trained: TrainedNetwork, x: np.ndarray) -> list[str]:
    """What the parts of a row of no picture are, in words."""
    if trained.encoder is None:
        offset = np.broadcast_to(trained.normalizer.offset, x.shape)
        return [number_text(float(v), float(o)) for v, o in zip(x, offset, strict=True)]
    words = []
    for code, part in zip(trained.encoder.codes, trained.encoder.slices, strict=True):
        features = x[part]
        if isinstance(code, CategoryCode):
            on = np.flatnonzero(features)
            name = code.names[on[0]] if len(on) else f"={code.zeros or 'none'}"
            words.append(name.partition("=")[2] or "missing")
        elif isinstance(code, NumberCode):
            gap = code.gap and features[1] > 0
            words.append("missing" if gap else number_text(float(features[0]), code.offset))
        else:
            days = int(np.floor(float(features[0]) + code.offset))
            words.append(str(np.datetime64(days, "D")))
    return words
