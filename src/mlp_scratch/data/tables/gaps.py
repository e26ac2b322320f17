"""Rows with a gap in them, where the config wants none: left out, or refused by name."""

from dataclasses import replace
from typing import Any

import numpy as np

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.features import blocks
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped


def settle_gaps(dataset: Dataset, missing: str) -> Dataset:
    """The data set with ``missing=drop`` or ``error`` done; all else is for the encoder.

    Raises DataError.
    """
    if missing not in ("drop", "error") or dataset.columns is None:
        return dataset
    rows = []
    for x in (dataset.x_train, dataset.x_test):
        holes = None if x is None or x.dtype == np.uint8 else _first_gaps(x)
        rows.append(None if holes is None or (holes < 0).all() else holes)
    if all(holes is None for holes in rows):
        return dataset
    if missing == "error":
        where, holes = next(
            (w, h) for w, h in zip(("", "test "), rows, strict=True) if h is not None
        )
        row = int(np.argmax(holes >= 0))
        name = escaped(dataset.columns[holes[row]].name[:40])
        raise DataError(
            f"{dataset.source}: {where}row {row + 1}: {name!r} is missing: data.missing=error; "
            "auto fills gaps"
        )
    left_out, kept = [], dict[str, Any]()
    for part, holes in zip(("train", "test"), rows, strict=True):
        if holes is None:
            continue
        whole = holes < 0
        if not whole.any():
            raise DataError(
                f"{dataset.source}: data.missing=drop: each of the {part} rows has a gap"
            )
        for key in ("x", "y", "weights"):
            array = getattr(dataset, f"{key}_{part}")
            kept[f"{key}_{part}"] = None if array is None else array[whole]
        left_out.append(f"{np.count_nonzero(~whole):,} of {len(whole):,} {part} rows")
    note = f"data.missing=drop: {' and '.join(left_out)} have gaps and are left out"
    return replace(dataset, **kept, notes=(*dataset.notes, note))


def _first_gaps(x: np.ndarray) -> np.ndarray:
    """(n,) the column of each row's first gap, -1 where there is none."""
    first = np.empty(len(x), np.intp)
    for part in blocks(len(x), x.strides[0]):
        gaps = np.isnan(x[part])
        first[part] = np.where(gaps.any(axis=1), gaps.argmax(axis=1), -1)
    return first
