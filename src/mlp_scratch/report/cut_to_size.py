"""What a picture or a page has room for: a few of many rows, some digits of a number, the beginning
of a text. What comes out of a run folder may be of any size."""

import math

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.config.written_values import shown

LONGEST = 300  # letters of any text


def spread(n: int, most: int) -> NDArray[np.intp]:
    """At most ``most`` of the numbers 0 to n - 1, evenly spread, both ends among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))


def rounded(value: float | None, digits: int = 6) -> float | int | None:
    """Six digits are more than a picture shows; None for what JSON has no word for."""
    if value is None or not math.isfinite(value):
        return None
    if float(value).is_integer() and abs(value) < 1e15:
        return int(value)
    return float(f"{value:.{digits}g}")


def finite(value: str | float | None) -> str | float | None:
    """None for a number that is none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def shortened(text: object, most: int = LONGEST) -> str:
    text = str(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def config_text(value: object) -> str:
    """A config value as a filter and the page know it: as one would type it."""
    return shortened(shown(value))
