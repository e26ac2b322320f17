"""Metrics against scikit-learn, evaluation in blocks against one pass."""

import json
from collections import Counter

import numpy as np
import pytest

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.evaluation import (
    DENSE_CLASSES,
    confusion_counts,
    confusion_matrix,
    evaluate,
    mean_cross_entropy,
    predict,
)
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.network import Network


def some_predictions(n: int = 500, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(classes - 1, size=n)  # the last class never occurs
    probabilities = rng.dirichlet(np.ones(classes), size=n)
    return probabilities, labels


def test_metrics_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    probabilities, labels = some_predictions()
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_matrix(labels, predicted, 4)
    np.testing.assert_array_equal(
        confusion, metrics.confusion_matrix(labels, predicted, labels=range(4))
    )
    loss = mean_cross_entropy(probabilities, labels)
    np.testing.assert_allclose(loss, metrics.log_loss(labels, probabilities, labels=range(4)))


def test_a_probability_of_zero_costs_a_finite_loss() -> None:
    loss = mean_cross_entropy(np.array([[1.0, 0.0]], np.float32), np.array([1]))
    assert np.isfinite(loss)
    assert loss > 80


def test_blocks_and_splits_change_nothing() -> None:
    rng = np.random.default_rng(0)
    n = 2 * BLOCK_ROWS + 5
    x = rng.integers(256, size=(n, 6)).astype(np.uint8)
    labels = rng.integers(3, size=n)
    network = Network([6, 4, 3], ACTIVATIONS["relu"](), rng=rng, dtype=np.float64)
    normalizer = Normalizer("unit").fit(x)
    everything = Rows(x, labels, normalizer)
    task = Task(names=("a", "b", "c"))
    probabilities = predict(network, everything, task)
    scores = evaluate(network, everything, task)
    right = probabilities.argmax(axis=1) == labels
    loss = mean_cross_entropy(probabilities, labels)
    assert scores == pytest.approx({"loss": loss, "accuracy": right.mean()})
    numbers = rng.permutation(n)[: BLOCK_ROWS + 3]
    part = Rows(x, labels, normalizer, numbers)
    np.testing.assert_allclose(predict(network, part, task), probabilities[numbers])
    np.testing.assert_allclose(
        [*evaluate(network, part, task).values()],
        [mean_cross_entropy(probabilities[numbers], labels[numbers]), right[numbers].mean()],
    )


@pytest.mark.parametrize("classes", [4, DENSE_CLASSES, DENSE_CLASSES + 1, 20_000])
def test_counts_for_a_summary_grow_with_the_rows_and_not_with_the_square_of_the_classes(classes):
    rng = np.random.default_rng(0)
    true, predicted = rng.integers(0, min(classes, 500), (2, 3000))
    counts = confusion_counts(true, predicted, classes)
    assert len(json.dumps(counts)) < 1 << 20
    expected = Counter(zip(true.tolist(), predicted.tolist(), strict=True))
    if classes <= DENSE_CLASSES:
        cells = {(i, j): n for i, row in enumerate(counts) for j, n in enumerate(row) if n}
    else:
        pairs = zip(counts["true"], counts["predicted"], strict=True)
        cells = dict(zip(pairs, counts["count"], strict=True))
    assert cells == expected
