"""Rows with a gap in them, where the config wants none: left out, or refused by name."""

from dataclasses import replace
from typing import Any

import numpy as np

from mlp_scratch.data.dataset import ARRAYS, PARTS, Dataset
from mlp_scratch.data.features import blocks
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped


def settle_gaps(dataset: Dataset, missing: str) -> Dataset:
    """The data set with ``missing=drop`` or ``error`` done; all else is for the encoder.

    Raises DataError.
    """
    if missing not in ("drop", "error") or dataset.columns is None:
        return dataset
    rows = {}
    for part in PARTS:
        x = getattr(dataset, f"x_{part}")
        holes = None if x is None or x.dtype == np.uint8 else _first_gaps(x)
        if holes is not None and (holes >= 0).any():
            rows[part] = holes
    if not rows:
        return dataset
    if missing == "error":
        part, holes = next(iter(rows.items()))
        where = "" if part == "train" else f"{PARTS[part]} "
        row = int(np.argmax(holes >= 0))
        name = escaped(dataset.columns[holes[row]].name[:40])
        raise DataError(
            f"{dataset.source}: {where}row {row + 1}: {name!r} is missing: data.missing=error; "
            "auto fills gaps"
        )
    left_out, kept = [], dict[str, Any]()
    divided = dataset.x_test is not None or dataset.x_val is not None
    for part, holes in rows.items():
        whose = f" {PARTS[part]}" if divided else ""
        whole = holes < 0
        if not whole.any():
            raise DataError(
                f"{dataset.source}: data.missing=drop: each of the {PARTS[part]} rows has a gap"
            )
        for key in ARRAYS:
            array = getattr(dataset, key)
            if key.endswith(f"_{part}") and array is not None:
                kept[key] = array[whole]
        left_out.append(f"{np.count_nonzero(~whole):,} of {len(whole):,}{whose} rows")
    note = f"data.missing=drop: {' and '.join(left_out)} have gaps and are left out"
    return replace(dataset, **kept, notes=(*dataset.notes, note))


def _first_gaps(x: np.ndarray) -> np.ndarray:
    """(n,) the column of each row's first gap, -1 where there is none."""
    first = np.empty(len(x), np.intp)
    for part in blocks(len(x), x.strides[0]):
        gaps = np.isnan(x[part])
        first[part] = np.where(gaps.any(axis=1), gaps.argmax(axis=1), -1)
    return first
