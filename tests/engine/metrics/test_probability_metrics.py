"""Metrics of probabilities against scikit-learn's, with ties and with classes that nobody has."""

import numpy as np
import pytest
from metric_data import WEIGHTINGS, classes, labels_of, weights_of

from mlp_scratch.engine.metrics.probability_metrics import (
    BINS,
    average_precision,
    brier,
    calibration_error,
    log_loss,
    roc_auc,
)

metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
weighted = pytest.mark.parametrize("weighting", WEIGHTINGS)
with_ties = pytest.mark.parametrize("coarse", [False, True])
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # theirs, of what is undefined


@weighted
@with_ties
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_loss_and_brier(weighting, coarse, n_classes, dtype):
    """Tenths have zeros at the true class: what is not finite is cut as theirs is."""
    p, labels = classes(n_classes=n_classes, coarse=coarse)
    p, w = p.astype(dtype), weights_of(weighting, len(labels))
    theirs = metrics.log_loss(labels, p, sample_weight=w, labels=range(n_classes))
    assert log_loss(p, labels, w) == pytest.approx(theirs, rel=1e-6)
    theirs = metrics.brier_score_loss(labels, p, sample_weight=w, labels=range(n_classes))
    assert brier(p, labels, w) == pytest.approx(theirs, rel=1e-6)


@weighted
@with_ties
@pytest.mark.parametrize("seed", range(3))
def test_two_classes(weighting, coarse, seed):
    p, labels = classes(n_classes=2, coarse=coarse, seed=seed)
    w = weights_of(weighting, len(labels))
    theirs = metrics.roc_auc_score(labels, p[:, 1], sample_weight=w)
    assert roc_auc(p, labels, w) == pytest.approx(theirs, rel=1e-12)
    theirs = metrics.average_precision_score(labels, p[:, 1], sample_weight=w)
    assert average_precision(p, labels, w) == pytest.approx(theirs, rel=1e-12)


@weighted
@with_ties
def test_each_class_against_the_rest(weighting, coarse):
    p, labels = classes(coarse=coarse)
    w = weights_of(weighting, len(labels))
    theirs = metrics.roc_auc_score(labels, p, sample_weight=w, multi_class="ovr")
    assert roc_auc(p, labels, w) == pytest.approx(theirs, rel=1e-12)
    theirs = metrics.average_precision_score(labels, p, sample_weight=w)
    assert average_precision(p, labels, w) == pytest.approx(theirs, rel=1e-12)


@weighted
@with_ties
def test_several_labels(weighting, coarse):
    p, targets = labels_of(coarse=coarse)
    w = weights_of(weighting, len(p))
    theirs = metrics.roc_auc_score(targets, p, sample_weight=w)
    assert roc_auc(p, targets, w) == pytest.approx(theirs, rel=1e-12)
    theirs = metrics.average_precision_score(targets, p, sample_weight=w)
    assert average_precision(p, targets, w) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("missing", ["last", "first and last"])
def test_classes_that_nobody_has_are_left_out(missing):
    p, labels = classes(missing=missing)
    there = [c for c in range(4) if (labels == c).any()]
    areas = [metrics.roc_auc_score(labels == c, p[:, c]) for c in there]
    assert roc_auc(p, labels) == pytest.approx(np.mean(areas))
    areas = [metrics.average_precision_score(labels == c, p[:, c]) for c in there]
    assert average_precision(p, labels) == pytest.approx(np.mean(areas))


def test_where_nothing_can_be_told():
    p = classes(rows=5, n_classes=2)[0]
    assert np.isnan(roc_auc(p, np.ones(5, int)))
    assert np.isnan(roc_auc(p, np.zeros(5, int)))
    assert np.isnan(average_precision(p, np.zeros(5, int)))
    assert average_precision(p, np.ones(5, int)) == 1.0
    p[2] = np.nan
    for function in (log_loss, brier, calibration_error, roc_auc, average_precision):
        assert np.isnan(function(p, np.array([0, 1, 0, 1, 1]))), function


def test_all_alike_is_a_coin():
    labels = np.array([0, 1, 1, 0, 1])
    p = np.full((5, 2), 0.5)
    assert roc_auc(p, labels) == 0.5
    assert average_precision(p, labels) == 3 / 5


@weighted
def test_order_of_the_rows_does_not_matter(weighting):
    p, labels = classes(coarse=True)
    w = weights_of(weighting, len(p))
    turn = np.random.default_rng(3).permutation(len(p))
    w_turned = None if w is None else w[turn]
    for function in (roc_auc, average_precision, calibration_error):
        found = function(p[turn], labels[turn], w_turned)
        assert found == pytest.approx(function(p, labels, w), rel=1e-12)


@with_ties
@pytest.mark.parametrize("n_classes", [2, 4])
def test_calibration_error(coarse, n_classes):
    """From scikit-learn's curve, and how many rows are in each of its bins."""
    from sklearn.calibration import calibration_curve

    p, labels = classes(rows=2000, n_classes=n_classes, coarse=coarse)
    right, confidence = p.argmax(axis=1) == labels, p.max(axis=1)
    share, mean = calibration_curve(right, confidence, n_bins=BINS)
    counts = np.bincount(np.ceil(confidence * BINS - 1e-9).astype(int))
    expected = (np.abs(share - mean) * counts[counts > 0]).sum() / 2000
    assert calibration_error(p, labels) == pytest.approx(expected)
    counts = np.arange(2000) % 3
    repeated = np.repeat(np.arange(2000), counts)
    assert calibration_error(p, labels, counts * 1.0) == pytest.approx(
        calibration_error(p[repeated], labels[repeated])
    )


def test_calibration_error_by_hand():
    p = np.array([[0.9, 0.1], [0.1, 0.9], [0.35, 0.65], [1.0, 0.0]])
    expected = (abs(0.9 + 0.9 - 1) + abs(0.65 - 1) + 0) / 4
    assert calibration_error(p, np.array([0, 0, 1, 0])) == pytest.approx(expected)
