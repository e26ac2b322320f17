"""A network of one or two features is seen whole: its answer at every point where data may lie.

``Plane`` has the answers over two features, ``Line`` those along one, both with the rows that were
trained on and tested. All coordinates are in the data's own units, whatever the normalization.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.engine.evaluation import predict
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.nn.network import Network

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


@dataclass(frozen=True, eq=False)
class Subject:
    """A network and what it takes: ``normalizer`` for rows as they are stored, whose features are
    called ``names``. train, test: the rows."""

    network: Network
    task: Task
    normalizer: Normalizer
    names: tuple[str, ...]
    train: Rows
    test: Rows | None


def can_be_seen(
    features: int, task: str, image_shape: Sequence[int] | None, encoder: TableEncoder | None
) -> bool:
    """Whether there are one or two features that are numbers of the data, and not made of words,
    dates, gaps or pixels. Of one feature only numbers are looked at."""
    if image_shape is not None or (features, task) not in _KINDS:
        return False
    if encoder is None:
        return True
    kinds = {column.kind for column in encoder.columns}
    return kinds == {"number"} and len(encoder.columns) == features


_KINDS = {(2, "classification"), (2, "regression"), (1, "regression")}


@np.errstate(over="ignore", invalid="ignore")  # near the largest numbers there are
def see(subject: Subject, frame: Array | None = None) -> Plane | Line:
    """All that the network answers, for what ``can_be_seen``. frame: None for one that holds the
    rows, but for a few that lie far off."""
    train = points_of(subject, subject.train)
    test = None if subject.test is None else points_of(subject, subject.test)
    if frame is None:
        frame = frame_of(train.x if test is None else np.concatenate([train.x, test.x]))
    features = len(frame)
    shown = tuple(subject.names) or tuple(f"x{i + 1}" for i in range(features))
    common = (frame, shown, subject.task.names, subject.task.name, train, test)
    if features == 1:
        x = np.linspace(frame[0, 0], frame[0, 1], ALONG)
        predictions = _predictions(subject, x[:, None])
        low, high = subject.task.interval(predictions) or (None, None)
        return Line(*common, x, subject.task.point(predictions), low, high)
    side = int(np.clip((PRODUCTS / subject.network.parameters.size) ** 0.5, COARSEST, FINEST))
    side = max(10, min(side, int((ANSWERS / subject.network.sizes[-1]) ** 0.5)))
    across, up = (np.linspace(ends[0], ends[1], side) for ends in frame)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    answers = subject.task.point(_predictions(subject, grid))
    return Plane(*common, answers.reshape(side, side, -1).astype(np.float64))


def points_of(subject: Subject, rows: Rows) -> Points:
    """Of more than ``MOST_ROWS`` rows an even choice."""
    total = len(rows)
    if total > MOST_ROWS:
        rows = rows.part(evenly(total, MOST_ROWS))
    x = rows.fetch(slice(None)) + np.asarray(subject.normalizer.offset, np.float64)
    predicted = subject.task.point(predict(subject.network, rows, subject.task))
    if subject.task.name == "classification":
        predicted = predicted.argmax(axis=1)
    return Points(x.astype(np.float64), subject.task.truth(rows.labels), predicted, total)


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


def evenly(n: int, most: int) -> NDArray[np.intp]:
    """Numbers of at most ``most`` of n rows, evenly spaced."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.intp))


def _predictions(subject: Subject, x: Array) -> np.ndarray:
    """``Task.predictions`` at x (n, features) in own units."""
    stored = (x - np.asarray(subject.normalizer.offset, np.float64)).astype(subject.network.dtype)
    rows = Rows(stored, np.zeros(len(x), np.intp), subject.normalizer)
    return predict(subject.network, rows, subject.task)
