"""Tables of whole numbers from 0 to 255, in text: the form in which images are given out as CSV.

NumPy reads them several times faster than pandas, which would also take half a second to be
imported, but its reader of numbers is kept to what cannot be misunderstood.
"""

import warnings
from typing import TextIO

import numpy as np

from mlp_scratch.data.tables.text.text_settings import BLANKS


def read_byte_table(text: TextIO, delimiter: str, columns: int) -> np.ndarray | None:
    """The rows (n, columns) as uint8; None if they are anything but whole numbers up to 255,
    ``columns`` to a line."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an empty table; a float, which older NumPys cut off
        sign = None if delimiter == BLANKS else delimiter
        try:
            table = np.loadtxt(text, np.uint8, comments=None, delimiter=sign, ndmin=2)
        except (ValueError, OverflowError, Warning):
            return None
    return table if table.shape[1] == columns else None
