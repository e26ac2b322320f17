"""Metrics of decided classes and labels against scikit-learn's."""

import numpy as np
import pytest
from metric_data import MISSING, WEIGHTINGS, classes, labels_of, weights_of

from mlp_scratch.engine.metrics.class_metrics import (
    accuracy,
    balanced_accuracy,
    macro_f1,
    micro_f1,
    per_class,
    per_label,
    seen,
    subset_accuracy,
    top_k_accuracy,
)

metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
weighted = pytest.mark.parametrize("weighting", WEIGHTINGS)
lacking = pytest.mark.parametrize("missing", MISSING)
with_ties = pytest.mark.parametrize("coarse", [False, True])
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # theirs, of what is undefined


@weighted
@lacking
@with_ties
def test_classes(weighting, missing, coarse):
    p, labels = classes(missing=missing, coarse=coarse)
    w, predicted = weights_of(weighting, len(labels)), p.argmax(axis=1)
    assert accuracy(p, labels, w) == pytest.approx(
        metrics.accuracy_score(labels, predicted, sample_weight=w)
    )
    assert balanced_accuracy(p, labels, w) == pytest.approx(
        metrics.balanced_accuracy_score(labels, predicted, sample_weight=w)
    )
    assert macro_f1(p, labels, w) == pytest.approx(
        metrics.f1_score(labels, predicted, average="macro", sample_weight=w, zero_division=0)
    )


@weighted
@lacking
@with_ties
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_top_k(weighting, missing, coarse, k):
    p, labels = classes(missing=missing, coarse=coarse)
    w = weights_of(weighting, len(labels))
    theirs = metrics.top_k_accuracy_score(labels, p, k=k, sample_weight=w, labels=range(4))
    assert top_k_accuracy(p, labels, w, k=k) == pytest.approx(theirs)


def test_top_k_of_two_classes_is_every_row_and_of_nan_none():
    p, labels = classes(n_classes=2)
    assert top_k_accuracy(p, labels, k=2) == 1.0
    assert top_k_accuracy(np.full((5, 10), np.nan), np.arange(5), k=3) == 0.0


@weighted
@lacking
def test_per_class(weighting, missing):
    p, labels = classes(missing=missing)
    w, predicted = weights_of(weighting, len(labels)), p.argmax(axis=1)
    theirs = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(4), sample_weight=w, zero_division=0
    )
    scores = per_class(labels, predicted, 4, w)
    for name, expected in zip(scores, theirs, strict=True):
        np.testing.assert_allclose(scores[name], expected, err_msg=name)
    assert np.issubdtype(scores["support"].dtype, np.integer) == (w is None)


def test_per_class_on_a_table_worked_by_hand():
    scores = per_class(np.repeat([0, 1], [4, 6]), np.repeat([0, 1, 0, 1], [3, 1, 2, 4]), 2)
    np.testing.assert_allclose(scores["precision"], [3 / 5, 4 / 5])
    np.testing.assert_allclose(scores["recall"], [3 / 4, 4 / 6])
    np.testing.assert_allclose(scores["f1"], [2 * 0.6 * 0.75 / 1.35, 2 * 0.8 * (2 / 3) / (22 / 15)])


def test_a_mean_is_of_the_classes_that_were_seen():
    true, predicted = np.array([0, 0, 2]), np.array([0, 3, 2])
    np.testing.assert_array_equal(seen(true, predicted, 5), [True, False, True, True, False])
    p = np.eye(5)[predicted]
    assert macro_f1(p, true) == pytest.approx((2 / 3 + 1 + 0) / 3)  # 3 is never right
    assert balanced_accuracy(p, true) == pytest.approx((1 / 2 + 1) / 2)


@weighted
@with_ties
def test_labels(weighting, coarse):
    p, targets = labels_of(coarse=coarse)
    w, said = weights_of(weighting, len(p)), p > 0.5
    assert subset_accuracy(p, targets, w) == pytest.approx(
        metrics.accuracy_score(targets, said, sample_weight=w)
    )
    for ours, average in ((micro_f1, "micro"), (macro_f1, "macro")):
        theirs = metrics.f1_score(targets, said, average=average, sample_weight=w)
        assert ours(p, targets, w) == pytest.approx(theirs)
    theirs = metrics.precision_recall_fscore_support(targets, said, sample_weight=w)
    scores = per_label(targets, said, w)
    for name, expected in zip(scores, theirs, strict=True):
        np.testing.assert_allclose(scores[name], expected, err_msg=name)


def test_labels_that_nobody_has_or_says():
    p, targets = labels_of()
    p[:, 1], targets[:, 1] = 0.1, 0
    theirs = metrics.f1_score(targets, p > 0.5, average="macro", zero_division=0)
    assert macro_f1(p, targets) == pytest.approx(theirs)
    assert macro_f1(np.zeros((3, 2)), np.zeros((3, 2))) == 0.0
    assert micro_f1(np.zeros((3, 2)), np.zeros((3, 2))) == 0.0
