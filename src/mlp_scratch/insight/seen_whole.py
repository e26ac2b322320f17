"""A network of one or two features is seen whole: its answer at every point where data may lie.

``Plane`` has the answers over two features, ``Line`` those along one, both with the rows that were
trained on and tested. All coordinates are in the data's own units, whatever the normalization.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.engine.evaluation import predict
from mlp_scratch.engine.rows import Rows
from mlp_scratch.insight.rows_at_hand import RowsAtHand, evenly, sample

FINEST, COARSEST = 240, 60  # points along each side of a plane
PRODUCTS = 3e9  # of two numbers, for a plane of a large network: about a second
ANSWERS = 8e6  # numbers that a plane of many classes holds
ALONG = 400  # points along a line
MOST_ROWS = 20_000  # training or test rows that are looked at, evenly chosen where there are more
ROOM = 0.07  # around the data, as a part of its extent
WIDE = 4.0  # a frame does not reach further than this many times the middle 99 % of the values

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Points:
    """Rows as they are and what the network makes of them.

    x (m, features) in their own units. truth, predicted: classes (m,) intp, or numbers (m, k)
    float64. total: rows that there are, of which these m were looked at.
    """

    x: Array
    truth: np.ndarray
    predicted: np.ndarray
    total: int

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """(m,) of classes, which rows the network takes for others."""
        return self.truth != self.predicted

    def part(self, most: int) -> "Points":
        """At most so many of the rows, evenly chosen."""
        some = evenly(len(self.x), most)
        return Points(self.x[some], self.truth[some], self.predicted[some], self.total)


@dataclass(frozen=True, eq=False)
class Seen:
    """What is common to plane and line.

    frame (features, 2): from where to where each feature goes. names, outputs: of the features,
    and of the classes or targets. task: ``classification`` or ``regression``.
    """

    frame: Array
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    task: str
    train: Points
    test: Points | None

    @property
    def parts(self) -> dict[str, Points]:
        """The rows by what they are: ``training``, and ``test`` where there are some."""
        return {"training": self.train} | ({} if self.test is None else {"test": self.test})


@dataclass(frozen=True, eq=False)
class Plane(Seen):
    """answers (rows, columns, k): probabilities of classes, or one number a target, at points that
    are evenly spaced over the frame, ends included; a row has one value of the second feature, the
    lowest first."""

    answers: Array


@dataclass(frozen=True, eq=False)
class Line(Seen):
    """x (n,), evenly spaced over the frame; answers (n, k); low, high (n, k): the ends of the
    interval that the loss gives, or None."""

    x: Array
    answers: Array
    low: Array | None
    high: Array | None


def can_be_seen(rows: RowsAtHand) -> bool:
    """Whether there are one or two features that are numbers of the data, and not made of words,
    dates, gaps or pixels. Of one feature only numbers are looked at."""
    features = rows.network.sizes[0]
    if rows.image_shape is not None or (features, rows.task.name) not in _KINDS:
        return False
    columns = None if rows.encoder is None else rows.encoder.columns
    return columns is None or [column.kind for column in columns] == ["number"] * features


_KINDS = {(2, "classification"), (2, "regression"), (1, "regression")}


@np.errstate(over="ignore", invalid="ignore")  # near the largest numbers there are
def see(rows: RowsAtHand, frame: Array | None = None) -> Plane | Line:
    """All that the network answers, for what ``can_be_seen``. frame: None for one that holds the
    rows, but for a few that lie far off."""
    network, task = rows.network, rows.task
    train = points_of(rows, rows.train)
    test = None if rows.test is None else points_of(rows, rows.test)
    if frame is None:
        frame = frame_of(train.x if test is None else np.concatenate([train.x, test.x]))
    features = len(frame)
    names = rows.feature_names or tuple(f"x{i + 1}" for i in range(features))
    common = (frame, names, task.names, task.name, train, test)
    if features == 1:
        x = np.linspace(frame[0, 0], frame[0, 1], ALONG)
        predictions = _predictions(rows, x[:, None])
        low, high = task.interval(predictions) or (None, None)
        return Line(*common, x, task.point(predictions), low, high)
    side = int(np.clip((PRODUCTS / network.parameters.size) ** 0.5, COARSEST, FINEST))
    side = max(10, min(side, int((ANSWERS / network.sizes[-1]) ** 0.5)))
    across, up = (np.linspace(ends[0], ends[1], side) for ends in frame)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    answers = task.point(_predictions(rows, grid))
    return Plane(*common, answers.reshape(side, side, -1).astype(np.float64))


def points_of(rows: RowsAtHand, part: Rows) -> Points:
    """Of more than ``MOST_ROWS`` rows an even choice."""
    some, task = sample(part, MOST_ROWS), rows.task
    x = some.fetch(slice(None)) + np.asarray(part.normalizer.offset, np.float64)
    predicted = task.point(predict(rows.network, some, task))
    if task.name == "classification":
        predicted = predicted.argmax(axis=1)
    return Points(x.astype(np.float64), task.truth(some.labels), predicted, len(part))


def frame_of(x: Array, room: float = ROOM) -> Array:
    """(features, 2) ends for rows x (m, features): all of them and some ``room`` around, a part of
    the extent, unless a few lie far off the middle 99 %."""
    low, high = x.min(axis=0), x.max(axis=0)
    inner_low, inner_high = np.quantile(x, (0.005, 0.995), axis=0)
    reach = (WIDE - 1) / 2 * (inner_high - inner_low)
    low = np.where(reach > 0, np.maximum(low, inner_low - reach), low)
    high = np.where(reach > 0, np.minimum(high, inner_high + reach), high)
    around = np.where(high > low, room * (high - low), 0.05 * np.abs(high))
    around[around == 0] = 0.5
    return np.stack([low - around, high + around], axis=1)


def _predictions(rows: RowsAtHand, x: Array) -> np.ndarray:
    """``Task.predictions`` at x (n, features) in own units."""
    normalizer = rows.train.normalizer
    stored = (x - np.asarray(normalizer.offset, np.float64)).astype(rows.network.dtype)
    points = Rows(stored, np.zeros(len(x), np.intp), normalizer)
    return predict(rows.network, points, rows.task)
