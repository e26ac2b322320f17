"""What a network answers over its one or two features, against its formula in plain NumPy."""

from types import SimpleNamespace

import numpy as np
import pytest

from mlp_scratch.data.normalize import KINDS, Normalizer
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.insight import seen_whole
from mlp_scratch.insight.rows_at_hand import RowsAtHand
from mlp_scratch.insight.seen_whole import FINEST, Line, Plane, can_be_seen, frame_of, see
from mlp_scratch.nn.activations import Tanh
from mlp_scratch.nn.distribution_losses import GaussianNLL
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.regression_losses import SquaredError

RNG = np.random.default_rng(3)


def subject_of(task, x, labels, offset=0.0, kind="none", outputs=3, test=None):
    """A network of random weights, float64, and rows that are stored without their offset."""
    network = Network(
        [x.shape[1], 5, outputs], Tanh(), rng=np.random.default_rng(0), dtype="float64"
    )
    network.parameters.values[...] = RNG.normal(size=network.parameters.size)
    normalizer = Normalizer(kind).fit(x)
    normalizer.offset = np.asarray(offset, np.float64)
    train, tested = [
        None if numbers is None else Rows(x, labels, normalizer, numbers)
        for numbers in test or (np.arange(len(x)), None)
    ]
    names = ("u", "v")[: x.shape[1]]
    return RowsAtHand(network, task, train, None, tested, feature_names=names)


def by_hand(subject, x):
    """Outputs at x (n, features) in own units."""
    p, normalizer = subject.network.parameters.arrays(), subject.train.normalizer
    x = (x - normalizer.offset - normalizer.shift) * normalizer.scale
    return np.tanh(x @ p["W0"] + p["b0"]) @ p["W1"] + p["b1"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", [0.0, np.array([1e6, -300.0])])
def test_a_plane_of_classes(kind, offset):
    x = RNG.normal(size=(40, 2)).astype(np.float32) * [1, 30]
    x = x.astype(np.float32)
    labels = RNG.integers(0, 3, 40)
    test = np.arange(30), np.arange(30, 40)
    plane = see(subject_of(Task(names=("a", "b", "c")), x, labels, offset, kind, test=test))
    assert isinstance(plane, Plane)
    assert plane.answers.shape == (FINEST, FINEST, 3)
    subject = subject_of(Task(names=("a", "b", "c")), x, labels, offset, kind, test=test)
    plane = see(subject)
    for row, column in [(0, 0), (0, FINEST - 1), (FINEST - 1, 0), (100, 17)]:
        share = np.array([column, row]) / (FINEST - 1)
        low, high = plane.frame.T
        outputs = by_hand(subject, (low + share * (high - low))[None])[0]
        expected = np.exp(outputs) / np.exp(outputs).sum()
        np.testing.assert_allclose(plane.answers[row, column], expected, atol=1e-6)
    own = x.astype(np.float64) + offset
    np.testing.assert_array_equal(plane.train.x, own[:30])
    np.testing.assert_array_equal(plane.test.x, own[30:])
    np.testing.assert_array_equal(plane.test.truth, labels[30:])
    np.testing.assert_array_equal(plane.test.predicted, by_hand(subject, own[30:]).argmax(axis=1))
    wrong = by_hand(subject, own[30:]).argmax(axis=1) != labels[30:]
    np.testing.assert_array_equal(plane.test.wrong, wrong)
    assert (plane.names, plane.outputs, plane.test.total) == (("u", "v"), ("a", "b", "c"), 10)


def test_a_plane_of_numbers_in_their_own_units():
    x = RNG.normal(size=(30, 2)).astype(np.float32)
    task = Task("regression", "squared_error", SquaredError, names=("price",), metrics=())
    task = task.with_scale(np.array([100.0]), np.array([20.0]))
    y = 100 + 20 * RNG.normal(size=(30, 1))
    subject = subject_of(task, x, task.targets(y, "float64"), outputs=1)
    plane = see(subject)
    low = plane.frame[:, 0]
    np.testing.assert_allclose(plane.answers[0, 0], 100 + 20 * by_hand(subject, low[None])[0])
    np.testing.assert_allclose(plane.train.truth, y)
    np.testing.assert_allclose(
        plane.train.predicted, 100 + 20 * by_hand(subject, x.astype(np.float64))
    )


def test_a_line_with_its_interval():
    x = RNG.normal(size=(30, 1)).astype(np.float32)
    task = Task("regression", "gaussian_nll", GaussianNLL, {"eps": 1e-6}, names=("y",), metrics=())
    task = task.with_scale(np.array([5.0]), np.array([2.0]))
    subject = subject_of(task, x, np.zeros((30, 1)), offset=7.0, outputs=2)
    line = see(subject)
    assert isinstance(line, Line)
    outputs = by_hand(subject, line.x[:, None])
    mean, deviation = 5 + 2 * outputs[:, 0], 2 * np.exp(outputs[:, 1] / 2)
    np.testing.assert_allclose(line.answers[:, 0], mean)
    np.testing.assert_allclose(line.low[:, 0], mean - 2 * deviation)
    np.testing.assert_allclose(line.high[:, 0], mean + 2 * deviation)
    assert line.x[0] < x.min() + 7
    assert line.x[-1] > x.max() + 7


def test_of_many_rows_an_even_choice(monkeypatch):
    monkeypatch.setattr(seen_whole, "MOST_ROWS", 10)
    x = np.arange(100, dtype=np.float32)[:, None].repeat(2, axis=1)
    plane = see(subject_of(Task(names=("a", "b", "c")), x, np.zeros(100, np.intp)))
    np.testing.assert_array_equal(plane.train.x[:, 0], np.arange(0, 100, 11))
    assert plane.train.total == 100
    assert len(plane.train.part(4).x) == 4


def test_a_large_network_gets_a_coarser_plane(monkeypatch):
    x = RNG.normal(size=(10, 2)).astype(np.float32)
    monkeypatch.setattr(seen_whole, "PRODUCTS", 33 * 100.0**2)  # of 33 parameters
    plane = see(subject_of(Task(names=("a", "b", "c")), x, np.zeros(10, np.intp)))
    assert plane.answers.shape == (100, 100, 3)
    monkeypatch.setattr(seen_whole, "ANSWERS", 3 * 50.0**2)  # as of many classes
    plane = see(subject_of(Task(names=("a", "b", "c")), x, np.zeros(10, np.intp)))
    assert plane.answers.shape == (50, 50, 3)


@pytest.mark.parametrize(
    ("values", "frame"),
    [
        ([0.0, 1.0], (-0.07, 1.07)),
        ([3.0, 3.0], (2.85, 3.15)),
        ([0.0, 0.0], (-0.5, 0.5)),
        ([100.0, 100.0], (95.0, 105.0)),
        ([*np.linspace(0, 1, 999), 1000.0], (-0.174, 2.656)),  # one value far off stays outside
    ],
)
def test_a_frame(values, frame):
    np.testing.assert_allclose(frame_of(np.array(values)[:, None])[0], frame, atol=1e-3)


NUMBERS = [Column("a"), Column("b")]
WORDS = [Column("a"), Column("b", "category", ("x", "y"))]


@pytest.mark.parametrize(
    ("features", "task", "shape", "columns", "seen"),
    [
        (2, "classification", None, None, True),
        (2, "regression", None, NUMBERS, True),
        (1, "regression", None, None, True),
        (1, "classification", None, None, False),
        (2, "multilabel", None, None, False),
        (2, "autoencoder", None, None, False),
        (3, "classification", None, None, False),
        (2, "classification", (1, 2), None, False),  # two pixels
        (2, "classification", None, WORDS[1:], False),  # two words of one column
        (3, "classification", None, WORDS, False),
    ],
)
def test_what_can_be_seen(features, task, shape, columns, seen):
    encoder = None
    if columns is not None:
        x = np.array([[0.0, 1.0], [2.0, 0.0], [1.0, 1.0], [3.0, 0.0]])[:, 2 - len(columns) :]
        encoder = TableEncoder.fit(columns, x, rare=1)
    network, known = SimpleNamespace(sizes=[features]), SimpleNamespace(name=task)
    assert can_be_seen(RowsAtHand(network, known, None, None, None, encoder, shape)) == seen
