"""Whether a figure looks like the digit that a network names, which names one for any letter.

Each digit has 25 patterns, and what no sum of them makes of a figure tells how unlike it is: the
subspace method (Watanabe 1969; Oja, "Subspace Methods of Pattern Recognition", 1983). The patterns
are the principal directions, about zero, of MNIST's training images of that digit at half size.
"""

from functools import cache
from pathlib import Path

import numpy as np

PATTERNS = Path(__file__).with_name("digit_patterns.npy")  # int8 (10, 25, 14 * 14)
# By digit, the share (of lengths) that may be left over: 0.73 of what 1 in 100 training images
# exceed. Of right digits, drawn and photographed, that doubts 1 in 100 more; of letters 7 in 10.
LIMITS = (0.297, 0.254, 0.377, 0.355, 0.331, 0.372, 0.327, 0.344, 0.362, 0.338)


def unlike(rows: np.ndarray, digit: int) -> bool:
    """Whether none of rows (n, 784), one figure drawn in several ways, looks like ``digit``."""
    halved = rows.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 14 * 14)
    made = halved @ _patterns()[digit].T  # (n, 25)
    lengths = np.maximum((halved**2).sum(axis=1), 1e-12)
    left = 1 - (made**2).sum(axis=1) / lengths
    return float(np.sqrt(max(left.min(), 0))) > LIMITS[digit]


@cache
def _patterns() -> np.ndarray:
    """(10, 25, 196), each of length one."""
    stored = np.load(PATTERNS, allow_pickle=False).astype(np.float64)
    return stored / np.linalg.norm(stored, axis=2, keepdims=True)
