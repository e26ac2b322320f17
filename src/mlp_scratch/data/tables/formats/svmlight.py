"""The format of SVMlight and LIBSVM: a row a line, its label, then ``index:value`` of what is not
0; ``qid:`` of a ranking and what stands behind ``#`` are no features.

Features are called by their index in the file, which begins at 0 or at 1: ``feature 1``.
"""

import re
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.formats.unpacked_size_limit import check_dense
from mlp_scratch.data.tables.text.decompress import unpacked_text
from mlp_scratch.data.tables.text.dialect import MAX_COLUMNS
from mlp_scratch.data.tables.text.text_encoding import long_lines
from mlp_scratch.errors import DataError

_NUMBER = rb"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?[iI][nN][fF]|[nN][aA][nN]"
_LABEL = re.compile(_NUMBER)
_PAIR = re.compile(rb"(\d{1,9}):(" + _NUMBER + rb")")
_CALLED = re.compile(r"feature (\d{1,9})")
LINE = re.compile(  # what tells such a file from other text
    rb"[+-]?\d+(\.\d+)?([ \t]+qid:\d+)?([ \t]+\d{1,9}:[+-]?[\d.]+([eE][+-]?\d+)?)*[ \t]*(#.*)?"
)


def read_svmlight(path: Path, known: Sequence[Column] | None = None) -> tuple[Any, str]:
    """The file as a pandas DataFrame, its first column ``label``, and a line about it.

    known: columns that must be there, though no row of this file may name them. Raises DataError,
    with the line.
    """
    labels, columns, values, ends, rankings = _values_in(path)
    import pandas as pd

    index = np.frombuffer(columns, np.int32)
    called = [_CALLED.fullmatch(column.name) for column in known or ()]
    wanted = [int(found[1]) for found in called if found]
    first = min(int(index.min(initial=1)), *wanted, 1)
    last = max(int(index.max(initial=0)), *wanted, 0)
    width = last - first + 1
    if width > MAX_COLUMNS:
        raise DataError(f"{path}: index {last}: at most {MAX_COLUMNS:,} features are read")
    if width < 1:
        raise DataError(f"{path}: no index:value in it, only labels")
    check_dense(path, len(labels), width + 1)
    x = np.zeros((width + 1, len(labels)))
    x[0] = labels
    edges = np.frombuffer(ends, np.int64)
    rows = np.repeat(np.arange(len(labels)), edges[1:] - edges[:-1])
    x[index - first + 1, rows] = np.frombuffer(values, np.float64)
    names = ["label", *(f"feature {i}" for i in range(first, last + 1))]
    note = f"read as: svmlight, {width:,} features, numbered from {first}"
    note += "; qid is not used" if rankings else ""
    return pd.DataFrame(x.T, columns=names, copy=False), note


def _values_in(path: Path) -> tuple[array, array, array, array, int]:
    """Labels; the index and the value of each pair, and the place behind the last of each row; how
    many pairs are of rankings."""
    labels, values, columns = array("d"), array("d"), array("i")
    ends, rankings = array("q", [0]), 0
    with unpacked_text(path) as (file, _):
        for number, line in long_lines(path, file):
            line = line.removeprefix(b"\xef\xbb\xbf").partition(b"#")[0].strip()
            if not line:
                continue
            label, *pairs = line.split()
            where = f"{path}: line {number}"
            if not _LABEL.fullmatch(label):
                raise DataError(f"{where}: {_shown(label)} is not a label, which is a number")
            labels.append(float(label))
            seen = len(columns)
            for pair in pairs:
                if pair.startswith(b"qid:"):
                    rankings += 1
                    continue
                if not (found := _PAIR.fullmatch(pair)):
                    raise DataError(f"{where}: {_shown(pair)} is not index:value")
                columns.append(int(found[1]))
                values.append(float(found[2]))
            if len({*columns[seen:]}) < len(columns) - seen:
                raise DataError(f"{where} has a value for the same index twice")
            ends.append(len(columns))
    if not labels:
        raise DataError(f"{path}: no rows in it")
    return labels, columns, values, ends, rankings


def _shown(word: bytes) -> str:
    return ascii(word[:40].decode("latin-1"))
