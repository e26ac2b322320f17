"""Tables of whole numbers from 0 to 255, in text: the form in which images are given out as CSV.

NumPy reads them several times faster than pandas, which would also take half a second to be
imported, but its reader of numbers is kept to what cannot be misunderstood.
"""

import io
import warnings
from pathlib import Path

import numpy as np

from mlp_scratch.bounded_reads import opened


def read_byte_table(path: Path, delimiter: str, columns: int, skip: int) -> np.ndarray | None:
    """The table (n, columns) below the first ``skip`` lines as uint8; None if it is anything but
    whole numbers up to 255, ``columns`` to a line."""
    with opened(path) as file, warnings.catch_warnings():
        warnings.simplefilter("error")  # an empty table; a float, which older NumPys cut off
        text = io.TextIOWrapper(file, encoding="utf-8-sig")
        try:
            table = np.loadtxt(
                text, np.uint8, comments=None, delimiter=delimiter, skiprows=skip, ndmin=2
            )
        except (ValueError, OverflowError, Warning):
            return None
    return table if table.shape[1] == columns else None
