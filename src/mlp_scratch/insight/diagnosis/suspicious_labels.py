"""The rows whose given label the network contradicts most: the first to look at for wrong labels.

A row is the more suspicious the larger log p(predicted) - log p(given) is: by how much the network
prefers another class than the one it was told. Cf. Northcutt, Jiang & Chuang 2021, "Confident
learning", who order rows by such a margin. Rows that were trained on are asked too. A network that
has learned a wrong label by heart no longer contradicts it: what it learned last comes out last.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.engine.evaluation import predict
from mlp_scratch.engine.rows import Rows
from mlp_scratch.insight.rows_at_hand import RowsAtHand, sample

MOST_ROWS = 100_000  # of a part, that are asked
LISTED = 20


class SuspiciousRow(NamedTuple):
    """part: ``training``, ``validation`` or ``test``. row: its number among the data's training
    or test rows, from 1, as ``explain`` counts them. given, predicted: classes. confidence,
    of_given: the probabilities of the two. x: (features,) as stored."""

    part: str
    row: int
    given: int
    predicted: int
    confidence: float
    of_given: float
    x: NDArray


def suspicious_labels(rows: RowsAtHand, most: int = LISTED) -> list[SuspiciousRow]:
    """Up to ``most`` rows, most suspicious first; those that the network agrees with are no such.

    [] where it answers no finite numbers.
    """
    found: list[tuple[float, SuspiciousRow]] = []
    parts = {"training": rows.train, "validation": rows.validation, "test": rows.test}
    for name, part in parts.items():
        if part is not None and len(part):
            found += _of_part(rows, name, sample(part, MOST_ROWS), most)
    found.sort(key=lambda entry: -entry[0])
    return [row for _, row in found[:most]]


def _of_part(
    rows: RowsAtHand, name: str, part: Rows, most: int
) -> list[tuple[float, SuspiciousRow]]:
    p, given = predict(rows.network, part, rows.task), part.labels
    if not np.isfinite(p).all():
        return []
    everyone = np.arange(len(p))
    predicted = p.argmax(axis=1)
    top, told = (p[everyone, k].astype(np.float64) for k in (predicted, given))
    margins = np.log(top) - np.log(np.maximum(told, np.finfo(np.float64).tiny))
    first = np.argsort(-margins, kind="stable")[:most]
    first = first[predicted[first] != given[first]]
    numbers = first if part.numbers is None else part.numbers[first]
    found = []
    for i, number, x in zip(first, numbers, part.fetch(first), strict=True):
        classes, sure = (int(given[i]), int(predicted[i])), (float(top[i]), float(told[i]))
        row = SuspiciousRow(name, int(number) + 1, *classes, *sure, x)
        found.append((float(margins[i]), row))
    return found
